/**
 * The decision table of refusals against a server that answers as recorded: every answer, on every kind of call, over both transports.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted } from "effect"
import {
  Auth,
  Customers,
  Dintero,
  type DinteroError,
  Mfa,
  RetryPolicy,
  Session,
  Sessions,
  type TokenStoreError,
  TokenStores
} from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import * as Recorded from "../utils/RecordedServer.js"
import { type Decision, type Ends, rows, type Scopes } from "./Decisions.js"

const { audience, person } = Recorded

const transports = { fetch: FetchHttpClient.layer, undici: UndiciTransport.layer } as const

interface Ended {
  readonly tag: string
  readonly message: string
  readonly error: DinteroError | undefined
  /** How often a person was asked. */
  readonly asked: number
}

type World = Auth | Customers | Sessions

const ended = <A, R>(effect: Effect.Effect<A, DinteroError | TokenStoreError, R>): Effect.Effect<Ended, never, R> =>
  Effect.map(Effect.either(effect), (end) => {
    if (Either.isRight(end)) return { tag: "ok", message: "", error: undefined, asked: 0 }
    const error = end.left
    return { tag: error._tag, message: error.message, error: error._tag === "TokenStoreError" ? undefined : error, asked: 0 }
  })

interface Call {
  readonly column: keyof Omit<Ends, "stored">
  readonly kind: Recorded.Kind
  /** The requests that get it another access token. */
  readonly tokens: Recorded.Kind
  readonly run: Effect.Effect<Ended, never, World>
  readonly asks?: true
}

const startSession = Effect.flatMap(Sessions, (sessions) =>
  Effect.orDie(sessions.startFrom(Redacted.make(Recorded.refreshToken), { id: "ada" }))
)

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const password = Redacted.make(person.password)

const login = (run: Effect.Effect<unknown, DinteroError, World>, kind: Recorded.Kind): Call => ({
  column: "login",
  kind,
  tokens: "token client_credentials",
  run: ended(run)
})

const calls: Readonly<Record<string, Call>> = {
  "a call with the client's token": {
    column: "call",
    kind: "settings",
    tokens: "token client_credentials",
    run: ended(settings)
  },
  "a call in a session": {
    column: "call",
    kind: "settings",
    tokens: "token refresh_token",
    run: ended(Effect.scoped(Effect.flatMap(startSession, (session) => Session.with(settings, session))))
  },
  login: login(
    Effect.flatMap(Customers, (customers) =>
      customers.password.login({ type: "customer", email: person.email, password, audience })
    ),
    "login"
  ),
  "login with MFA": login(
    Effect.flatMap(Customers, (customers) =>
      customers.password.mfaLogin({ type: "customer", ident_type: "email", ident: person.email, secret: password, audience })
    ),
    "mfa-login"
  ),
  "password grant": login(
    Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "password", username: person.email, password, audience })),
    "token password"
  ),
  passwordless: login(
    Effect.flatMap(Auth, (auth) =>
      auth.token({
        grant_type: "authorization_code",
        ident_type: "email",
        ident: person.email,
        verification_code: Redacted.make(person.code),
        audience
      })
    ),
    "token authorization_code"
  ),
  "Mfa.complete": {
    column: "login",
    kind: "token mfa_oob",
    tokens: "token client_credentials",
    asks: true,
    run: Effect.suspend(() => {
      let asked = 0
      const challenge = {
        mfa_token: Redacted.make("the-mfa-token"),
        challenge_type: "oob",
        links: []
      } as const
      return Mfa.complete(challenge, {
        askCode: () =>
          Effect.sync(() => {
            asked++
            return Redacted.make(person.code)
          })
      }).pipe(
        ended,
        Effect.map((end) => ({ ...end, asked }))
      )
    })
  },
  "a session's refresh": {
    column: "refresh",
    kind: "token refresh_token",
    tokens: "token client_credentials",
    run: ended(Effect.scoped(Effect.flatMap(startSession, (session) => session.tokens.forceRefresh)))
  }
}

/** Only of the token that the call is made with, or there would be no session to call in; and a challenge is allowed, so that it comes to a code. */
const optionsOf = (scopes: Scopes, { tokens }: Call): Recorded.Options => {
  if (scopes === "enough") return {}
  if (scopes === "unreadable") return { isOpaque: true }
  return tokens === "token refresh_token" ? { customerScopes: "read:checkout" } : { scopes: "write:accounts:/auth/mfa" }
}

const worldOf = ({ origin }: Recorded.RecordedServer, transport: keyof typeof transports) =>
  Sessions.layer().pipe(
    Layer.provideMerge(
      Dintero.layer({
        accountId: Recorded.account,
        clientId: Recorded.client.id,
        clientSecret: Redacted.make(Recorded.client.secret),
        baseUrl: `${origin}/v1`,
        retry: RetryPolicy.none
      })
    ),
    Layer.provide(transports[transport]),
    Layer.provideMerge(TokenStores.layerMemory)
  )

/** The standard of `fetch` makes a network error of it. */
const isHidden = ({ reply }: Decision, transport: keyof typeof transports): boolean =>
  transport === "fetch" && reply.status === 407

const check = (call: Call, decision: Decision, transport: keyof typeof transports) =>
  Effect.gen(function* () {
    const server = yield* Recorded.make(optionsOf(decision.scopes, call))
    server.interpose(call.kind, decision.reply, decision.times)
    yield* Effect.gen(function* () {
      const end = yield* call.run
      const { column } = call
      const hidden = isHidden(decision, transport)
      // After the last try, a refusal of the code is the end of the tries.
      const tag = call.asks === true && end.tag === "TooManyAttempts" ? "CredentialsRefused" : end.tag
      assert.strictEqual(tag, hidden ? "TransportError" : decision.ends[column])
      if (decision.scopes === "none") assert.include(end.message, "none of the scopes that allow")
      const asked = call.asks !== true ? 0 : end.tag === "TooManyAttempts" ? 3 : 1
      assert.strictEqual(end.asked, asked)
      const sendings = (column === "call" ? decision.callSendings : undefined) ?? decision.sendings
      // A refresh whose answer got lost is sent once more.
      const again = hidden && column === "refresh" ? 2 : 1
      assert.strictEqual(server.count(call.kind), sendings * Math.max(asked, again))
      assert.strictEqual(server.count(call.tokens), sendings)
      if (column !== "refresh") return
      const sessions = yield* Sessions
      const stored = yield* Effect.scoped(Effect.either(sessions.resume("ada")))
      assert.strictEqual(Either.isRight(stored) ? "kept" : "removed", decision.ends.stored)
      if (end.error?._tag === "SessionExpired") {
        assert.strictEqual(end.error.reason, decision.ends.stored === "kept" ? "unauthorized" : "refused")
      }
      if (Either.isLeft(stored) || decision.scopes === "none") return
      // What is kept is good: the same refresh token is taken as soon as the server takes it.
      server.heal()
      yield* Effect.scoped(Effect.flatMap(sessions.resume("ada"), ({ tokens }) => tokens.forceRefresh))
    }).pipe(Effect.provide(worldOf(server, transport)))
  })

describe("the decision table", () => {
  for (const { decisions, row } of rows) {
    for (const decision of decisions) {
      for (const [name, call] of Object.entries(calls).filter(([name]) => decision.without?.includes(name) !== true)) {
        for (const transport of ["fetch", "undici"] as const) {
          it.scopedLive(`${row} | ${decision.answer}, ${name} | ${transport}`, () => check(call, decision, transport))
        }
      }
    }
  }
})
