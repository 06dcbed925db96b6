/**
 * A program that uses every entry of the package. `scripts/check-platforms.ts` compiles it with each version of TypeScript and each option
 * of a user's tsconfig.json that the library promises.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Data, Duration, Effect, Layer, Option, Redacted, Stream } from "effect"
import {
  AccessTokens,
  Auth,
  type CallError,
  CredentialsRefused,
  Customers,
  type CustomersSettings,
  Dintero,
  type DinteroError,
  Mfa,
  RetryPolicy,
  Session,
  Sessions,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { RedisTokenStore } from "effect-dintero/redis"
import { UndiciTransport } from "effect-dintero/undici"

class NotSignedIn extends Data.TaggedError("NotSignedIn")<{ readonly because: string }> {}

interface Settings {
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  readonly baseUrl?: string | undefined
  readonly transport: "fetch" | "undici"
}

/** An option that the caller does not have is `undefined`, with and without `exactOptionalPropertyTypes`. */
export const live = ({ baseUrl, retry, transport }: Settings) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "shop",
    clientSecret: Redacted.make("secret"),
    baseUrl,
    retry,
    isolateRequests: undefined
  }).pipe(Layer.provide(transport === "fetch" ? FetchHttpClient.layer : UndiciTransport.layer))

export const signIn = (email: string, password: Redacted.Redacted) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    const login = yield* customers.password.login({
      type: "customer",
      email,
      password,
      audience: "https://api.dintero.com/v1/accounts/T12345678"
    })
    const lifetime: number = login.expires_in
    const refresh: Redacted.Redacted | undefined = login.refresh_token
    const session = yield* sessions.start(login, { label: undefined })
    return { id: session.id, lifetime, canRefresh: refresh !== undefined }
  }).pipe(
    Effect.catchTags({
      CredentialsRefused: ({ request }) => new NotSignedIn({ because: `${request.operation}: ${request.status}` }),
      MfaRequired: (required) =>
        Effect.zipRight(Mfa.begin(required), Effect.fail(new NotSignedIn({ because: "a code is needed" }))),
      RateLimited: ({ retryAfter }) =>
        new NotSignedIn({
          because: Option.match(retryAfter, { onNone: () => "later", onSome: (wait) => `in ${Duration.toSeconds(wait)} s` })
        })
    }),
    Effect.scoped
  )

/** Reads the settings, changes a copy, and writes it. */
export const numberInSequence: Effect.Effect<
  CustomersSettings,
  Effect.Effect.Error<ReturnType<Customers["Type"]["settings"]["update"]>> | CallError,
  Customers
> = Effect.gen(function* () {
  const customers = yield* Customers
  const settings = yield* customers.settings.get()
  return yield* customers.settings.update({ ...settings, users: { ...settings.users, customer_id_format: "sequence" } })
})

export const me = (id: string) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const customers = yield* Customers
    const session = yield* sessions.resume(id)
    return yield* Session.with(customers.users.get(Option.getOrElse(session.customerId, () => "")), session)
  }).pipe(Effect.scoped)

export const emails = Effect.flatMap(Customers, (customers) =>
  Stream.runCollect(Stream.filterMap(customers.users.stream({ limit: undefined }), ({ email }) => Option.fromNullable(email)))
)

export const keys = Effect.flatMap(Auth, (auth) => auth.keys())

export const tagOf = (error: DinteroError): string => `${error._tag}: ${error.message}`

export const overSessions = Sessions.layer({ capacity: undefined }).pipe(
  Layer.provide(TokenStores.layerMemory),
  Layer.provideMerge(live({ transport: "fetch" }))
)

const seed: Seed.Seed = {
  accounts: [{ account_id: "T12345678", customers: [{ email: "ada@example.com", first_name: undefined }] }]
}

export const embedded = Effect.gen(function* () {
  const { url } = yield* DinteroEmbedded.serve({ seed, passwordHashing: PasswordHashing.fastForTests, port: undefined })
  const { faults } = yield* DinteroEmbedded.Embedded
  yield* faults.add({ match: { operation: "auth.token" }, fault: { kind: "status", status: 503 } })
  return url
}).pipe(Effect.provide(DinteroEmbedded.layer({ seed })), Effect.scoped)

export const withoutNetwork = Dintero.layerTest({
  customers: { password: { login: () => Effect.fail(CredentialsRefused.forTest()) } }
})

export const invalidated = Effect.flatMap(AccessTokens, (tokens) =>
  Effect.flatMap(tokens.get, (token) => tokens.invalidate(token.generation))
)

export const retry = RetryPolicy.none

export const inRedis = (url: Redacted.Redacted) => RedisTokenStore.layer({ url, prefix: undefined })
