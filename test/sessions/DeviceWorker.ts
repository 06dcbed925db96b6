/**
 * A process that has the sessions of many customers open, beside others over the same store. It does what the process that started it says.
 */
import { FetchHttpClient } from "@effect/platform"
import { Deferred, Effect, Either, Layer, Queue, Schema } from "effect"
import { RefreshPolicy, Session, Sessions, TokenStore } from "effect-dintero"
import { open } from "../stores/Stores.js"
import { client, settings } from "./System.js"

export const Setup = Schema.Struct({
  url: Schema.String,
  kind: Schema.Literal("file", "redis"),
  place: Schema.String,
  rotation: Schema.Literal("none", "until-used", "grace", "strict"),
  /** Which of the processes it is, of how many. */
  index: Schema.Int,
  processes: Schema.Int,
  /** The ids of the devices of each customer. The first one is signed out. */
  customers: Schema.Array(Schema.Struct({ customerId: Schema.String, ids: Schema.Array(Schema.String) }))
})

export type Setup = typeof Setup.Type

export type Command = "refresh all" | "sign out and refresh" | "check"

/** How often something ended how. */
export const Ends = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Int }))

const counted = (ends: ReadonlyArray<string>): typeof Ends.Type => {
  const counts: Record<string, number> = {}
  for (const end of ends) counts[end] = (counts[end] ?? 0) + 1
  return counts
}

const textOf = ({ _tag, message }: { readonly _tag: string; readonly message: string }): string =>
  _tag === "SessionNotFound" ? _tag : `${_tag}: ${message}`

const endOf = <E extends { readonly _tag: string; readonly message: string }, R>(
  name: string,
  effect: Effect.Effect<unknown, E, R>
) => Effect.map(Effect.either(effect), (end) => `${name}: ${Either.isLeft(end) ? textOf(end.left) : String(end.right)}`)

const work = Effect.gen(function* () {
  const given = yield* Deferred.make<Setup>()
  const commands = yield* Queue.unbounded<string>()
  process.on("message", (message: unknown) => {
    if (typeof message === "string") Queue.unsafeOffer(commands, message)
    else Effect.runSync(Deferred.complete(given, Effect.orDie(Schema.decodeUnknown(Setup)(message))))
  })
  const setup = yield* Deferred.await(given)
  const store = yield* open(setup.kind, setup.place)
  const services = Sessions.layer({
    refresh: RefreshPolicy.make({ rotation: setup.rotation }),
    // Also on a machine that is busy, no process waits too long for another one.
    lease: "5 minutes",
    // Each resume reads the store, so that no process has to wait until it notices an end.
    notice: "1 millis"
  }).pipe(
    Layer.provideMerge(client({ baseUrl: `${setup.url}/v1` })),
    Layer.provide(Layer.succeed(TokenStore, store)),
    Layer.provide(FetchHttpClient.layer)
  )
  return yield* Effect.gen(function* () {
    const sessions = yield* Sessions
    const inSession = <A, E>(id: string, use: (session: Session.Session) => Effect.Effect<A, E>) =>
      Effect.scoped(Effect.flatMap(sessions.resume(id), use))
    const refreshed = (id: string) =>
      endOf(
        "refresh",
        inSession(id, ({ tokens }) => Effect.as(tokens.forceRefresh, "done"))
      )
    const acting = (id: string) =>
      endOf(
        "call",
        Effect.scoped(Effect.flatMap(sessions.resume(id), (session) => Effect.as(Session.with(settings, session), "done")))
      )
    const all = setup.customers.flatMap(({ ids }) => ids)
    const kept = setup.customers.flatMap(({ ids }) => ids.slice(1))
    const own = setup.customers.filter((_, at) => at % setup.processes === setup.index)
    const steps = {
      "refresh all": all.map(refreshed),
      "sign out and refresh": [
        ...own.map(({ customerId, ids }) => endOf("sign-out", sessions.end(ids[0] ?? "", { customerId }))),
        ...kept.map(refreshed)
      ],
      check: [
        ...all.map(acting),
        ...own.map(({ customerId }) =>
          endOf(
            "listed",
            Effect.map(sessions.ofCustomer(customerId), (list) => list.length)
          )
        )
      ]
    }
    yield* Effect.sync(() => process.send?.("ready"))
    for (;;) {
      const command = yield* Queue.take(commands)
      const found = Object.entries(steps).find(([name]) => name === command)
      const ends = yield* Effect.all(found?.[1] ?? [], { concurrency: 4 })
      const text = yield* Schema.encode(Ends)(counted(ends))
      yield* Effect.sync(() => process.send?.(text))
    }
  }).pipe(Effect.provide(services))
})

if (process.send !== undefined && process.argv[2] === "work") {
  void Effect.runPromise(Effect.scoped(work)).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}
