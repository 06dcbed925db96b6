/** The smallest program with this library: one token, `customers.settings.get`, `fetch`. `Bundles.ts` bundles it. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero } from "effect-dintero"

const DinteroLive = Dintero.layer({
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret")
}).pipe(Layer.provide(FetchHttpClient.layer))

export const program = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(Effect.provide(DinteroLive))

export const run = () => Effect.runPromise(program)
