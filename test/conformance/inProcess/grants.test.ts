import { targets } from "../Suite.js"

targets.inProcess("grants")
