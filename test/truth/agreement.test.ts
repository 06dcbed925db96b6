/**
 * The same situations against a server that answers as recorded and against the embedded system: the client ends alike, so nothing hangs on words
 * or headers that only one of them has.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted, type Scope } from "effect"
import { type Auth, Customers, Dintero, Mfa, RetryPolicy, Sessions, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as Recorded from "../utils/RecordedServer.js"

const { account, audience, person } = Recorded

type World = Auth | Customers | Sessions

interface Options {
  /** What the client's grant has. All that the calls need, unless told otherwise. */
  readonly scopes?: ReadonlyArray<string>
  readonly asksForCode?: true
}

/** A service, and what only its operator can do. */
interface Service {
  readonly http: Layer.Layer<HttpClient.HttpClient>
  readonly baseUrl: string
  /** The access tokens that were given are refused: at once, or the next one that comes. */
  readonly refuseToken: Effect.Effect<void>
  readonly code: Effect.Effect<string>
}

const channel = { challenge_type: "oob", oob_channel: "sms" } as const

const scopes = ["admin:customers", "write:accounts", "write:accounts:/auth/users", "create:accounts:auth:refresh_token"]

const services: Readonly<Record<string, (options: Options) => Effect.Effect<Service, never, Scope.Scope>>> = {
  recorded: (options) =>
    Effect.map(
      Recorded.make({
        ...(options.scopes === undefined ? {} : { scopes: options.scopes.join(" ") }),
        ...(options.asksForCode === undefined ? {} : { asksForCode: true })
      }),
      ({ origin, revokeTokens }) => ({
        http: FetchHttpClient.layer,
        baseUrl: `${origin}/v1`,
        refuseToken: Effect.sync(revokeTokens),
        code: Effect.succeed(person.code)
      })
    ),
  embedded: (options) =>
    Effect.map(
      DinteroEmbedded.make({
        passwordHashing: PasswordHashing.fastForTests,
        seed: {
          accounts: [
            {
              account_id: account,
              ...(options.asksForCode === undefined
                ? {}
                : { settings: { users: { mfa: { enabled: true, login: channel, login_recovery: channel } } } }),
              clients: [
                {
                  client_id: Recorded.client.id,
                  client_secret: Recorded.client.secret,
                  grants: [
                    { type: "client_credentials", scope: options.scopes ?? scopes },
                    { type: "password", scope: ["read:customers"] }
                  ]
                }
              ],
              customers: [{ customer_id: "ada", email: person.email, phone_number: "+4799999999", password: person.password }]
            }
          ]
        }
      }).pipe(Effect.orDie),
      ({ faults, httpClient, outbox }) => ({
        http: Layer.succeed(HttpClient.HttpClient, httpClient),
        baseUrl: "https://api.dintero.com/v1",
        refuseToken: Effect.asVoid(Effect.orDie(faults.add({ match: { times: 1 }, fault: { kind: "expired_token" } }))),
        code: Effect.map(Effect.orDie(outbox.awaitNext({ channel: "sms" })), ({ code }) => code ?? "")
      })
    )
}

const clientOf = ({ baseUrl, http }: Service, more: Partial<Dintero.Options> = {}, token?: string): Layer.Layer<World> => {
  const common = { accountId: account, baseUrl, retry: RetryPolicy.none, ...more }
  const client =
    token === undefined
      ? Dintero.layer({ clientId: Recorded.client.id, clientSecret: Redacted.make(Recorded.client.secret), ...common })
      : Dintero.layerFixedToken({ ...common, token: Redacted.make(token) })
  return Sessions.layer().pipe(
    Layer.provideMerge(client),
    Layer.provide(http),
    Layer.provide(TokenStores.layerMemory),
    Layer.orDie
  )
}

interface Failure {
  readonly _tag: string
  readonly message: string
  readonly request?: { readonly operation: string }
  readonly reason?: string
}

/** How it ended, in the words of the client alone. */
const ended = <A, E extends Failure, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<string, never, R> =>
  Effect.match(effect, {
    onSuccess: () => "ok",
    onFailure: (error) =>
      [
        error._tag,
        ...(error.reason === undefined ? [] : [error.reason]),
        ...(error.request?.operation === "auth.token" ? ["at auth.token"] : []),
        ...(error.message.includes("none of the scopes that allow") ? ["for want of a scope"] : [])
      ].join(", ")
  })

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const login = (password = person.password, email = person.email) =>
  Effect.flatMap(Customers, (customers) =>
    customers.password.login({ type: "customer", email, password: Redacted.make(password), audience })
  )

/** How a refresh ends, and what becomes of what is stored. */
const refreshed = (begin: Effect.Effect<Redacted.Redacted, Failure, World>, before: Effect.Effect<void> = Effect.void) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const session = yield* sessions.startFrom(yield* Effect.orDie(begin), { id: "ada" })
      yield* before
      const end = yield* ended(session.tokens.forceRefresh)
      return `${end}; ${Either.isRight(yield* Effect.either(sessions.resume("ada"))) ? "kept" : "removed"}`
    }).pipe(Effect.orDie)
  )

const given = Effect.flatMap(login(), ({ refresh_token }) =>
  refresh_token === undefined ? Effect.dieMessage("there is no refresh token") : Effect.succeed(refresh_token)
)

const nobodys = Effect.succeed(Redacted.make("a-refresh-token-of-nobody"))

/** How the second factor ends, and how often a person was asked. */
const completed = (code: Effect.Effect<string>) =>
  Effect.suspend(() => {
    let asked = 0
    const askCode = () =>
      Effect.map(code, (code) => {
        asked++
        return Redacted.make(code)
      })
    return Effect.map(
      ended(Effect.catchTag(login(), "MfaRequired", Mfa.complete({ askCode }))),
      (end) => `${end}; asked ${asked} times`
    )
  })

interface Situation {
  readonly options?: Options
  readonly run: (service: Service) => Effect.Effect<string>
  readonly ends: string
}

const noJwt = "no.jwt"
const without = { scopes: ["read:checkout"] }

const situations: Readonly<Record<string, Situation>> = {
  "the right password": { run: (service) => Effect.provide(ended(login()), clientOf(service)), ends: "ok" },
  "a wrong password": {
    run: (service) => Effect.provide(ended(login("wrong horse")), clientOf(service)),
    ends: "CredentialsRefused"
  },
  "an unknown user": {
    run: (service) => Effect.provide(ended(login(person.password, "nobody@example.com")), clientOf(service)),
    ends: "CredentialsRefused"
  },
  "a login by a client without the scope": {
    options: without,
    run: (service) => Effect.provide(ended(login()), clientOf(service)),
    ends: "Forbidden, for want of a scope"
  },
  "a call by a client without the scope": {
    options: without,
    run: (service) => Effect.provide(ended(settings), clientOf(service)),
    ends: "Forbidden, for want of a scope"
  },
  "a refresh by a client without the scope": {
    options: without,
    run: (service) => Effect.provide(refreshed(nobodys), clientOf(service)),
    ends: "Forbidden, at auth.token, for want of a scope; kept"
  },
  "a wrong client secret": {
    run: (service) => Effect.provide(ended(settings), clientOf(service, { clientSecret: Redacted.make("wrong") })),
    ends: "Unauthorized, at auth.token"
  },
  "a login with a wrong client secret": {
    run: (service) => Effect.provide(ended(login()), clientOf(service, { clientSecret: Redacted.make("wrong") })),
    ends: "Unauthorized, at auth.token"
  },
  "a call with a token that is no JWT": {
    run: (service) => Effect.provide(ended(settings), clientOf(service, {}, noJwt)),
    ends: "Unauthorized"
  },
  "a login with a token that is no JWT": {
    run: (service) => Effect.provide(ended(login()), clientOf(service, {}, noJwt)),
    ends: "Unauthorized"
  },
  "a refresh with a token that is no JWT": {
    run: (service) => Effect.provide(refreshed(nobodys), clientOf(service, {}, noJwt)),
    ends: "SessionExpired, unauthorized, at auth.token; kept"
  },
  "a call after the client's token was revoked": {
    run: (service) =>
      Effect.provide(
        Effect.zipRight(Effect.orDie(settings), Effect.zipRight(service.refuseToken, ended(settings))),
        clientOf(service)
      ),
    ends: "ok"
  },
  "a login after the client's token was revoked": {
    run: (service) =>
      Effect.provide(
        Effect.zipRight(Effect.orDie(settings), Effect.zipRight(service.refuseToken, ended(login()))),
        clientOf(service)
      ),
    ends: "ok"
  },
  "a refresh after the client's token was revoked": {
    run: (service) => Effect.provide(refreshed(given, service.refuseToken), clientOf(service)),
    ends: "ok; kept"
  },
  "a refresh token that nobody has given": {
    run: (service) => Effect.provide(refreshed(nobodys), clientOf(service)),
    ends: "SessionExpired, refused, at auth.token; removed"
  },
  "a password where a code is needed too": {
    options: { asksForCode: true },
    run: (service) => Effect.provide(ended(login()), clientOf(service)),
    ends: "MfaRequired"
  },
  "the right code": {
    options: { asksForCode: true },
    run: (service) => Effect.provide(completed(service.code), clientOf(service)),
    ends: "ok; asked 1 times"
  },
  "a wrong code": {
    options: { asksForCode: true },
    run: (service) => Effect.provide(completed(Effect.succeed("wrong")), clientOf(service)),
    ends: "TooManyAttempts, tries, at auth.token; asked 3 times"
  },
  "a request that lost its fields on the way": {
    run: (service) =>
      Effect.provide(
        ended(
          Effect.tapError(login(), (error) =>
            Effect.sync(() =>
              assert.include(
                error._tag === "BadRequest" ? error.issues.map(({ code }) => code) : [],
                "OBJECT_MISSING_REQUIRED_PROPERTY"
              )
            )
          )
        ),
        clientOf(service, {
          transformClient: HttpClient.mapRequest((request) =>
            request.url.endsWith("/login") ? HttpClientRequest.bodyText(request, "{}", "application/json") : request
          )
        })
      ),
    ends: "BadRequest"
  }
}

describe("the recorded server and the embedded system agree", () => {
  for (const [name, { ends, options = {}, run }] of Object.entries(situations)) {
    for (const [service, open] of Object.entries(services)) {
      it.scopedLive(`agreement | ${name} | ${service}`, () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* run(yield* open(options)), ends)
        })
      )
    }
  }
})

describe("the recorded server", () => {
  it("has the recorded bytes", () => {
    const { bodies, etag } = Recorded
    assert.deepStrictEqual(
      [bodies.unauthorized, bodies.notFound, bodies.unknownRoute].map((body) => Buffer.byteLength(body)),
      [48, 61, 158]
    )
    assert.strictEqual(etag(bodies.unauthorized), 'W/"30-vidmwUgwiuH8Qt4jM3zOrjN4Ja8"')
    assert.strictEqual(etag(bodies.notFound), 'W/"3d-qtDvRirKA9JoksEsKn0JpUa7cpg"')
  })
})
