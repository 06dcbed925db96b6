/**
 * Requests that the cases of several operations make.
 */
import type { HttpMethod } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Dintero, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Provider from "../utils/OpenIdProvider.js"
import { assertError, body, type Needs } from "./Case.js"
import {
  account,
  accountOf,
  audience,
  bearerOf,
  bearerOfAda,
  bearerWith,
  type ClientName,
  callbacks,
  clients,
  merchantAccount,
  partnerAccount,
  people,
  System,
  seedWithScopes,
  send,
  type Wire
} from "./System.js"

export const typed = (name: ClientName) =>
  Layer.unwrapEffect(
    Effect.map(System, ({ baseUrl }) =>
      Dintero.layer({
        accountId: accountOf(name),
        clientId: clients[name].id,
        clientSecret: Redacted.make(clients[name].secret),
        // The in-process client takes any host; its own is that of the service.
        baseUrl,
        retry: RetryPolicy.none
      })
    )
  )

export const login = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/login`, { authorization, json: { type: "customer", audience, ...fields } })
  )

export const mfaLogin = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/mfa_login`, { authorization, json: { ...adaWithSecret, ...fields } })
  )

/** Begins the recovery of a login of Ada's. */
export const mfaRecovery = (name: ClientName, fields: Record<string, unknown> = {}) => {
  const { secret: _, ...ada } = adaWithSecret
  return Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/mfa_login_recovery`, { authorization, json: { ...ada, ...fields } })
  )
}

export const adaWithSecret = {
  type: "customer",
  ident_type: "email",
  ident: people.ada.email,
  secret: people.ada.password,
  audience
}

/** Of a login of Ada's that waits for its code. */
export const mfaTokenOf = (name: ClientName) =>
  Effect.map(mfaLogin(name, {}), (wire) => body<{ mfa_token: string }>(wire).mfa_token)

export const challengeOf = (mfa_token: string) => ({ challenge_type: "oob", mfa_token })

/** Asks for a code. */
export const requestCode = (authorization: string, json: object, id = account) =>
  send("POST", `/accounts/${id}/auth/mfa/challenge`, { authorization, json })

export const requestChange = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/change_password`, {
      authorization,
      json: { type: "customer", email: people.ada.email, audience, ...fields }
    })
  )

export const token = (authorization: string, json: unknown, id = account) =>
  send("POST", `/accounts/${id}/auth/token`, { authorization, json })

export const revoke = (authorization: string, token: unknown, id = account) =>
  send("POST", `/accounts/${id}/auth/revoke`, { authorization, json: { token } })

/** Of a session of Ada's. */
export const refreshTokenOf = (name: ClientName) =>
  Effect.map(
    login(name, { email: people.ada.email, password: people.ada.password }),
    (wire) => body<{ refresh_token: string }>(wire).refresh_token
  )

export const refresh = (authorization: string, refresh_token: string) =>
  token(authorization, { grant_type: "refresh_token", refresh_token })

/** Asks for a code with which Ada logs in. */
export const requestLogin = (authorization: string, fields: Record<string, unknown> = {}, id = account) =>
  send("POST", `/accounts/${id}/auth/passwordless`, {
    authorization,
    json: { audience, client_id: clients.admin.id, connection: "email", email: people.ada.email, ...fields }
  })

/** Asks for a code that the caller delivers. */
export const makeCode = (authorization: string, fields: Record<string, unknown> = {}, id = account) =>
  send("POST", `/accounts/${id}/auth/passwordless/code`, {
    authorization,
    json: { audience, client_id: clients.admin.id, user_id: "ada", ...fields }
  })

/** A code that the caller delivers, of Ada's. */
export const codeOfAda = (authorization: string, fields: Record<string, unknown> = {}) =>
  Effect.map(makeCode(authorization, fields), (wire) => body<{ verification_code: string }>(wire).verification_code)

/** The messages with login codes, in the order in which they were sent. */
export const loginMessages = Effect.flatMap(DinteroEmbedded.Embedded, ({ outbox }) =>
  outbox.list({ template: "passwordless_code" })
)

/** The login code that was sent last. */
export const sentLoginCode = Effect.map(loginMessages, (messages) => messages.at(-1)?.code ?? assert.fail("no code was sent"))

/** Redeems a login code. */
export const redeemLogin = (authorization: string, verification_code: string, fields: Record<string, unknown> = {}) =>
  token(authorization, {
    grant_type: "authorization_code",
    ident_type: "email",
    ident: people.ada.email,
    verification_code,
    audience,
    ...fields
  })

/** Redeems a code for a redirect. */
export const authorize = (authorization: string, verification_code: string, fields: Record<string, string | undefined> = {}) => {
  const query = {
    audience,
    client_id: clients.admin.id,
    response_type: "authenticate",
    verification_code,
    redirect_uri: callbacks.admin?.[0],
    ...fields
  }
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return send("POST", `/accounts/${account}/auth/authorize?${new URLSearchParams(given)}`, { authorization })
}

/** Another code of six digits. */
export const wrongCode = (code: string): string => (code === "000000" ? "000001" : "000000")

export const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>

/** An audience as the claim of a token has it. */
export const tokenAudience = `https://${account}@api.dintero.com/v1/accounts/${account}`

/** Asks for the token of a partner for a merchant. */
export const exchange = (authorization: string, account_id: unknown, id = partnerAccount) =>
  send("POST", `/accounts/${id}/auth/exchange_token`, { authorization, json: { account_id } })

/** The partner's, for its merchant. */
export const exchangeToken = Effect.flatMap(bearerOf("partner"), (authorization) =>
  Effect.map(exchange(authorization, merchantAccount), (wire) => `Bearer ${body<{ access_token: string }>(wire).access_token}`)
)

/** Trades a code of the OpenID provider. */
export const oidcToken = (authorization: string, code: string, fields: Record<string, unknown> = {}) =>
  send("POST", `/accounts/${account}/auth/oidc/token`, {
    authorization,
    json: {
      grant_type: "authorization_code",
      code,
      client_id: clients.signIn.id,
      audience,
      redirect_uri: Provider.redirectUri,
      ...fields
    }
  })

export const settingsPath = `/accounts/${account}/customers/settings`

/** Requests to paths below the account, with one `Authorization`. */
export const as =
  (authorization: string | undefined) =>
  (method: HttpMethod.HttpMethod, path: string, json?: unknown): Effect.Effect<Wire, never, Needs> =>
    send(method, `/accounts/${account}${path}`, { authorization, json })

export const asAdmin = Effect.map(bearerOf("admin"), as)

export const asAda = Effect.map(bearerOfAda, as)

/** Calls as a client that has this scope and no other one, in a system with new data. */
export const asOnly = (scope: string) =>
  Effect.gen(function* () {
    const { accounts } = yield* DinteroEmbedded.Embedded
    yield* accounts.seed(seedWithScopes([scope]), { replace: true })
    return as(yield* bearerWith(scope))
  })

/** Whether a caller was refused because it gave scopes that it does not have. A header names them. */
export const assertLacks = (wire: Wire, scopes: string): void => {
  assertError(wire, 403, "FORBIDDEN")
  assert.strictEqual(wire.headers["x-effect-dintero-hint"], `The access token does not have scopes that it would give: ${scopes}`)
}

/** What was done to the things of this type, the oldest first: the action, the id of the thing, and who did it. */
export const auditOf = (type: string) =>
  Effect.gen(function* () {
    const { accounts } = yield* DinteroEmbedded.Embedded
    const events = [...(yield* accounts.auditEvents(account))].reverse()
    return events.flatMap(({ action, actor, entity }) => {
      const about = entity as { readonly type: string; readonly id: string }
      return about.type === type ? [[action, about.id, (actor as { readonly id: string }).id]] : []
    })
  })

/** The list that an answer has to be. */
export const listIn = (wire: Wire): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  assert.strictEqual(wire.status, 200, wire.text)
  return body<ReadonlyArray<Readonly<Record<string, unknown>>>>(wire)
}

/** The object that a success has to be. */
export const objectIn = (wire: Wire): Readonly<Record<string, unknown>> => {
  assert.include([200, 201], wire.status, wire.text)
  return body<Readonly<Record<string, unknown>>>(wire)
}

/** Texts that have to come back as they were sent. */
export const texts = [
  "Ærlig Ås 👩‍👩‍👧",
  "שלום עולם",
  "مرحبا بالعالم",
  "\u202eabc\u202c",
  // Two spellings of one letter are two texts.
  "e\u0301",
  "\u00e9",
  "'; DROP TABLE customers; --",
  '<b>"&amp;"</b>',
  "  a\nb\tc  ",
  "\ufeff\u200b",
  "__proto__"
] as const

/** Keys that a caller can choose, and that a path could take for something else. */
export const oddKeys = [
  "a/b",
  "../x",
  "50%",
  "%2F",
  "a b",
  "a?b=c&d#e",
  "a+b,c;d",
  "æøå",
  "شخص",
  "\u202ex\u202c",
  "👍",
  "toString",
  "x".repeat(255)
] as const

/** Texts that no database can hold. */
export const unstorable = ["\u0000", "a\ud800b"] as const

/** A new client of the account, without a grant. */
export const newClient = (given: object) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("POST", "/auth/clients", given), (wire) => {
      const { client_secret, id } = objectIn(wire)
      return { id: String(id), secret: String(client_secret) }
    })
  )

/** Gives a client a grant for the account. */
export const grantTo = (client_id: string, scope: ReadonlyArray<string>, more: object = {}) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("POST", "/auth/client-grants", { client_id, audience, scope, ...more }), objectIn)
  )
