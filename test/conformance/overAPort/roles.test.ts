import { targets } from "../Suite.js"

targets.overAPort("roles")
