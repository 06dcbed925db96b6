/**
 * One of several processes of a web server. It does what the process that started it asks for, and tells what came of it.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Either, Layer, Queue, Schema } from "effect"
import { RefreshPolicy, Session, Sessions, TokenStore } from "effect-dintero"
import { open } from "../stores/Stores.js"
import { client, settings } from "./System.js"

export const Setup = Schema.Struct({
  url: Schema.String,
  kind: Schema.Literal("file", "redis"),
  place: Schema.String
})

export type Setup = typeof Setup.Type

export const Ask = Schema.Struct({
  /** `call`: opens the session and makes a call. `refresh`: gets another token, whatever the present one is. `end`: signs the device out. */
  what: Schema.Literal("call", "refresh", "end"),
  ids: Schema.Array(Schema.String)
})

export type Ask = typeof Ask.Type

/** What came of each id, in the order of the ids: `ok`, or the tag of the error. */
export type Answer = ReadonlyArray<string>

const work = Effect.gen(function* () {
  const inbox = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => void Queue.unsafeOffer(inbox, message))
  const setup = yield* Effect.flatMap(Queue.take(inbox), Schema.decodeUnknown(Setup))
  const services = Sessions.layer({ refresh: RefreshPolicy.make({ rotation: "strict" }), notice: "1 second" }).pipe(
    Layer.provideMerge(client({ baseUrl: `${setup.url}/v1` })),
    Layer.provide(Layer.scoped(TokenStore, open(setup.kind, setup.place))),
    Layer.provide(FetchHttpClient.layer)
  )
  yield* Effect.gen(function* () {
    const sessions = yield* Sessions
    const act = (what: Ask["what"], id: string) =>
      what === "end"
        ? Effect.asVoid(sessions.end(id))
        : Effect.flatMap(sessions.resume(id), (session) =>
            what === "refresh" ? Effect.asVoid(session.tokens.forceRefresh) : Effect.asVoid(Session.with(settings, session))
          ).pipe(Effect.scoped)
    while (true) {
      const { ids, what } = yield* Effect.flatMap(Queue.take(inbox), Schema.decodeUnknown(Ask))
      const answer: Answer = yield* Effect.forEach(
        ids,
        (id) => Effect.map(Effect.either(act(what, id)), Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "ok" })),
        { concurrency: 8 }
      )
      process.send?.(answer)
    }
  }).pipe(Effect.provide(services))
})

if (process.send !== undefined) {
  void Effect.runPromise(Effect.scoped(work)).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}
