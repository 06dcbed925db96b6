/**
 * The cases of each operation. Those that every operation has follow from the contract; the others are written here, one list for each
 * operation. An operation without a list does not compile, and one with an empty list fails the suite.
 */

import { createHash, createPublicKey, verify } from "node:crypto"
import type { HttpClient } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Either, Layer, Redacted, Schema } from "effect"
import { Auth, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { type OperationName, operations } from "../../src/contract/Contract.js"
import type { Described } from "../../src/contract/Operation.js"
import { ErrorBody } from "../../src/schemas/ErrorBody.js"
import type { ClientName, Wire } from "./System.js"
import { account, audience, basic, bearerOf, clients, otherAccount, people, System, send, tokenOf } from "./System.js"

export interface Case {
  readonly name: string
  readonly run: Effect.Effect<void, never, HttpClient.HttpClient | System>
}

const it = <E>(name: string, run: () => Effect.Effect<void, E, HttpClient.HttpClient | System>): Case => ({
  name,
  run: Effect.orDie(Effect.suspend(run))
})

const body = <A>(wire: Wire): A => wire.body as A

interface ErrorOnWire {
  readonly code?: string
  readonly message: string
  readonly errors?: ReadonlyArray<{
    readonly path: ReadonlyArray<string>
    readonly params?: ReadonlyArray<unknown>
    readonly code: string
  }>
  readonly in?: string
  readonly name?: string
  readonly path?: ReadonlyArray<string>
}

/** The three families of recorded traffic, to the byte. */
const families = (error: ErrorOnWire, status: number): ReadonlyArray<string> => {
  const { code, errors, in: where, message, name, path } = error
  const reason = { 400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN" }[status]
  return [
    JSON.stringify({ error: { errors: [], message: reason } }),
    JSON.stringify({ error: { code, message } }),
    JSON.stringify({ error: { code, errors, in: where, message, name, path } })
  ]
}

/** `code`: of the domain. An error of another family says the same status in its own way. The etag is that of an Express server. */
const assertError = (wire: Wire, status: number, code: string): void => {
  assert.strictEqual(wire.status, status, wire.text)
  const { error } = body<{ error: ErrorOnWire }>(wire)
  assert.include([undefined, code, ...(status === 400 ? ["INVALID_REQUEST_PARAMETER"] : [])], error.code)
  assert.isAtLeast(error.message.length, 3)
  if (code !== "mfa_required") assert.include(families(error, status), wire.text)
  assert.strictEqual(wire.headers["content-type"], "application/json; charset=utf-8")
  const bytes = Buffer.from(wire.text)
  assert.strictEqual(
    wire.headers.etag,
    `W/"${bytes.length.toString(16)}-${createHash("sha1").update(bytes).digest("base64").slice(0, 27)}"`
  )
}

/** Of all items; of a missing field, where it should be. */
const errorPaths = (wire: Wire): ReadonlyArray<string> =>
  (body<{ error: ErrorOnWire }>(wire).error.errors ?? []).map(({ code, params, path }) =>
    [...path, ...(code === "OBJECT_MISSING_REQUIRED_PROPERTY" ? (params ?? []) : [])].join(".")
  )

/** What a well-formed request of each operation has as its body; made for each request, since some are good once. */
const goodPayload: Record<OperationName, Effect.Effect<unknown, never, HttpClient.HttpClient | System>> = {
  "auth.token": Effect.succeed({ grant_type: "password", username: "ada", password: people.ada.password, audience }),
  "auth.revoke": Effect.suspend(() => Effect.map(refreshTokenOf("admin"), (token) => ({ token }))),
  "auth.keys": Effect.void,
  "auth.mfa.challenge": Effect.suspend(() => Effect.map(mfaTokenOf("admin"), challengeOf)),
  "customers.password.login": Effect.succeed({
    type: "customer",
    email: people.ada.email,
    password: people.ada.password,
    audience
  }),
  "customers.password.mfaLogin": Effect.suspend(() => Effect.succeed(adaWithSecret)),
  "customers.password.requestChange": Effect.succeed({ type: "customer", email: people.ada.email, audience }),
  "customers.settings.get": Effect.void,
  "customers.settings.update": Effect.succeed({ users: { customer_id_format: "sequence" } })
}

/** A body in which several fields are wrong, and the paths that have to be named. */
const wrongPayload: Partial<Record<OperationName, { readonly json: unknown; readonly paths: ReadonlyArray<string> }>> = {
  "auth.token": {
    json: { grant_type: "password", username: 1, password: [], audience: null },
    paths: ["username", "password", "audience"]
  },
  "auth.revoke": { json: { token: 1 }, paths: ["token"] },
  "customers.password.login": {
    json: { type: "robot", email: "a@b.c", password: "abc" },
    paths: ["audience", "type", "password"]
  },
  "auth.mfa.challenge": {
    json: { challenge_type: "otp", mfa_token: 1, oob_channel: "pigeon" },
    paths: ["challenge_type", "mfa_token", "oob_channel"]
  },
  "customers.password.mfaLogin": {
    json: { type: "robot", ident_type: "name", ident: null, secret: 1 },
    paths: ["audience", "type", "ident_type", "ident", "secret"]
  },
  "customers.password.requestChange": { json: { type: "employee", email: [] }, paths: ["audience", "type", "email"] },
  "customers.settings.update": {
    json: { users: { customer_id_format: "ulid", head: { enabled: "yes" } }, attributes: [{ name: 1, type: "x" }] },
    paths: ["users.customer_id_format", "users.head.enabled", "attributes.0.name", "attributes.0.type"]
  }
}

const pathIn = (name: OperationName, id: string): string => operations[name].path.replace(/\{\w+\}/g, id)

/** The cases that follow from an operation's description alone. */
const fromContract = (name: OperationName): ReadonlyArray<Case> => {
  const operation: Described = operations[name]
  const { method } = operation
  const path = pathIn(name, account)
  const good = goodPayload[name]
  const call = (authorization: string | undefined, id = account) =>
    Effect.flatMap(good, (json) => send(method, pathIn(name, id), { authorization, json }))
  const wrong = wrongPayload[name]
  const { schema, status: success } = operation.success
  return [
    it("no Authorization: 401", () =>
      Effect.gen(function* () {
        assertError(yield* call(undefined), 401, "UNAUTHORIZED")
      })),
    it("a malformed or foreign Authorization: 401", () =>
      Effect.gen(function* () {
        const good = yield* tokenOf("admin")
        const malformed = [
          "Bearer",
          "Bearer ",
          "Bearer a b",
          "Bearer not-a-jwt",
          "Bearer a.b.c",
          `Bearer ${good.slice(0, -4)}AAAA`,
          `Token ${good}`,
          good,
          "Basic",
          "Basic %%%"
        ]
        for (const authorization of malformed) assertError(yield* call(authorization), 401, "UNAUTHORIZED")
      })),
    it("the scheme is read in any case", () =>
      Effect.gen(function* () {
        const token = yield* tokenOf("admin")
        const wire = yield* call(`bEARER ${token}`)
        assert.strictEqual(wire.status, success, wire.text)
      })),
    it("a token without any of the scopes: 403, and a header names them", () =>
      Effect.gen(function* () {
        const wire = yield* call(yield* bearerOf("nothing"))
        assertError(wire, 403, "FORBIDDEN")
        for (const scope of operation.scopes) assert.include(wire.headers["x-effect-dintero-hint"], scope)
      })),
    it("a token for another account: 403", () =>
      Effect.gen(function* () {
        assertError(yield* call(yield* bearerOf("stranger")), 403, "FORBIDDEN")
      })),
    it("an id that is none: 400 or 404, never another resource", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const id of ["x", "T1", "T123456789", "T12345678%2F..", "%2e%2e", "%00", "%zz", "T1234567%C3%28"]) {
          const wire = yield* call(authorization, id)
          assert.include([400, 404], wire.status, `${id}: ${wire.text}`)
          assert.isString(body<{ error: { message: string } }>(wire).error.message)
        }
      })),
    it("every failure that it answers is one that the contract declares", () =>
      Effect.gen(function* () {
        for (const authorization of [undefined, yield* bearerOf("nothing"), yield* bearerOf("stranger")]) {
          const wire = yield* call(authorization)
          assert.include<number>(operation.failures, wire.status)
          assert.isTrue(Either.isRight(Schema.decodeUnknownEither(ErrorBody)(wire.body)), wire.text)
        }
      })),
    it("a success is what the contract says", () =>
      Effect.gen(function* () {
        const wire = yield* call(yield* bearerOf("admin"))
        assert.strictEqual(wire.status, success, wire.text)
        assert.strictEqual(wire.headers["access-control-allow-origin"], "*")
        if (schema === undefined) return assert.strictEqual(wire.text, "")
        assert.strictEqual(wire.headers["content-type"], "application/json; charset=utf-8")
        const decoded = Schema.decodeUnknownEither(schema)(wire.body)
        assert.isTrue(Either.isRight(decoded), wire.text)
      })),
    ...(operation.body === undefined
      ? []
      : [
          it("a body that is no JSON, of another type, or too large: 400", () =>
            Effect.gen(function* () {
              const authorization = yield* bearerOf("admin")
              const json = JSON.stringify(yield* good)
              const bodies: ReadonlyArray<{ readonly raw: string | Uint8Array; readonly contentType?: string }> = [
                { raw: "{" },
                { raw: "nope" },
                { raw: "null" },
                { raw: "[]" },
                { raw: '"text"' },
                { raw: "[".repeat(100_000) },
                { raw: `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`.replace('"a"', '"grant_type"') },
                { raw: '{"grant_type":{"toString":1},"type":{"toString":1}}' },
                { raw: new Uint8Array([0xff, 0xfe, 0x7b, 0x7d]) },
                { raw: json, contentType: "text/plain" },
                { raw: json, contentType: "application/x-www-form-urlencoded" },
                { raw: JSON.stringify({ padding: "x".repeat(1024 * 1024) }) }
              ]
              for (const request of bodies) {
                // An object without any known field is a valid body of the settings, which has no required one.
                if (
                  name === "customers.settings.update" &&
                  typeof request.raw === "string" &&
                  request.raw.startsWith('{"grant_type"')
                )
                  continue
                assertError(yield* send(method, path, { authorization, ...request }), 400, "BAD REQUEST")
              }
            })),
          it("JSON with a charset is JSON", () =>
            Effect.gen(function* () {
              const authorization = yield* bearerOf("admin")
              const wire = yield* send(method, path, {
                authorization,
                raw: JSON.stringify(yield* good),
                contentType: "application/json; charset=utf-8"
              })
              assert.strictEqual(wire.status, success, wire.text)
            })),
          it("unknown fields are ignored", () =>
            Effect.gen(function* () {
              const authorization = yield* bearerOf("admin")
              const wire = yield* send(method, path, {
                authorization,
                raw: JSON.stringify({ ...((yield* good) as object), surprise: { deep: [1] } }).replace(
                  "{",
                  '{"__proto__":{"x":1},"constructor":1,'
                )
              })
              assert.strictEqual(wire.status, success, wire.text)
              assert.notInclude(wire.text, "surprise")
            })),
          it("wrong fields: 400, which names all of them", () =>
            Effect.gen(function* () {
              if (wrong === undefined) return assert.fail(`add a wrong body of ${name} to wrongPayload`)
              const wire = yield* send(method, path, { authorization: yield* bearerOf("admin"), json: wrong.json })
              assertError(wire, 400, "BAD REQUEST")
              assert.includeMembers([...errorPaths(wire)], [...wrong.paths])
            }))
        ])
  ]
}

const typed = (name: ClientName) =>
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

const login = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/login`, { authorization, json: { type: "customer", audience, ...fields } })
  )

const mfaLogin = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/mfa_login`, { authorization, json: { ...adaWithSecret, ...fields } })
  )

const adaWithSecret = {
  type: "customer",
  ident_type: "email",
  ident: people.ada.email,
  secret: people.ada.password,
  audience
}

/** Of a login of Ada's that waits for its code. */
const mfaTokenOf = (name: ClientName) => Effect.map(mfaLogin(name, {}), (wire) => body<{ mfa_token: string }>(wire).mfa_token)

const challengeOf = (mfa_token: string) => ({ challenge_type: "oob", mfa_token })

const challenge = (authorization: string, json: object, id = account) =>
  send("POST", `/accounts/${id}/auth/mfa/challenge`, { authorization, json })

const requestChange = (name: ClientName, fields: Record<string, unknown>) =>
  Effect.flatMap(bearerOf(name), (authorization) =>
    send("POST", `/accounts/${account}/customers/change_password`, {
      authorization,
      json: { type: "customer", email: people.ada.email, audience, ...fields }
    })
  )

const token = (authorization: string, json: unknown, id = account) =>
  send("POST", `/accounts/${id}/auth/token`, { authorization, json })

const revoke = (authorization: string, token: unknown, id = account) =>
  send("POST", `/accounts/${id}/auth/revoke`, { authorization, json: { token } })

/** Of a session of Ada's. */
const refreshTokenOf = (name: ClientName) =>
  Effect.map(
    login(name, { email: people.ada.email, password: people.ada.password }),
    (wire) => body<{ refresh_token: string }>(wire).refresh_token
  )

const refresh = (authorization: string, refresh_token: string) =>
  token(authorization, { grant_type: "refresh_token", refresh_token })

const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>

/** An audience as the claim of a token has it. */
const tokenAudience = `https://${account}@api.dintero.com/v1/accounts/${account}`

const settingsPath = `/accounts/${account}/customers/settings`

const own: Record<OperationName, ReadonlyArray<Case>> = {
  "customers.settings.get": [
    it("a new account has the documented defaults", () =>
      Effect.gen(function* () {
        const wire = yield* send("GET", settingsPath, { authorization: yield* bearerOf("admin") })
        assert.deepStrictEqual(wire.body, {
          users: { customer_id_format: "uuid", head: { enabled: false }, phone_number_validation: { allow_duplicates: false } }
        })
      })),
    it("any one of its scopes is enough", () =>
      Effect.gen(function* () {
        const wire = yield* send("GET", settingsPath, { authorization: yield* bearerOf("noMfa") })
        assert.strictEqual(wire.status, 200)
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const settings = yield* customers.settings.get()
        assert.strictEqual(settings.users?.customer_id_format, "uuid")
      }).pipe(Effect.provide(typed("admin")))),
    it("typed: a missing scope is Forbidden", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const error = yield* Effect.flip(customers.settings.get())
        assert.strictEqual(error._tag, "Forbidden")
        assert.strictEqual(error.request.operation, "customers.settings.get")
      }).pipe(Effect.provide(typed("nothing"))))
  ],
  "customers.settings.update": [
    it("replaces the sections that are present, keeps the others, and answers the whole", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const put = (json: unknown) => send("PUT", settingsPath, { authorization, json })
        yield* put({
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "size", type: "integer" }]
        })
        const second = yield* put({ attributes: [{ name: "color", type: "string", multiple_values: true }] })
        const expected = {
          users: { customer_id_format: "uuid", head: { enabled: false }, phone_number_validation: { allow_duplicates: false } },
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "color", type: "string", multiple_values: true, private: false }]
        }
        assert.deepStrictEqual(second.body, expected)
        assert.deepStrictEqual((yield* send("GET", settingsPath, { authorization })).body, expected)
        assert.deepStrictEqual((yield* put({})).body, expected)
      })),
    it("takes the whole object of the documentation", () =>
      Effect.gen(function* () {
        const whole = {
          users: {
            customer_id_format: "sequence",
            head: { enabled: true },
            phone_number_validation: { allow_duplicates: true },
            mfa: {
              enabled: true,
              login: { challenge_type: "oob", oob_channel: "sms" },
              login_recovery: { challenge_type: "oob", oob_channel: "email" }
            },
            verifications: { phone_number: "sms" }
          },
          auto_tokens: { phone_number: [{ type: "SHA256" }], email: [{ type: "HMAC-SHA256", secret: "key" }] },
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "born", type: "date-time", multiple_values: false, private: true }]
        }
        const wire = yield* send("PUT", settingsPath, { authorization: yield* bearerOf("admin"), json: whole })
        assert.deepStrictEqual(wire.body, whole)
      })),
    it("two updates at the same time lose nothing", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const put = (json: unknown) => send("PUT", settingsPath, { authorization, json })
        yield* Effect.all(
          [
            put({ tokens: { event_expiry: [{ status: "A", time_to_live: 1 }] } }),
            put({ attributes: [{ name: "b", type: "string" }] }),
            put({ auto_tokens: { email: [{ type: "SHA256" }] } })
          ],
          { concurrency: "unbounded" }
        )
        const { body: settings } = yield* send("GET", settingsPath, { authorization })
        assert.containsAllKeys(settings, ["users", "tokens", "attributes", "auto_tokens"])
      })),
    it("a refused update changes nothing", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const before = yield* send("GET", settingsPath, { authorization })
        yield* send("PUT", settingsPath, {
          authorization,
          json: { attributes: [{ name: "a", type: "string" }], users: { customer_id_format: 1 } }
        })
        yield* send("PUT", settingsPath, { authorization: yield* bearerOf("noMfa"), json: { attributes: [] } })
        assert.strictEqual((yield* send("GET", settingsPath, { authorization })).text, before.text)
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        assertError(yield* send("PUT", settingsPath, { authorization: yield* bearerOf("noMfa"), json: {} }), 403, "FORBIDDEN")
      })),
    it("typed: what get gave can be changed and given back", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const before = yield* customers.settings.get()
        const after = yield* customers.settings.update({
          ...before,
          users: { customer_id_format: "uuid", ...before.users, head: { enabled: true } }
        })
        assert.strictEqual(after.users?.head?.enabled, true)
        assert.deepStrictEqual(yield* customers.settings.get(), after)
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "customers.password.login": [
    it("by email in any case, by ident_type email, by ident_type phone_number", () =>
      Effect.gen(function* () {
        const { email, password, phone_number } = people.ada
        for (const fields of [
          { email },
          { email: email.toUpperCase() },
          { ident_type: "email", ident: email },
          { ident_type: "phone_number", ident: phone_number }
        ]) {
          const wire = yield* login("admin", { ...fields, password })
          assert.strictEqual(wire.status, 200, wire.text)
          const session = body<{ access_token: string; token_type: string; expires_in: number }>(wire)
          assert.strictEqual(session.token_type, "Bearer")
          assert.strictEqual(session.expires_in, 3600)
          const claims = claimsOf(session.access_token)
          assert.strictEqual(claims.sub, "ada")
          assert.strictEqual(claims.aud, tokenAudience)
          assert.strictEqual(claims.scopes, "user:customers")
        }
      })),
    it("the same email once for each type, with its own password", () =>
      Effect.gen(function* () {
        const { email, password } = people.adaCompany
        const company = yield* login("admin", { type: "company", email, password })
        assert.strictEqual(claimsOf(body<{ access_token: string }>(company).access_token).sub, "ada-as")
        assertError(yield* login("admin", { type: "company", email, password: people.ada.password }), 403, "FORBIDDEN")
      })),
    it("unknown user, wrong password, no password, and a type that cannot log in are one answer", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all([
          login("admin", { email: "nobody@example.com", password: "whatever" }),
          login("admin", { email: people.ada.email, password: "wrong password" }),
          login("admin", { email: people.noPassword.email, password: "whatever" }),
          login("admin", { email: people.grace.email, password: people.grace.password }),
          login("admin", { ident_type: "phone_number", ident: "+4700000000", password: "whatever" }),
          login("admin", { email: "\u0000", password: "whatever" }),
          login("admin", { email: "' OR 1=1 --", password: "whatever" })
        ])
        for (const wire of answers) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("a password of 4 to 255 characters, no other", () =>
      Effect.gen(function* () {
        for (const length of [0, 3, 256, 5000]) {
          const wire = yield* login("admin", { email: people.ada.email, password: "x".repeat(length) })
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["password"])
        }
        for (const length of [4, 255])
          assertError(yield* login("admin", { email: people.ada.email, password: "x".repeat(length) }), 403, "FORBIDDEN")
      })),
    it("an email, or ident_type and ident: else 400", () =>
      Effect.gen(function* () {
        for (const fields of [{}, { ident: "x" }, { ident_type: "email" }, { ident_type: "name", ident: "ada" }]) {
          assertError(yield* login("admin", { ...fields, password: "whatever" }), 400, "BAD REQUEST")
        }
      })),
    it("a refresh token only when the client's token has the scope for it", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        assert.property(body<object>(yield* login("admin", { email, password })), "refresh_token")
        assert.notProperty(body<object>(yield* login("noMfa", { email, password })), "refresh_token")
      })),
    it("an audience that no grant of the client covers: 403", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        for (const other of [`https://api.dintero.com/v1/accounts/${otherAccount}`, "https://example.com", ""]) {
          assertError(yield* login("admin", { email, password, audience: other }), 403, "FORBIDDEN")
        }
      })),
    it("both spellings of the audience", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        const wire = yield* login("admin", { email, password, audience: `https://${account}@api.dintero.com` })
        assert.strictEqual(wire.status, 200, wire.text)
      })),
    it("with MFA on: 403 mfa_required with an mfa_token, after the right password only; not for a client that passes it over", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        const mfa = {
          enabled: true,
          login: { challenge_type: "oob", oob_channel: "sms" },
          login_recovery: { challenge_type: "oob", oob_channel: "sms" }
        }
        yield* send("PUT", settingsPath, {
          authorization: yield* bearerOf("admin"),
          json: { users: { customer_id_format: "uuid", mfa } }
        })
        const required = yield* login("admin", { email, password })
        assertError(required, 403, "mfa_required")
        assert.isString(body<{ mfa_token: string }>(required).mfa_token)
        assertError(yield* login("admin", { email, password: "wrong password" }), 403, "FORBIDDEN")
        assert.strictEqual((yield* login("noMfa", { email, password })).status, 200)
      })),
    it("typed: a session, CredentialsRefused, MfaRequired", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const credentials = { type: "customer", email: people.ada.email, audience } as const
        const session = yield* customers.password.login({ ...credentials, password: Redacted.make(people.ada.password) })
        assert.strictEqual(session.expires_in, 3600)
        const refused = yield* Effect.flip(
          customers.password.login({ ...credentials, password: Redacted.make("wrong password") })
        )
        assert.strictEqual(refused._tag, "CredentialsRefused")
        const channel = { challenge_type: "oob", oob_channel: "sms" } as const
        yield* customers.settings.update({
          users: { customer_id_format: "uuid", mfa: { enabled: true, login: channel, login_recovery: channel } }
        })
        const required = yield* Effect.flip(
          customers.password.login({ ...credentials, password: Redacted.make(people.ada.password) })
        )
        assert.strictEqual(required._tag, "MfaRequired")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "customers.password.mfaLogin": [
    it("by email in any case or by phone number: an mfa_token, and where it goes", () =>
      Effect.gen(function* () {
        const { email, phone_number } = people.ada
        const tokens = new Set<string>()
        for (const fields of [{}, { ident: email.toUpperCase() }, { ident_type: "phone_number", ident: phone_number }]) {
          const wire = yield* mfaLogin("admin", fields)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { links, mfa_token, ...rest } = body<{
            links: ReadonlyArray<{ rel: string; href: string }>
            mfa_token: string
          }>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob" })
          assert.deepStrictEqual(
            links.map(({ href, rel }) => [rel, new URL(href).pathname]),
            [
              ["mfa_challenge", `/v1/accounts/${account}/auth/mfa/challenge`],
              ["mfa_oob", `/v1/accounts/${account}/auth/token`]
            ]
          )
          // Where it was asked for: the token must not go to another system.
          const { baseUrl } = yield* System
          for (const { href } of links) assert.isTrue(href.startsWith(`${baseUrl}/`), href)
          tokens.add(mfa_token)
        }
        assert.strictEqual(tokens.size, 3)
      })),
    it("unknown user, wrong secret, no password, and a type that cannot log in are the answer of a refused login", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all([
          login("admin", { email: people.ada.email, password: "wrong password" }),
          mfaLogin("admin", { secret: "wrong password" }),
          mfaLogin("admin", { secret: "" }),
          mfaLogin("admin", { secret: "x".repeat(5000) }),
          mfaLogin("admin", { ident: "nobody@example.com" }),
          mfaLogin("admin", { ident: people.noPassword.email }),
          mfaLogin("admin", { ident: people.grace.email, secret: people.grace.password }),
          mfaLogin("admin", { type: "company" }),
          mfaLogin("admin", { ident_type: "phone_number", ident: "+4700000000" }),
          mfaLogin("admin", { ident: "\u0000" })
        ])
        for (const wire of answers) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("tells the channel that the settings have, whether or not MFA is on", () =>
      Effect.gen(function* () {
        for (const enabled of [true, false]) {
          const mfa = {
            enabled,
            login: { challenge_type: "oob", oob_channel: "email" },
            login_recovery: { challenge_type: "oob", oob_channel: "sms" }
          }
          yield* send("PUT", settingsPath, {
            authorization: yield* bearerOf("admin"),
            json: { users: { customer_id_format: "uuid", mfa } }
          })
          assert.strictEqual(body<{ oob_channel: string }>(yield* mfaLogin("admin", {})).oob_channel, "email")
        }
      })),
    it("an audience that no grant of the client covers: 403", () =>
      Effect.gen(function* () {
        const wire = yield* mfaLogin("admin", { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` })
        assertError(wire, 403, "FORBIDDEN")
      })),
    it("no client passes it over: the scope no-mfa alone is not enough", () =>
      Effect.gen(function* () {
        assertError(yield* mfaLogin("noMfa", {}), 403, "FORBIDDEN")
      })),
    it("typed: a challenge with its token, CredentialsRefused", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const who = { type: "customer", ident_type: "email", ident: people.ada.email, audience } as const
        const begun = yield* customers.password.mfaLogin({ ...who, secret: Redacted.make(people.ada.password) })
        assert.isTrue(Redacted.isRedacted(begun.mfa_token))
        const refused = yield* Effect.flip(customers.password.mfaLogin({ ...who, secret: Redacted.make("wrong password") }))
        assert.strictEqual(refused._tag, "CredentialsRefused")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "customers.password.requestChange": [
    it("an unknown email, another type and a user who cannot log in: 204 all the same", () =>
      Effect.gen(function* () {
        for (const fields of [
          {},
          { email: people.ada.email.toUpperCase() },
          { email: "nobody@example.com" },
          { email: people.grace.email },
          { email: people.grace.email, type: "company" },
          { email: "\u0000" },
          { email: "" }
        ]) {
          const wire = yield* requestChange("admin", fields)
          assert.strictEqual(wire.status, 204, wire.text)
          assert.strictEqual(wire.text, "")
        }
      })),
    it("changes nothing: the password is still good", () =>
      Effect.gen(function* () {
        yield* requestChange("admin", {})
        const { email, password } = people.ada
        assert.strictEqual((yield* login("admin", { email, password })).status, 200)
      })),
    it("an audience that no grant of the client covers: 403, whoever it is for", () =>
      Effect.gen(function* () {
        const foreign = { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` }
        const known = yield* requestChange("admin", foreign)
        assertError(known, 403, "FORBIDDEN")
        assert.strictEqual((yield* requestChange("admin", { ...foreign, email: "nobody@example.com" })).text, known.text)
      })),
    it("typed: nothing, Forbidden", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const user = { type: "customer", email: people.ada.email } as const
        assert.isUndefined(yield* customers.password.requestChange({ ...user, audience }))
        const error = yield* Effect.flip(customers.password.requestChange({ ...user, audience: "https://example.com" }))
        assert.strictEqual(error._tag, "Forbidden")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "auth.mfa.challenge": [
    it("sends a code: an oob_code for it, another one each time", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const codes = new Set<string>()
        for (const oob_channel of [undefined, "sms", "email"]) {
          const wire = yield* challenge(authorization, { ...challengeOf(mfa_token), oob_channel })
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { oob_code, ...rest } = body<{ oob_code: string }>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob", binding_method: "prompt" })
          codes.add(oob_code)
        }
        assert.strictEqual(codes.size, 3)
      })),
    it("also for the mfa_token of a login that was answered with mfa_required", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { email, password } = people.ada
        const channel = { challenge_type: "oob", oob_channel: "sms" }
        const mfa = { enabled: true, login: channel, login_recovery: channel }
        yield* send("PUT", settingsPath, { authorization, json: { users: { customer_id_format: "uuid", mfa } } })
        const { mfa_token } = body<{ mfa_token: string }>(yield* login("admin", { email, password }))
        assert.strictEqual((yield* challenge(authorization, challengeOf(mfa_token))).status, 200)
      })),
    it("an unknown mfa_token, one of another client and one of another account: one 404", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const answers = yield* Effect.all([
          challenge(authorization, challengeOf("unknown")),
          challenge(authorization, challengeOf("")),
          challenge(authorization, challengeOf("\u0000\ud800")),
          challenge(yield* bearerOf("stranger"), challengeOf(mfa_token), otherAccount)
        ])
        for (const wire of answers) assertError(wire, 404, "NOT FOUND")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("typed: a challenge, NotFound", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const customers = yield* Customers
        const begun = yield* customers.password.mfaLogin({
          type: "customer",
          ident_type: "email",
          ident: people.ada.email,
          secret: Redacted.make(people.ada.password),
          audience
        })
        const sent = yield* auth.mfa.challenge({ challenge_type: "oob", mfa_token: begun.mfa_token })
        assert.isTrue(Redacted.isRedacted(sent.oob_code))
        const error = yield* Effect.flip(auth.mfa.challenge({ challenge_type: "oob", mfa_token: Redacted.make("unknown") }))
        assert.strictEqual(error._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "auth.token": [
    it("client_credentials: by id or by label, with the scopes of its grants", () =>
      Effect.gen(function* () {
        for (const id of [clients.admin.id, "admin-client"]) {
          const wire = yield* token(basic(id, clients.admin.secret), { grant_type: "client_credentials", audience })
          assert.strictEqual(wire.status, 200, wire.text)
          const { access_token, ...rest } = body<{ access_token: string }>(wire)
          assert.strictEqual(JSON.stringify(rest), `{"expires_in":3600,"token_type":"Bearer"}`)
          const { exp, iat, scopes, ...claims } = claimsOf(access_token)
          assert.strictEqual(Number(exp) - Number(iat), 3600)
          assert.include(String(scopes).split(" "), "admin:customers")
          assert.notInclude(String(scopes).split(" "), "user:customers")
          assert.deepStrictEqual(claims, {
            iss: "https://api.dintero.com",
            aud: tokenAudience,
            sub: clients.admin.id,
            version: 2
          })
        }
      })),
    it("client_credentials: wrong secret, unknown client, another account's client and a Bearer token are one 401", () =>
      Effect.gen(function* () {
        const json = { grant_type: "client_credentials", audience }
        const answers = yield* Effect.all([
          token(basic(clients.admin.id, "wrong"), json),
          token(basic("nobody", "wrong"), json),
          token(basic(clients.stranger.id, clients.stranger.secret), json)
        ])
        for (const wire of answers) assertError(wire, 401, "UNAUTHORIZED")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
        assertError(yield* token(yield* bearerOf("admin"), json), 401, "UNAUTHORIZED")
      })),
    it("client_credentials: an audience, or a kind of grant, that is not granted: 403", () =>
      Effect.gen(function* () {
        const by = (name: ClientName, to: string) =>
          token(basic(clients[name].id, clients[name].secret), { grant_type: "client_credentials", audience: to })
        assertError(yield* by("admin", `https://api.dintero.com/v1/accounts/${otherAccount}`), 403, "FORBIDDEN")
        assertError(yield* by("admin", "https://example.com"), 403, "FORBIDDEN")
        assertError(yield* by("loginOnly", audience), 403, "FORBIDDEN")
      })),
    it("an unknown or missing grant_type: 400 that lists the known ones", () =>
      Effect.gen(function* () {
        const authorization = basic(clients.admin.id, clients.admin.secret)
        for (const json of [{}, { grant_type: "magic" }, { grant_type: 1 }, { grant_type: null, audience }]) {
          const wire = yield* token(authorization, json)
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["grant_type"])
        }
      })),
    it("password: by customer_id or email; wrong and unknown are one 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const by = (username: string, password: string) =>
          token(authorization, { grant_type: "password", username, password, audience })
        for (const username of ["ada", people.ada.email]) {
          const wire = yield* by(username, people.ada.password)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.property(body<object>(wire), "refresh_token")
        }
        const refused = yield* Effect.all([
          by("ada", "wrong password"),
          by("nobody", "wrong password"),
          by("grace", people.grace.password)
        ])
        for (const wire of refused) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(refused.map(({ text }) => text)).size, 1)
      })),
    it("refresh_token: a new access token for the same customer, as often as it is asked for (no rotation)", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const session = body<{ access_token: string; refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        const first = yield* token(authorization, { grant_type: "refresh_token", refresh_token: session.refresh_token })
        const second = yield* token(authorization, { grant_type: "refresh_token", refresh_token: session.refresh_token })
        for (const wire of [first, second]) {
          assert.strictEqual(wire.status, 200, wire.text)
          const refreshed = body<{ access_token: string }>(wire)
          assert.notProperty(refreshed, "refresh_token")
          const { sub, aud, scopes } = claimsOf(refreshed.access_token)
          const before = claimsOf(session.access_token)
          assert.deepStrictEqual([sub, aud, scopes], [before.sub, before.aud, before.scopes])
        }
      })),
    it("refresh_token: an unknown one, and one of another client: 403", () =>
      Effect.gen(function* () {
        const session = body<{ refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        assertError(
          yield* token(yield* bearerOf("admin"), { grant_type: "refresh_token", refresh_token: "unknown" }),
          403,
          "FORBIDDEN"
        )
        assertError(
          yield* token(yield* bearerOf("noMfa"), { grant_type: "refresh_token", refresh_token: session.refresh_token }),
          403,
          "FORBIDDEN"
        )
      })),
    it("authorization_code and mfa_oob, in both spellings: a code that was never given is refused", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const oob = { oob_code: "o", binding_code: "000000", mfa_token: "m" }
        for (const json of [
          { grant_type: "mfa_oob", ...oob },
          { grant_type: "mfa-oob", ...oob },
          {
            grant_type: "authorization_code",
            ident_type: "email",
            ident: people.ada.email,
            verification_code: "000000",
            audience
          }
        ]) {
          assertError(yield* token(authorization, json), 403, "FORBIDDEN")
        }
      })),
    it("mfa_oob: a wrong code of a challenge is refused as a wrong password is", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const { oob_code } = body<{ oob_code: string }>(yield* challenge(authorization, challengeOf(mfa_token)))
        const refused = yield* login("admin", { email: people.ada.email, password: "wrong password" })
        // No code has letters.
        for (const grant_type of ["mfa_oob", "mfa-oob"]) {
          const wire = yield* token(authorization, { grant_type, oob_code, mfa_token, binding_code: "abcdef" })
          assertError(wire, 403, "FORBIDDEN")
          assert.strictEqual(wire.text, refused.text)
        }
      })),
    it("account_user and account_user_token: the staff of a merchant is not part of this system: 400", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const grant_type of ["account_user", "account_user_token"])
          assertError(yield* token(authorization, { grant_type, audience }), 400, "BAD REQUEST")
      })),
    it("an answer with a token is not to be stored", () =>
      Effect.gen(function* () {
        const wire = yield* token(basic(clients.admin.id, clients.admin.secret), { grant_type: "client_credentials", audience })
        assert.strictEqual(wire.headers["cache-control"], "no-store")
      })),
    it("typed: a grant, SessionExpired for a dead refresh token, Unauthorized for a wrong secret", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const own = yield* auth.token({ grant_type: "client_credentials", audience })
        assert.strictEqual(own.expires_in, 3600)
        const dead = yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("dead") }))
        assert.strictEqual(dead._tag, "SessionExpired")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "auth.revoke": [
    it("answers an empty object; the refresh token is refused from then on as an unknown one is, others are not", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const [revoked, other] = [yield* refreshTokenOf("admin"), yield* refreshTokenOf("admin")]
        assert.strictEqual((yield* refresh(authorization, revoked)).status, 200)
        const wire = yield* revoke(authorization, revoked)
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual(wire.text, "{}")
        const refused = yield* refresh(authorization, revoked)
        assertError(refused, 403, "FORBIDDEN")
        assert.strictEqual(refused.text, (yield* refresh(authorization, "unknown")).text)
        assert.strictEqual((yield* refresh(authorization, other)).status, 200)
      })),
    it("twice is once", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const revoked = yield* refreshTokenOf("admin")
        const [first, second] = [yield* revoke(authorization, revoked), yield* revoke(authorization, revoked)]
        assert.deepStrictEqual([second.status, second.text], [first.status, first.text])
      })),
    it("an unknown token, one of another client and one of another account are answered alike, and nothing happens", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const kept = yield* refreshTokenOf("admin")
        const answers = yield* Effect.all([
          revoke(authorization, "unknown"),
          revoke(authorization, ""),
          revoke(authorization, "\u0000\ud800"),
          revoke(yield* bearerOf("revoker"), kept),
          revoke(yield* bearerOf("stranger"), kept, otherAccount)
        ])
        for (const wire of answers) assert.deepStrictEqual([wire.status, wire.text], [200, "{}"])
        assert.strictEqual((yield* refresh(authorization, kept)).status, 200)
      })),
    it("the access tokens of the session are good until they expire", () =>
      Effect.gen(function* () {
        const session = body<{ access_token: string; refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        yield* revoke(yield* bearerOf("admin"), session.refresh_token)
        // Known, and without a scope for this: 403. One that is refused would be a 401.
        const wire = yield* send("GET", settingsPath, { authorization: `Bearer ${session.access_token}` })
        assertError(wire, 403, "FORBIDDEN")
      })),
    it("any one of its scopes is enough", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* revoke(yield* bearerOf("revoker"), "unknown")).status, 200)
      })),
    it("typed: nothing, also for an unknown token; SessionExpired afterwards", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const customers = yield* Customers
        const { refresh_token } = yield* customers.password.login({
          type: "customer",
          email: people.ada.email,
          password: Redacted.make(people.ada.password),
          audience
        })
        if (refresh_token === undefined) return assert.fail("no refresh token")
        yield* auth.token({ grant_type: "refresh_token", refresh_token })
        assert.isUndefined(yield* auth.revoke({ token: refresh_token }))
        assert.isUndefined(yield* auth.revoke({ token: Redacted.make("unknown") }))
        const dead = yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token }))
        assert.strictEqual(dead._tag, "SessionExpired")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "auth.keys": [
    it("verify the tokens, by the kid of their header", () =>
      Effect.gen(function* () {
        const jwt = yield* tokenOf("admin")
        const [header = "", payload = "", signature = ""] = jwt.split(".")
        const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg: string; kid: string }
        assert.strictEqual(alg, "RS256")
        const wire = yield* send("GET", `/accounts/${account}/auth/keys`, { authorization: `Bearer ${jwt}` })
        const keys = body<ReadonlyArray<{ kid: string; kty: string; use: string; alg: string; n: string; e: string }>>(wire)
        const key = keys.find((key) => `api.dintero.com/${key.kid}` === kid)
        if (key === undefined) return assert.fail("no key with the token's kid")
        assert.deepStrictEqual([key.kty, key.use, key.alg, key.e], ["RSA", "sig", "RS256", "AQAB"])
        assert.match(key.kid, /^[0-9a-f]{40}$/)
        const publicKey = createPublicKey({ key: { kty: key.kty, n: key.n, e: key.e }, format: "jwk" })
        assert.isTrue(verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url")))
        assert.notProperty(key, "d")
      })),
    it("typed: a list", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        assert.strictEqual((yield* auth.keys()).length, 1)
      }).pipe(Effect.provide(typed("admin"))))
  ]
}

export const names = Object.keys(operations) as ReadonlyArray<OperationName>

/** All cases of an operation; empty when nobody wrote any of its own. */
export const casesOf = (name: OperationName): ReadonlyArray<Case> =>
  own[name].length === 0 ? [] : [...fromContract(name), ...own[name]]
