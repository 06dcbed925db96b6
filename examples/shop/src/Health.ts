/**
 * For the load balancer. `live`: the process runs. `ready`: it can serve customers, because it can read the sessions. Neither asks Dintero.
 */
import { HttpApiBuilder, HttpMiddleware } from "@effect/platform"
import { Effect } from "effect"
import { Sessions } from "effect-dintero"
import { answering } from "./Answers.js"
import { ShopApi } from "./Api.js"

export const HealthLive = HttpApiBuilder.group(ShopApi, "health", (handlers) =>
  Effect.map(Sessions, (sessions) =>
    handlers
      .handle("live", () => HttpMiddleware.withLoggerDisabled(Effect.void))
      .handle("ready", () => HttpMiddleware.withLoggerDisabled(answering(sessions.health)))
  )
)
