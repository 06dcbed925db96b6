/**
 * Requests that the cases of several operations make.
 */
import { Effect, Layer, Redacted } from "effect"
import { Dintero, RetryPolicy } from "effect-dintero"
import { body } from "./Case.js"
import { account, audience, bearerOf, type ClientName, clients, otherAccount, people, System, send } from "./System.js"

export const typed = (name: ClientName) =>
  Layer.unwrapEffect(
    Effect.map(System, ({ baseUrl }) =>
      Dintero.layer({
        accountId: name === "stranger" ? otherAccount : account,
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

export const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>

/** An audience as the claim of a token has it. */
export const tokenAudience = `https://${account}@api.dintero.com/v1/accounts/${account}`

export const settingsPath = `/accounts/${account}/customers/settings`
