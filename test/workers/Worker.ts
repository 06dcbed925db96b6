/**
 * A Cloudflare Worker over the package. A request begins its work, tells the gate that it has, and then answers with the result. So the gate knows when
 * all requests of a test wait for their tokens.
 *
 * With `ISOLATED` it is set up for a runtime that binds I/O to the request that began it, and otherwise as for any other runtime.
 */
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero, FetchTransport, RetryPolicy, Session, Sessions, TokenStores } from "effect-dintero"

export interface Env {
  readonly ACCOUNT: string
  readonly CLIENT_ID: string
  readonly CLIENT_SECRET: string
  readonly GATE: string
  readonly ISOLATED: string
}

const runtimeOf = (env: Env) =>
  ManagedRuntime.make(
    Sessions.layer().pipe(
      Layer.provideMerge(
        Dintero.layer({
          accountId: env.ACCOUNT,
          clientId: env.CLIENT_ID,
          clientSecret: Redacted.make(env.CLIENT_SECRET),
          baseUrl: env.GATE,
          isolateRequests: env.ISOLATED === "yes",
          retry: RetryPolicy.none
        })
      ),
      Layer.provide(TokenStores.layerMemory),
      Layer.provide(FetchTransport.layer)
    )
  )

let runtime: ReturnType<typeof runtimeOf> | undefined

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
  Effect.map(({ users }) => String(users?.customer_id_format))
)

const login = (audience: string) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    const answer = yield* customers.password.login({
      type: "customer",
      email: "ada@example.com",
      password: Redacted.make("correct horse"),
      audience
    })
    return Redacted.value((yield* sessions.start(answer)).id)
  }).pipe(Effect.scoped)

const me = (id: string) =>
  Effect.flatMap(Sessions, (sessions) => sessions.resume(id)).pipe(
    Effect.flatMap((session) => Session.with(settings, session)),
    Effect.scoped
  )

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    runtime ??= runtimeOf(env)
    const { pathname, searchParams } = new URL(request.url)
    const program: Effect.Effect<string, { readonly _tag: string }, Customers | Sessions> =
      pathname === "/login"
        ? login(`https://api.dintero.com/v1/accounts/${env.ACCOUNT}`)
        : pathname === "/me"
          ? me(String(searchParams.get("id")))
          : settings
    const running = runtime.runPromise(Effect.catchAll(program, ({ _tag }) => Effect.succeed(_tag)))
    if (searchParams.has("joins")) await fetch(`${env.GATE}/joined`)
    return new Response(await running)
  }
}
