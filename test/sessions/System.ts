/**
 * A system with a customer who may read and write, for sessions.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Layer, Option, Redacted } from "effect"
import {
  Auth,
  Customers,
  Dintero,
  type RefreshPolicy,
  RetryPolicy,
  Sessions,
  type SessionsOptions,
  TokenStore,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { account, audience } from "../utils/Account.js"

export { account, audience } from "../utils/Account.js"

export const clientId = "shop"
export const clientSecret = Redacted.make("the-secret-of-the-shop")
export const password = Redacted.make("correct horse")

/** Access tokens live for an hour. */
export const seed: Seed.Seed = {
  accounts: [
    {
      account_id: account,
      access_token_lifetime: 3600,
      clients: [
        {
          client_id: clientId,
          client_secret: Redacted.value(clientSecret),
          grants: [
            {
              type: "client_credentials",
              scope: ["admin:customers", "admin:accounts", "write:accounts:/auth/users", "create:accounts:auth:refresh_token"]
            },
            { type: "password", scope: ["read:customers", "user:customers"] }
          ]
        }
      ],
      customers: [
        { customer_id: "ada", email: "ada@example.com", password: Redacted.value(password) },
        { customer_id: "grace", email: "grace@example.com", password: Redacted.value(password) }
      ]
    }
  ]
}

export type Rules = DinteroEmbedded.Options["refreshTokens"]

export const embedded = (refreshTokens?: Rules, more: Partial<DinteroEmbedded.Options> = {}) =>
  DinteroEmbedded.layerEmbedded({ seed, passwordHashing: PasswordHashing.fastForTests, refreshTokens, ...more })

export const client = (more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ accountId: account, clientId, clientSecret, retry: RetryPolicy.none, ...more })

/** All in process; `transform` comes between the client and the system. */
export const layer = (
  options: {
    readonly rules?: Rules
    readonly refresh?: RefreshPolicy.RefreshPolicy
    readonly lease?: SessionsOptions["lease"]
    readonly store?: Effect.Effect<TokenStore["Type"]>
    readonly sessions?: SessionsOptions
    readonly transform?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  } = {}
) =>
  Sessions.layer({ refresh: options.refresh, lease: options.lease, ...options.sessions }).pipe(
    Layer.provideMerge(client({ transformClient: options.transform, refresh: options.refresh })),
    Layer.provideMerge(Layer.effect(TokenStore, options.store ?? TokenStores.memory)),
    Layer.provideMerge(DinteroEmbedded.layerHttpClient),
    Layer.provideMerge(embedded(options.rules))
  )

export const logIn = (email = "ada@example.com") =>
  Effect.flatMap(Customers, (customers) => customers.password.login({ type: "customer", email, password, audience }))

/** Ada, logged in. */
export const begin = Effect.flatMap(logIn(), (login) =>
  Effect.flatMap(Sessions, (sessions) => sessions.start(login, { id: "ada" }))
)

export const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** The requests that came, as `operation status`. */
export const calls = Effect.flatMap(DinteroEmbedded.Embedded, ({ journal }) =>
  Effect.map(journal.list(), (entries) => entries.map(({ operation, status }) => `${operation} ${status}`))
)

/** Those since the last look. */
export const newCalls = Effect.flatMap(DinteroEmbedded.Embedded, ({ journal }) => Effect.zipLeft(calls, journal.clear))

export const value = (token: { readonly value: Redacted.Redacted }): string => Redacted.value(token.value)

export { Auth, Option }
