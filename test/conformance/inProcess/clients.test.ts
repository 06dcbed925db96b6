import { targets } from "../Suite.js"

targets.inProcess("clients")
