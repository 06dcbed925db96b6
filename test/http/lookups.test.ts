/**
 * The look-ups in public registers, which the service answers without an access token.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import { Customers, type CustomersService, Dintero, type DinteroError, RetryPolicy } from "effect-dintero"
import { operations } from "../../src/contract/Contract.js"
import type { Described } from "../../src/contract/Operation.js"
import * as Mock from "../utils/MockHttp.js"

const address = { address_line: "Road 1", postal_code: "0349", postal_place: "Oslo", country: "NO" }

const organization = { country: "no", organization_number: "123456789" }

/** Each with an answer of the service. */
const lookups: Readonly<
  Record<string, readonly [call: (customers: CustomersService) => Effect.Effect<unknown, DinteroError>, answer: unknown]>
> = {
  "customers.addresses.postalPlace": [
    ({ addresses }) => addresses.postalPlace({ country: "no", postal_code: "0349" }),
    { country: "NO", postal_code: "0349", postal_place: "Oslo" }
  ],
  "customers.addresses.validate": [({ addresses }) => addresses.validate("no", address), { valid: true, alternatives: [] }],
  "customers.organizations.get": [({ organizations }) => organizations.get(organization), { items: [] }],
  "customers.organizations.search": [({ organizations }) => organizations.search("no", { name: "Shop" }), []],
  "customers.organizations.subunits": [({ organizations }) => organizations.subunits(organization), []]
}

const layer = (mock: Mock.MockHttp, options: Partial<Dintero.Options> = {}) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    retry: RetryPolicy.none,
    ...options
  }).pipe(Layer.provide(mock.layer))

/** What is sent for it, and how many tokens were asked for. */
const sent = (name: string, mock: Mock.MockHttp, options: Partial<Dintero.Options> = {}) =>
  Effect.gen(function* () {
    const [call] = lookups[name] ?? assert.fail(name)
    yield* Effect.provide(Effect.flatMap(Customers, call), layer(mock, options))
    return [mock.requests.at(-1)?.headers.authorization, mock.tokens()] as const
  })

const answering = (name: string) => Mock.make({ resource: Mock.json(200, lookups[name]?.[1]) })

describe("a look-up", () => {
  it("is each operation whose scope is public, and no other", () => {
    const open = Object.entries<Described>(operations).filter(
      ([name, { authorization }]) => authorization === "none" && name.startsWith("customers.")
    )
    assert.deepStrictEqual(open.map(([name]) => name).sort(), Object.keys(lookups))
  })

  for (const name of Object.keys(lookups)) {
    it.effect(`${name} is sent without a token, and asks for none`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* sent(name, answering(name)), [undefined, 0])
      })
    )

    it.effect(`${name} is sent with the token of the layer where the layer says so`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* sent(name, answering(name), { authorizeLookups: true }), ["Bearer t1", 1])
        assert.deepStrictEqual(yield* sent(name, answering(name), { authorizeLookups: false }), [undefined, 0])
      })
    )
  }

  it.effect("as a stream is sent the same way", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: Mock.json(200, []) })
      const all = Effect.flatMap(Customers, ({ organizations }) => Stream.runDrain(organizations.stream("no", { name: "Shop" })))
      yield* Effect.provide(all, layer(mock))
      assert.deepStrictEqual([mock.requests.length, mock.requests[0]?.headers.authorization], [1, undefined])
      yield* Effect.provide(all, layer(mock, { authorizeLookups: true }))
      assert.strictEqual(mock.requests.at(-1)?.headers.authorization, "Bearer t1")
    })
  )

  it.effect("that a service refuses without a token is Unauthorized, and is not sent a second time", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: Mock.json(401, { error: { errors: [], message: "UNAUTHORIZED" } }) })
      const call = lookups["customers.organizations.get"]?.[0] ?? assert.fail()
      const error = yield* Effect.flip(Effect.asVoid(Effect.flatMap(Customers, call))).pipe(Effect.provide(layer(mock)))
      assert.deepStrictEqual([error._tag, mock.resources(), mock.tokens()], ["Unauthorized", 1, 0])
    })
  )
})
