/**
 * What Bun has to be able to do, as a program of its own: its first line on standard output says what became of it.
 *
 * `DINTERO_BASE_URL` is a system on a port, and another one runs here, in process.
 */
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, FetchTransport } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { UndiciTransport } from "effect-dintero/undici"

const login = (password: string) =>
  Effect.flatMap(Customers, (customers) =>
    customers.password.login({
      type: "customer",
      email: "ada@example.com",
      password: Redacted.make(password),
      audience: "https://api.dintero.com/v1/accounts/T12345678"
    })
  ).pipe(
    Effect.map(({ token_type }) => token_type),
    Effect.catchAll(({ _tag }) => Effect.succeed(_tag))
  )

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
  Effect.map(({ users }) => users?.customer_id_format)
)

const program = Effect.gen(function* () {
  const [right, wrong] = yield* Effect.all([login(DinteroEmbedded.demoPassword), login("a guess")]).pipe(
    Effect.provide(DinteroEmbedded.layer())
  )
  const fetch = yield* Effect.provide(settings, Layer.provide(Dintero.layerConfig, FetchTransport.layer))
  const overUndici = Layer.provide(Dintero.layerConfig, UndiciTransport.layer)
  const undici = yield* Effect.provide(settings, overUndici)
  const many = yield* Effect.all(
    Array.from({ length: 100 }, () => settings),
    { concurrency: "unbounded" }
  ).pipe(Effect.provide(overUndici))
  return {
    bun: process.versions.bun !== undefined,
    right,
    wrong,
    fetch,
    undici,
    many: many.filter((format) => format === undici).length
  }
})

console.log(JSON.stringify(await Effect.runPromise(program)))
