import { targets } from "../Suite.js"

targets.onPostgres("authUsers")
