import { targets } from "../Suite.js"

targets.overAPort("accountUsers")
