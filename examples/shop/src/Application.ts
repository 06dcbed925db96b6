/**
 * The whole program: the shop, the nightly synchronisation and the telemetry. The environment decides the rest.
 */
import { Effect, Layer } from "effect"
import { CustomerCopy } from "./CustomerCopy.js"
import { SessionsLive } from "./DinteroLive.js"
import { listening, ShopLive } from "./Server.js"
import * as Settings from "./Settings.js"
import { NightlyLive } from "./Synchronisation.js"
import { TelemetryLive } from "./Telemetry.js"

const HttpLive = Layer.unwrapEffect(
  Effect.map(Effect.all({ host: Settings.host, port: Settings.port }), (where) => listening(where))
)

// The server is above what its handlers use, so it ends first: requests that are open then still have their sessions.
export const ApplicationLive = ShopLive.pipe(
  Layer.provide(HttpLive),
  Layer.merge(Layer.provide(NightlyLive, CustomerCopy.layer)),
  Layer.provide(SessionsLive),
  Layer.provide(TelemetryLive)
)
