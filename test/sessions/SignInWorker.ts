/**
 * A process of a web server that signs a customer in, and kills itself at one of the steps of the sign-in. A step is the moment before or after a
 * request to the service or an operation of the store.
 */
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Effect, Layer, Queue, Redacted, Schema } from "effect"
import { Customers, Mfa, Sessions, TokenStore, type TokenStoreService } from "effect-dintero"
import { open } from "../stores/Stores.js"
import { audience, client, password } from "./System.js"

export const Setup = Schema.Struct({
  url: Schema.String,
  kind: Schema.Literal("file", "redis"),
  place: Schema.String,
  /** The number of the step at which it dies, from 1. */
  dieAt: Schema.NullOr(Schema.Int)
})

export type Setup = typeof Setup.Type

/** What it tells the process that started it. The ids are what the customer's browser gets. */
export type Told =
  | { readonly is: "waiting"; readonly id: string; readonly steps: number }
  | { readonly is: "signed in"; readonly id: string; readonly steps: number }

const steps = (dieAt: number | null) => {
  let count = 0
  const step = Effect.suspend(() => {
    count++
    if (count !== dieAt) return Effect.void
    process.kill(process.pid, "SIGKILL")
    return Effect.never
  })
  return {
    around: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.zipLeft(Effect.zipRight(step, effect), step),
    count: () => count
  }
}

const tell = (told: Told) => Effect.async<void>((resume) => void process.send?.(told, undefined, {}, () => resume(Effect.void)))

const work = Effect.gen(function* () {
  const inbox = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => void Queue.unsafeOffer(inbox, message))
  const setup = yield* Effect.flatMap(Queue.take(inbox), Schema.decodeUnknown(Setup))
  const { around, count } = steps(setup.dieAt)
  const below = yield* open(setup.kind, setup.place)
  const store: TokenStoreService = {
    ...below,
    read: (...args) => around(below.read(...args)),
    write: (...args) => around(below.write(...args)),
    remove: (...args) => around(below.remove(...args))
  }
  const services = Sessions.layer().pipe(
    Layer.provideMerge(client({ baseUrl: `${setup.url}/v1`, transformClient: HttpClient.transformResponse(around) })),
    Layer.provide(Layer.succeed(TokenStore, store)),
    Layer.provide(FetchHttpClient.layer)
  )
  yield* Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    const login = yield* customers.password.login({ type: "customer", email: "ada@example.com", password, audience }).pipe(
      Effect.catchTag("MfaRequired", (required) =>
        Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required)
          yield* tell({ is: "waiting", id: Redacted.value(id), steps: count() })
          return yield* Mfa.confirm(id, Redacted.make(String(yield* Queue.take(inbox))))
        })
      )
    )
    const session = yield* sessions.start(login)
    yield* tell({ is: "signed in", id: Redacted.value(session.id), steps: count() })
  }).pipe(Effect.scoped, Effect.provide(services))
  process.disconnect()
})

if (process.send !== undefined) {
  void Effect.runPromise(Effect.scoped(work)).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}
