/**
 * A system with auth users, and the calls that are made for them.
 */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { GuessingRules, Seed } from "../../../../src/embedded.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"
import { account, audience, seedOf, tokenOf } from "../../Api.js"
import * as MfaSystem from "../logins/MfaSystem.js"

const secret = "secret-of-a-client"

const client = (client_id: string, ...scope: ReadonlyArray<string>) => ({
  client_id,
  client_secret: secret,
  grants: [
    { type: "client_credentials" as const, scope },
    { type: "password" as const, scope: ["user:customers"] }
  ]
})

const all = [
  "admin:accounts",
  "admin:customers",
  "write:accounts:/auth/users",
  "write:accounts:/auth/mfa",
  "create:accounts:auth:refresh_token"
]

export const clients = [client("shop", ...all), client("trusted", "write:accounts:/auth/users/no-mfa"), client("other", ...all)]

export const ada = {
  id: "00000000-0000-4000-8000-0000000000a1",
  customer_id: "ada",
  email: "ada@example.com",
  phone_number: "+4711111111",
  password: "the customer's password"
} as const

export const accountUrl = `https://api.dintero.com/v1/accounts/${account}`
export const customerLink = { rel: "customers_user", href: `${accountUrl}/customers/users/ada` } as const
export const phoneLink = { rel: "phone_number", href: "tel:+4722222222" } as const
export const emailLink = { rel: "email", href: "mailto:linked@example.com" } as const
export const mfa = { challenge_type: "oob", oob_channels: ["sms", "email"] } as const

export const password = "a password of eight"
export const username = "ada.login"

type Account = Seed.Seed["accounts"][number]

export const startUsers = (part: Partial<Account> = {}, guessing?: GuessingRules.Options) =>
  Effect.gen(function* () {
    const seed = seedOf({ clients, customers: [ada], ...part })
    const system = yield* MfaSystem.start(seed, Effect.succeed(Entropy.ofSystem), 403, guessing)
    const { api } = system
    const bearers = new Map<string, { readonly bearer: string; readonly until: number }>()
    const bearerOf = (client_id: string) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const known = bearers.get(client_id)
        if (known !== undefined && now < known.until) return known.bearer
        const bearer = yield* tokenOf(api, { client_id, client_secret: secret })
        bearers.set(client_id, { bearer, until: now + 3_600_000 })
        return bearer
      })
    const as = (client_id: string) => (method: Parameters<typeof api>[0], path: string, body?: object) =>
      Effect.flatMap(bearerOf(client_id), (authorization) =>
        api(method, path, { authorization, ...(body === undefined ? {} : { body }) })
      )
    const shop = as("shop")
    const create = (fields: object = {}) => shop("POST", "/auth/users", { username, password, ...fields })
    const update = (fields: object = {}, name: string = username) =>
      shop("PUT", `/auth/users/${encodeURIComponent(name)}`, { password, ...fields })
    const remove = (name: string = username) => shop("DELETE", `/auth/users/${encodeURIComponent(name)}`)
    const rename = (to: string, name: string = username) =>
      shop("POST", `/auth/users/${encodeURIComponent(name)}/change_username`, { username: to })
    const grant = (fields: object = {}, client_id = "shop") =>
      as(client_id)("POST", "/auth/token", { grant_type: "password", username, password, audience, ...fields })
    const refresh = (refresh_token: string) => shop("POST", "/auth/token", { grant_type: "refresh_token", refresh_token })
    const challenge = (mfa_token: string, oob_channel?: string) =>
      shop("POST", "/auth/mfa/challenge", {
        challenge_type: "oob",
        mfa_token,
        ...(oob_channel === undefined ? {} : { oob_channel })
      })
    const recover = (fields: object = {}) =>
      shop("POST", "/auth/mfa/recovery", { challenge_type: "oob", username, audience, ...fields })
    const redeem = (given: { readonly mfa_token: string; readonly oob_code: string; readonly binding_code: string }) =>
      shop("POST", "/auth/token", { grant_type: "mfa_oob", ...given })
    const sent = Effect.map(system.outbox.list(), (messages) => messages.map(({ channel, recipient }) => [channel, recipient]))
    const lastCode = Effect.map(system.outbox.list(), (messages) => messages.at(-1)?.code ?? assert.fail("no code was sent"))
    /** Asks for a code, and has what redeems it. */
    const coded = (mfa_token: string, oob_channel?: string) =>
      Effect.gen(function* () {
        const answer = yield* challenge(mfa_token, oob_channel)
        assert.strictEqual(answer.status, 200, answer.text)
        return { mfa_token, oob_code: answer.body.oob_code, binding_code: yield* lastCode }
      })
    /** The hashes that a call costs. */
    const hashesOf = <A>(call: Effect.Effect<A>) =>
      Effect.gen(function* () {
        const before = yield* system.passwordHasher.computations
        const answer = yield* call
        return { answer, hashes: (yield* system.passwordHasher.computations) - before }
      })
    return {
      ...system,
      as,
      shop,
      create,
      update,
      remove,
      rename,
      grant,
      refresh,
      challenge,
      recover,
      redeem,
      sent,
      lastCode,
      coded,
      hashesOf
    }
  })

export const wrong = (code: string) => (code === "000000" ? "000001" : "000000")

export const refused = `{"error":{"code":"FORBIDDEN","message":"Login failed: unknown user or wrong credential"}}`
