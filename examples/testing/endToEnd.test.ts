import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, it } from "@effect/vitest"
import { Config, Effect, Layer, Redacted } from "effect"
import { Dintero } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { AskCode, signIn } from "./SignIn.js"

/**
 * Where the system is: one that `effect-dintero serve` has started, told by these two variables; without them, one of our own on a free
 * port.
 */
const where = Effect.gen(function* () {
  const url = yield* Effect.option(Config.nonEmptyString("EFFECT_DINTERO_URL"))
  const adminToken = yield* Effect.option(Config.redacted("EFFECT_DINTERO_ADMIN_TOKEN"))
  return url._tag === "Some" && adminToken._tag === "Some"
    ? { url: url.value, adminToken: adminToken.value }
    : yield* DinteroEmbedded.serve()
})

/** The client of production, over a real connection. Of the test there is only the address. */
const clientOf = (url: string) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "demo-client",
    clientSecret: Redacted.make("this-demo-secret-is-public-and-protects-nothing"),
    baseUrl: url
  })

it.scopedLive("signs in over HTTP, and the journal shows it", () =>
  Effect.gen(function* () {
    const system = yield* where
    // The same controls as in process, whichever process the system is in.
    const { accounts, journal } = yield* DinteroEmbedded.connect(system)
    yield* accounts.reset("T12345678")
    yield* journal.clear

    const result = yield* signIn("ada@example.com", Redacted.make(DinteroEmbedded.demoPassword)).pipe(
      Effect.provide(clientOf(system.url))
    )

    assert.strictEqual(result, "welcome")
    const entries = yield* journal.list()
    assert.deepStrictEqual(
      entries.map(({ operation, status }) => `${operation} ${status}`),
      ["auth.token 200", "customers.password.login 200"]
    )
  }).pipe(Effect.provide(Layer.merge(NodeHttpClient.layerUndici, Layer.succeed(AskCode, Effect.never))))
)
