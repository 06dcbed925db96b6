import { targets } from "../Suite.js"

targets.overAPort("clients")
