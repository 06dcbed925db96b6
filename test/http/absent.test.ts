/** What stands for a field that is not there: `undefined` in what a caller gives, `null` in what the service answers. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Either, FastCheck as fc, Layer, Redacted, Schema } from "effect"
import type * as DinteroPackage from "effect-dintero"
import { Auth, Customers, CustomersSettings, Dintero, type Input, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, FaultScript, Seed } from "effect-dintero/embedded"
import { operations } from "../../src/contract/Contract.js"
import * as Absent from "../../src/internal/Absent.js"
import * as Codec from "../../src/internal/Codec.js"
import * as Decoder from "../../src/internal/Decoder.js"
import { issuesOf } from "../../src/internal/Issues.js"
import { audience } from "../utils/Account.js"
import * as Mock from "../utils/MockHttp.js"

const layer = (mock: Mock.MockHttp) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    retry: RetryPolicy.none
  }).pipe(Layer.provide(mock.layer))

/** Decodes an answer. */
const decoderOf = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Decoder.make(schema, Absent.withoutNulls(schema))
  return (text: string) => decode(JSON.parse(text), () => JSON.parse(text))
}

/** The body of the last request, as it was sent. */
const bodyOf = <A, E>(call: Effect.Effect<A, E, Auth | Customers>, mock = Mock.make({})) =>
  Effect.ignore(call).pipe(
    Effect.provide(layer(mock)),
    Effect.map((): unknown => JSON.parse(mock.requests.at(-1)?.body ?? ""))
  )

describe("undefined in an input", () => {
  it.effect("is an absent field: nothing of it is sent", () =>
    Effect.gen(function* () {
      const update = (settings: Input<CustomersSettings>) =>
        bodyOf(Effect.flatMap(Customers, (customers) => customers.settings.update(settings)))
      assert.deepStrictEqual(yield* update({ users: { customer_id_format: "uuid", mfa: undefined } }), {
        users: { customer_id_format: "uuid" }
      })
      assert.deepStrictEqual(
        yield* update({
          users: undefined,
          auto_tokens: { email: undefined, phone_number: [{ type: "SHA256" }] },
          tokens: { event_expiry: undefined },
          attributes: [{ name: "size", type: "integer", multiple_values: false, private: false }]
        }),
        {
          auto_tokens: { phone_number: [{ type: "SHA256" }] },
          tokens: {},
          attributes: [{ name: "size", type: "integer", multiple_values: false, private: false }]
        }
      )
    })
  )

  it.effect("is absent in a query", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      yield* Effect.flatMap(Customers, (customers) => customers.users.list({ search: undefined, limit: 3 })).pipe(
        Effect.ignore,
        Effect.provide(layer(mock))
      )
      assert.match(mock.requests.at(-1)?.url ?? "", /\/customers\/users\?limit=3$/)
    })
  )

  it.effect("is absent inside arrays, in the members of a union, in unknown fields and in an object of a class", () =>
    Effect.gen(function* () {
      class Users {
        customer_id_format = "uuid" as const
        mfa = undefined
        head = undefined
      }
      // As a caller without TypeScript would write it.
      const given = {
        users: new Users(),
        auto_tokens: {
          email: [
            { type: "HMAC-SHA256", secret: Redacted.make("key"), salt: undefined },
            { type: "NEW", a: undefined }
          ]
        },
        attributes: [{ name: "size", type: "integer", multiple_values: false, private: false, unit: undefined }],
        later: undefined
      } as const
      assert.deepStrictEqual(yield* bodyOf(Effect.flatMap(Customers, (customers) => customers.settings.update(given))), {
        users: { customer_id_format: "uuid" },
        auto_tokens: { email: [{ type: "HMAC-SHA256", secret: "key" }, { type: "NEW" }] },
        attributes: [{ name: "size", type: "integer", multiple_values: false, private: false }]
      })
      assert.deepStrictEqual([given.users.mfa, Object.keys(given)], [undefined, ["users", "auto_tokens", "attributes", "later"]])
      assert.deepStrictEqual(
        yield* bodyOf(
          Effect.flatMap(Auth, (auth) =>
            auth.mfa.challenge({ challenge_type: "oob", mfa_token: Redacted.make("m"), oob_channel: undefined })
          )
        ),
        { challenge_type: "oob", mfa_token: "m" }
      )
      const login = { type: "customer", email: "a@b.c", ident: undefined, ident_type: undefined, audience } as const
      assert.deepStrictEqual(
        yield* bodyOf(
          Effect.flatMap(Customers, (customers) => customers.password.login({ ...login, password: Redacted.make("1234") }))
        ),
        { type: "customer", email: "a@b.c", audience, password: "1234" }
      )
    })
  )

  it.effect("of a field that has to be there is told as missing, and nothing is sent", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      const customers = yield* Customers
      const wrong = { type: undefined, email: "a@b.c", password: undefined } as unknown
      const error = yield* Effect.flip(customers.password.requestChange(wrong as DinteroPackage.ChangePassword))
      assert.deepStrictEqual(
        [error._tag, "issues" in error ? error.issues : undefined],
        ["InvalidRequest", [{ path: "type", message: "is missing" }]]
      )
      const inside = { attributes: [{ name: undefined, type: "integer" }], users: { head: { enabled: 1 } } } as unknown
      const nested = yield* Effect.flip(customers.settings.update(inside as CustomersSettings))
      assert.includeDeepMembers("issues" in nested ? [...nested.issues] : [], [
        { path: "attributes[0].name", message: "is missing" },
        { path: "users.head.enabled", message: "expected true or false, got a number" }
      ])
      assert.deepStrictEqual(mock.requests, [])
    }).pipe(Effect.provide(layer(mock)))
  })

  it.scoped("is absent in a seed and in a fault script", () =>
    Effect.gen(function* () {
      const account = { account_id: "T12345678", settings: undefined, customers: [{ customer_id: "ada", email: undefined }] }
      assert.deepStrictEqual(
        yield* Seed.decode({ accounts: [account] }),
        yield* Seed.decode({ accounts: [{ account_id: "T12345678", customers: [{ customer_id: "ada" }] }] })
      )
      const embedded = yield* DinteroEmbedded.make({
        seed: { accounts: [account] },
        faults: {
          rules: [{ match: { operation: undefined, times: 1 }, fault: { kind: "status", status: 500, code: undefined } }]
        }
      })
      assert.strictEqual((yield* embedded.faults.list).length, 1)
      assert.deepStrictEqual(
        yield* FaultScript.decode({ rules: [{ match: { times: undefined }, fault: { kind: "status", status: 500 } }] }),
        yield* FaultScript.decode({ rules: [{ match: {}, fault: { kind: "status", status: 500 } }] })
      )
    })
  )

  it("changes nothing for an input that has none, whatever the operation", () => {
    for (const [name, { body: schema }] of Object.entries(operations)) {
      if (schema === undefined) continue
      const encode = Codec.encode(schema)
      const plain = Schema.encodeUnknownEither(schema, { errors: "all" })
      void fc.assert(
        fc.property(Arbitrary.make(schema), (value) => {
          assert.deepStrictEqual(encode(value), plain(value), name)
        }),
        { numRuns: 100 }
      )
    }
  })
})

describe("null in an answer, for an optional field", () => {
  const stored = {
    users: { customer_id_format: "uuid", mfa: null, head: null, phone_number_validation: { allow_duplicates: true }, news: null },
    tokens: null,
    auto_tokens: { email: null, phone_number: [{ type: "NEW", salt: null }] },
    attributes: [
      { name: "size", type: "integer", multiple_values: false, private: false },
      { name: "color", type: "string", multiple_values: false, private: false }
    ]
  }

  it.effect("is absent, and is written as it was read unless the caller changes it", () => {
    const mock = Mock.make({ resource: Mock.json(200, stored) })
    return Effect.gen(function* () {
      const customers = yield* Customers
      const sent = (): unknown => JSON.parse(mock.requests.at(-1)?.body ?? "")
      const settings = yield* customers.settings.get()
      const { auto_tokens, users } = settings
      assert.deepStrictEqual([settings.tokens, users?.mfa, users?.head, auto_tokens?.email], Array(4).fill(undefined))
      assert.deepStrictEqual(
        [Object.keys(settings), Object.keys(users ?? {}), Object.keys(auto_tokens ?? {})],
        [["users", "auto_tokens", "attributes"], ["customer_id_format", "phone_number_validation", "news"], ["phone_number"]]
      )
      assert.notInclude(JSON.stringify(settings), "nullFields")

      yield* customers.settings.update(settings)
      assert.deepStrictEqual(sent(), stored)

      yield* customers.settings.update({
        ...settings,
        users: { customer_id_format: "uuid", ...users, head: { enabled: true } },
        attributes: settings.attributes?.filter(({ name }) => name === "color")
      })
      assert.deepStrictEqual(sent(), {
        ...stored,
        users: { ...stored.users, head: { enabled: true } },
        attributes: [stored.attributes[1]]
      })

      yield* customers.settings.update({ ...settings, tokens: undefined, auto_tokens: { ...auto_tokens, email: [] } })
      const { tokens: _, ...rest } = stored
      assert.deepStrictEqual(sent(), { ...rest, auto_tokens: { ...stored.auto_tokens, email: [] } })
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("is absent in every operation's answer, the token's too", () => {
    const mock = Mock.make({
      token: Mock.json(200, { access_token: "t", token_type: null, expires_in: 60, refresh_token: null }),
      resource: Mock.script(
        Mock.json(200, [{ kid: "a", kty: null, x5c: null }]),
        Mock.json(200, { oob_code: "o", binding_method: null, challenge_type: null })
      )
    })
    return Effect.gen(function* () {
      const auth = yield* Auth
      const [key] = yield* auth.keys()
      assert.deepStrictEqual([key?.kid, key?.kty, Object.keys(key ?? {})], ["a", undefined, ["kid", "x5c"]])
      const challenge = yield* auth.mfa.challenge({ challenge_type: "oob", mfa_token: Redacted.make("m") })
      assert.deepStrictEqual(Object.keys(challenge), ["oob_code"])
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("of a field that has to be there is refused, and an absent one beside it is not named", () =>
    Effect.gen(function* () {
      const resource = Mock.json(200, {
        users: { mfa: null, customer_id_format: 1 },
        attributes: [{ name: null, type: "integer" }]
      })
      const get = Effect.flatMap(Customers, (customers) => customers.settings.get())
      const error = yield* Effect.flip(Effect.provide(get, layer(Mock.make({ resource }))))
      assert.strictEqual(error._tag, "InvalidResponse")
      const paths = "issues" in error ? error.issues.map(({ path }) => path) : []
      assert.deepStrictEqual(
        paths.filter((path) => !/private|multiple_values/.test(path)),
        ["users.customer_id_format", "attributes[0].name"]
      )
    })
  )

  it("stays what it is where the schema knows null, where a member of a union does, and in what is not looked into", () => {
    const schema = Schema.Struct({
      nullable: Schema.optionalWith(Schema.NullOr(Schema.String), { exact: true }),
      unknown: Schema.optionalWith(Schema.Unknown, { exact: true }),
      either: Schema.Union(
        Schema.Struct({ a: Schema.Number, b: Schema.optionalWith(Schema.String, { exact: true }) }),
        Schema.Struct({ b: Schema.Null, c: Schema.Number })
      ),
      gone: Schema.optionalWith(Schema.String, { exact: true })
    })
    const decode = decoderOf(schema)
    const encode = Codec.encode(schema)
    for (const either of [
      { b: null, c: 1 },
      { a: 1, b: null },
      { a: 1, b: "x" }
    ]) {
      const input = { nullable: null, unknown: { gone: null }, either, gone: null }
      const decoded = Either.getOrThrow(decode(JSON.stringify(input)))
      assert.deepStrictEqual([decoded.nullable, decoded.unknown, "gone" in decoded], [null, { gone: null }, false])
      assert.deepStrictEqual(Object.keys(decoded.either), "a" in either && either.b === null ? ["a"] : Object.keys(either))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(Either.getOrThrow(encode(decoded)))), input)
    }
    assert.deepStrictEqual(
      issuesOf(Either.getOrThrow(Either.flip(decode(`{"either":{"a":null},"gone":null}`)))).map(({ path }) => path),
      ["either.a"]
    )
  })

  it("a field with a default that was null has the default, and is written as null unless another value took its place", () => {
    const schema = Schema.Struct({
      kept: Schema.optionalWith(Schema.Boolean, { exact: true, default: () => false }),
      list: Schema.optionalWith(Schema.Array(Schema.String), { exact: true, default: () => [] })
    })
    const decoded = Either.getOrThrow(decoderOf(schema)(`{"kept":null,"list":null}`))
    const written = (value: unknown): unknown => JSON.parse(JSON.stringify(Either.getOrThrow(Codec.encode(schema)(value))))
    assert.deepStrictEqual([decoded.kept, decoded.list], [false, []])
    assert.deepStrictEqual(written(decoded), { kept: null, list: null })
    assert.deepStrictEqual(written({ ...decoded, kept: true }), { kept: true, list: null })
    assert.deepStrictEqual(written({ ...decoded, list: ["x"] }), { kept: null, list: ["x"] })
  })

  it("a hostile answer costs no more than a refusal", () => {
    const decode = decoderOf(CustomersSettings)
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`
    assert.isTrue(Either.isRight(decode(`{"tokens":null,"x":${deep}}`)))
    assert.isTrue(Either.isLeft(decode(`{"tokens":null,"users":{"customer_id_format":{"toString":1}}}`)))
    decode(`{"__proto__":{"polluted":1},"tokens":null,"users":{"__proto__":{"polluted":1},"mfa":null}}`)
    assert.isUndefined(Reflect.get({}, "polluted"))
  })
})
