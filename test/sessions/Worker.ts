/**
 * A process that shares a session with others, told what to do by the messages of the one that started it. Where it is to die it kills itself,
 * as nobody else could so exactly; on the wire that is done by {@link file://./Wire.ts}.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { Context, Deferred, Effect, Either, Layer, Redacted, Schema, Scope } from "effect"
import { AccessTokens, RefreshPolicy, Sessions, TokenStore, type TokenStoreService } from "effect-dintero"
import { open } from "../stores/Stores.js"
import { client } from "./System.js"

/** The six points of a rotation. */
export const points = ["before the lease", "leased", "sent", "acted", "received", "stored"] as const

export type Point = (typeof points)[number]

export const Setup = Schema.Struct({
  url: Schema.String,
  /** Where requests are really sent. */
  through: Schema.String,
  kind: Schema.Literal("file", "redis"),
  place: Schema.String,
  rotation: Schema.Literal("none", "until-used", "grace", "strict"),
  lease: Schema.Int,
  subject: Schema.String,
  dieAt: Schema.NullOr(Schema.Literal(...points))
})

export type Setup = typeof Setup.Type

const die: Effect.Effect<never> = Effect.zipRight(
  Effect.sync(() => process.kill(process.pid, "SIGKILL")),
  Effect.never
)

const dying = (store: TokenStoreService, at: Point | null): TokenStoreService => ({
  ...store,
  lease: (...args) => (at === "before the lease" ? die : store.lease(...args)),
  write: (...args) =>
    at === "received" ? die : at === "stored" ? Effect.zipRight(store.write(...args), die) : store.write(...args)
})

const isRefresh = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"refresh_token"')

/** The session of a process of its own, as the setup says. */
export const resume = (setup: Setup) =>
  Effect.gen(function* () {
    const store = yield* open(setup.kind, setup.place)
    const services = Sessions.layer({
      refresh: RefreshPolicy.make({ rotation: setup.rotation }),
      lease: setup.lease
    }).pipe(
      Layer.provideMerge(
        client({
          baseUrl: `${setup.url}/v1`,
          transformClient: HttpClient.mapRequestEffect((request) =>
            Effect.as(
              setup.dieAt === "leased" && isRefresh(request) ? die : Effect.void,
              HttpClientRequest.setUrl(request, request.url.replace(setup.url, setup.through))
            )
          )
        })
      ),
      Layer.provide(Layer.succeed(TokenStore, dying(store, setup.dieAt))),
      Layer.provide(FetchHttpClient.layer)
    )
    const scope = yield* Effect.scope
    const sessions = yield* Layer.buildWithScope(services, scope)
    // A session that is stored needs no token of the client. With one, what a test counts later are refreshes alone.
    if (setup.dieAt === null) yield* Context.get(sessions, AccessTokens).get
    return yield* Effect.flatMap(Sessions, ({ resume }) => resume(setup.subject)).pipe(
      Effect.provide(sessions),
      Scope.extend(scope)
    )
  })

const work = Effect.gen(function* () {
  const setup = yield* Deferred.make<Setup>()
  const rounds: Array<() => void> = []
  process.on("message", (message: unknown) => {
    if (message === "round") rounds.shift()?.()
    else Effect.runSync(Deferred.complete(setup, Effect.orDie(Schema.decodeUnknown(Setup)(message))))
  })
  const given = yield* Deferred.await(setup)
  const { tokens } = yield* resume(given)
  const tell = (text: string) => Effect.sync(() => process.send?.(text))
  yield* tokens.get
  const nextRound = Effect.async<void>((done) => void rounds.push(() => done(Effect.void)))
  for (let asked = nextRound; ; ) {
    const waiting = yield* Effect.fork(asked)
    yield* Effect.yieldNow()
    yield* tell("ready")
    yield* waiting
    const token = yield* Effect.either(tokens.forceRefresh)
    yield* tell(Either.isRight(token) ? Redacted.value(token.right.value) : `failed: ${token.left._tag}: ${token.left.message}`)
  }
})

if (process.send !== undefined && process.argv[2] === "work") {
  void Effect.runPromise(Effect.scoped(work)).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}
