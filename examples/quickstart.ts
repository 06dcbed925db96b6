/**
 * `npm start`: the first calls, and how they fail, over HTTP to the embedded system on a free port. No account is needed.
 *
 * Against Dintero itself the same calls run with an account, a client and a secret of your own, and without `baseUrl`.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Data, Effect, Option, Redacted } from "effect"
import { AccessTokens, Auth, Customers, Dintero, type NumberedToken } from "effect-dintero"
import { DinteroEmbedded, type Seed } from "effect-dintero/embedded"

const accountId = "T12345678"
const audience = `https://api.dintero.com/v1/accounts/${accountId}`
const ada = { type: "customer", email: "ada@example.com", audience } as const
const password = Redacted.make(DinteroEmbedded.demoPassword)

// The account of the demo, where tokens live for 2 seconds instead of 4 hours, so that we can see one expire.
const seed: Seed.Seed = {
  accounts: DinteroEmbedded.demoSeed.accounts.map((account) => ({ ...account, access_token_lifetime: 2 }))
}

/** The layers say who calls, and where. A program keeps each of them in a constant, so that all who use it share a token. */
const layers = (baseUrl: string) => {
  const connection = { accountId, baseUrl }
  return {
    DinteroLive: Dintero.layer({
      ...connection,
      clientId: "demo-client",
      clientSecret: Redacted.make("this-demo-secret-is-public-and-protects-nothing")
    }),
    /** An API client that may only read. */
    ReaderLive: Dintero.layer({
      ...connection,
      clientId: "demo-reader",
      clientSecret: Redacted.make("this-demo-reader-secret-is-public-as-well")
    }),
    /** A token from elsewhere: there is nothing to renew it with. The service does not say why it refuses one; `expiresAt` tells. */
    fixed: ({ expiresAt, value }: NumberedToken) =>
      Dintero.layerFixedToken({ ...connection, token: value, expiresAt: Option.getOrUndefined(expiresAt) })
  }
}

/** No call takes a token: the layer fetches one, shares it among all calls, and renews it. */
const calls = Effect.gen(function* () {
  const auth = yield* Auth
  const customers = yield* Customers

  yield* step(
    "auth.token, by client credentials",
    "a token",
    auth.token({ grant_type: "client_credentials", audience }),
    (token) => `a token for ${token.expires_in} s: ${token.access_token}`
  )

  const { users } = yield* step(
    "customers.settings.get",
    "the settings",
    customers.settings.get(),
    (settings) => `the settings: ${JSON.stringify(settings)}`
  )

  // A section that is sent replaces the stored one, so what is to stay is sent along.
  yield* step(
    "customers.settings.update, to number new customers in sequence",
    "the settings, changed",
    customers.settings.update({ users: { ...users, customer_id_format: "sequence" } }),
    (settings) => `the settings, changed: ${JSON.stringify(settings)}`
  )

  const session = yield* step(
    "customers.password.login, as Ada",
    "a session",
    customers.password.login({ ...ada, password }),
    (session) => `a session for ${session.expires_in} s: ${session.access_token}, refresh token ${session.refresh_token}`
  )

  yield* step(
    "auth.token, by the refresh token of that session",
    "a session, refreshed",
    Effect.fromNullable(session.refresh_token).pipe(
      Effect.flatMap((refresh_token) => auth.token({ grant_type: "refresh_token", refresh_token }))
    ),
    (session) => `a session, refreshed for ${session.expires_in} s: ${session.access_token}`
  )
})

/** What a call can end in is part of its type: a handler for an error that it does not have would not compile. */
const login = (password: Redacted.Redacted) =>
  Effect.flatMap(Customers, (customers) => customers.password.login({ ...ada, password })).pipe(
    Effect.as("logged in"),
    Effect.catchTags({
      CredentialsRefused: ({ _tag, message, request }) => Effect.succeed(`${_tag}, status ${request.status}: ${message}`),
      MfaRequired: ({ _tag }) => Effect.succeed(`${_tag}: the password is right, and a one-time code is needed too`)
    })
  )

const changeSettings = Effect.flatMap(Customers, (customers) =>
  customers.settings.update({ users: { customer_id_format: "uuid" } })
).pipe(
  Effect.as("changed"),
  Effect.catchTags({
    Forbidden: ({ _tag, message, request }) => Effect.succeed(`${_tag}, status ${request.status}: ${message}`)
  })
)

const readSettings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
  Effect.map((settings) => `the settings: ${JSON.stringify(settings)}`),
  Effect.catchTags({
    TokenExpired: ({ _tag, message, request }) => Effect.succeed(`${_tag}, status ${request.status}: ${message}`)
  })
)

const program = Effect.gen(function* () {
  const server = yield* DinteroEmbedded.serve({ seed })
  const { DinteroLive, fixed, ReaderLive } = layers(server.url)
  yield* Console.log(`The embedded system listens on ${server.url}.\n`)

  const main = Effect.gen(function* () {
    yield* calls
    yield* step("customers.password.login, with a wrong password", "CredentialsRefused", login(Redacted.make("a guess")))
    yield* step(
      "customers.settings.update, by a client that may only read",
      "Forbidden",
      Effect.provide(changeSettings, ReaderLive)
    )

    // The token of our own layer, taken out of it and kept until it is too old.
    const tokens = yield* AccessTokens
    const token = yield* tokens.get
    yield* Effect.sleep("2 seconds")
    yield* step(
      "customers.settings.get, with a token of 2 seconds ago",
      "TokenExpired",
      Effect.provide(readSettings, fixed(token))
    )
    yield* step("customers.settings.get, by the layer that the token is from, which renews it", "the settings", readSettings)
  })
  yield* Effect.provide(main, DinteroLive)

  yield* Console.log("Every step ended as announced.")
}).pipe(
  // The transport of all the layers above. The server stops with the scope.
  Effect.provide(NodeHttpClient.layerUndici),
  Effect.scoped
)

/** A step that did not end as it was announced. */
class Surprise extends Data.TaggedError("Surprise")<{ readonly message: string }> {}

let number = 0

/** Makes a call and prints what came back, which has to begin as announced. A Redacted value prints as `<redacted>`. */
const step = <A, E, R>(
  call: string,
  announced: string,
  effect: Effect.Effect<A, E, R>,
  show: (result: A) => string = String
): Effect.Effect<A, Surprise, R> => {
  number += 1
  const title = `${String(number).padStart(2)}  ${call}`
  const surprise = (outcome: string) =>
    new Surprise({ message: `Step ${title.trim()}\n  was to end in: ${announced}\n  and ended in: ${outcome}` })
  return effect.pipe(
    Effect.catchAllCause((cause) => Effect.fail(surprise(String(Cause.squash(cause))))),
    Effect.filterOrFail(
      (result) => show(result).startsWith(announced),
      (result) => surprise(show(result))
    ),
    Effect.tap((result) => Console.log(`${title}\n      ${show(result)}\n`))
  )
}

NodeRuntime.runMain(
  Effect.tapError(program, ({ message }) => Console.error(message)),
  { disableErrorReporting: true }
)
