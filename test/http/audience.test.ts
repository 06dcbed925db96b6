/**
 * The audience of a login: the service has to have one, and a caller may leave it out.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as AST from "effect/SchemaAST"
import { Account, Audience, Auth, Customers, Dintero, type ForeignAccount, Grant, Partner, Passwordless } from "effect-dintero"
import { auth, customers } from "../../src/contract/Contract.js"
import * as Operation from "../../src/contract/Operation.js"
import * as MockHttp from "../utils/MockHttp.js"

const options = { accountId: "T12345678", clientId: "id", clientSecret: Redacted.make("secret") }
const secret = Redacted.make("a password")
const ident = { type: "customer", ident_type: "email", ident: "ada@example.com" } as const
const login = { type: "customer", email: "ada@example.com", password: secret } as const

/** Every operation that takes an audience which it has to have, with an input that names none. How a call ends does not matter. */
const calls: Readonly<Record<string, Effect.Effect<void, never, Auth | Customers>>> = {
  "customers.password.login": Effect.ignore(Effect.flatMap(Customers, ({ password }) => password.login(login))),
  "customers.password.mfaLogin": Effect.ignore(
    Effect.flatMap(Customers, ({ password }) => password.mfaLogin({ ...ident, secret }))
  ),
  "customers.password.mfaRecovery": Effect.ignore(Effect.flatMap(Customers, ({ password }) => password.mfaRecovery(ident))),
  "customers.password.requestChange": Effect.ignore(
    Effect.flatMap(Customers, ({ password }) => password.requestChange({ type: "customer", email: "ada@example.com" }))
  ),
  "auth.token": Effect.ignore(Effect.flatMap(Auth, ({ token }) => token(Grant.password({ username: "ada", password: secret })))),
  "auth.mfa.recovery": Effect.ignore(Effect.flatMap(Auth, ({ mfa }) => mfa.recovery({ challenge_type: "oob", username: "ada" }))),
  "auth.passwordless.send": Effect.ignore(Passwordless.begin({ clientId: "id", connection: "email", email: "ada@example.com" })),
  "auth.passwordless.code": Effect.ignore(
    Effect.flatMap(Auth, ({ passwordless }) => passwordless.code({ client_id: "id", user_id: "ada" }))
  ),
  "auth.authorize": Effect.ignore(
    Effect.flatMap(Auth, ({ authorize }) =>
      authorize({ client_id: "id", response_type: "authenticate", verification_code: secret })
    )
  ),
  "auth.oidcToken": Effect.ignore(
    Effect.flatMap(Auth, ({ oidcToken }) => oidcToken({ grant_type: "authorization_code", client_id: "id", code: secret }))
  ),
  "auth.grants.create": Effect.ignore(
    Effect.flatMap(Auth, ({ grants }) =>
      grants.create({ client_id: "id", type: "client_credentials", scope: ["read:customers"] })
    )
  )
}

/** The audiences that were sent with calls, beside that of the layer's own token. */
const sent = (mock: MockHttp.MockHttp): ReadonlyArray<unknown> =>
  mock.requests.flatMap(({ body, url }) => {
    const fields = body === "" ? Object.fromEntries(new URL(url).searchParams) : JSON.parse(body)
    return fields.grant_type === "client_credentials" ? [] : [fields.audience]
  })

/** Partners get their exchange tokens, and everything else is refused: the answers do not matter. */
const refusing: MockHttp.Answer = (request, count) =>
  (request.url.endsWith("/exchange_token") ? MockHttp.token("exchange", 3600) : MockHttp.json(400, {}))(request, count)

const sentBy = <E>(
  call: Effect.Effect<void, ForeignAccount, Auth | Customers>,
  layerOf: (mock: MockHttp.MockHttp) => Layer.Layer<Auth | Customers, E>
) => {
  const mock = MockHttp.make({ resource: refusing })
  return Effect.ignore(call).pipe(
    Effect.provide(layerOf(mock)),
    Effect.map(() => sent(mock))
  )
}

const layerOf =
  (more: Partial<Dintero.Options> = {}) =>
  (mock: MockHttp.MockHttp) =>
    Dintero.layer({ ...options, ...more }).pipe(Layer.provide(mock.layer))

describe("an audience that is left out", () => {
  it("can be left out of every operation that has to have one", () => {
    const needsAudience = (ast: AST.AST): boolean =>
      AST.isUnion(ast)
        ? ast.types.some(needsAudience)
        : AST.getPropertySignatures(ast).some(({ isOptional, name }) => name === "audience" && !isOptional)
    const needing = Operation.flatten({ auth, customers }).filter(([, { body, query }]) =>
      [body, query].some((schema) => schema !== undefined && needsAudience(AST.typeAST(schema.ast)))
    )
    assert.sameMembers(
      needing.map(([name]) => name),
      Object.keys(calls)
    )
  })

  for (const [name, call] of Object.entries(calls)) {
    it.effect(`${name}: it is the URL of the account`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* sentBy(call, layerOf()), [Audience.account("T12345678")])
      })
    )
  }

  const { "customers.password.login": loginCall = Effect.void } = calls

  it.effect("an input that is an object of a class keeps its getters", () =>
    Effect.gen(function* () {
      class Login {
        readonly type = "customer"
        get email() {
          return "ada@example.com"
        }
        get password() {
          return secret
        }
      }
      const call = Effect.ignore(Effect.flatMap(Customers, ({ password }) => password.login(new Login())))
      assert.deepStrictEqual(yield* sentBy(call, layerOf()), [Audience.account("T12345678")])
    })
  )

  it.effect("it is the audience of the layer, in its spelling", () =>
    Effect.gen(function* () {
      const audience = "https://api.dintero.com/v1/accounts/P12345678"
      assert.deepStrictEqual(yield* sentBy(loginCall, layerOf({ audience })), [audience])
      assert.deepStrictEqual(yield* sentBy(loginCall, layerOf({ audienceSpelling: "user" })), [
        Audience.account("T12345678", "user")
      ])
    })
  )

  it.effect("it is that of the account, where the layer has no audience of its own", () =>
    Effect.gen(function* () {
      const fixed = (mock: MockHttp.MockHttp) =>
        Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("t") }).pipe(Layer.provide(mock.layer))
      assert.deepStrictEqual(yield* sentBy(loginCall, fixed), [Audience.account("T12345678")])
    })
  )

  it.effect("inside Account.with it is that of the merchant", () =>
    Effect.gen(function* () {
      const audiences = yield* sentBy(Account.with(loginCall, "T20000001"), (mock) =>
        Partner.layer({ ...options, accountId: "T11200000" }).pipe(Layer.provide(mock.layer))
      )
      assert.strictEqual(audiences.at(-1), Audience.account("T20000001"))
    })
  )
})

describe("an audience that is given", () => {
  it.effect("can be something that throws: then nothing is sent", () =>
    Effect.gen(function* () {
      const mock = MockHttp.make({ resource: refusing })
      const hostile = {
        ...login,
        get audience(): string {
          throw new Error("not to be read")
        }
      }
      const error = yield* Effect.flatMap(Customers, ({ password }) => password.login(hostile)).pipe(
        Effect.asVoid,
        Effect.flip,
        Effect.provide(layerOf()(mock))
      )
      assert.strictEqual(error._tag, "InvalidRequest")
      assert.isEmpty(mock.requests)
    })
  )

  it.effect("is sent as it is, with the same bytes as ever", () =>
    Effect.gen(function* () {
      const mock = MockHttp.make({ resource: refusing })
      const given = { type: "customer", email: "a@b.c", password: secret, audience: "https://other.example" } as const
      yield* Effect.flatMap(Customers, ({ password }) => password.login(given)).pipe(
        Effect.ignore,
        Effect.provide(layerOf()(mock))
      )
      assert.strictEqual(
        mock.requests.at(-1)?.body,
        '{"audience":"https://other.example","type":"customer","password":"a password","email":"a@b.c"}'
      )
    })
  )
})
