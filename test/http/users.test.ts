/**
 * What is sent for the operations on customers: types, values that clear a field, and texts that mean something in a URL.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Layer, Redacted } from "effect"
import { Customers, type CustomersService, type CustomerUpdate, Dintero, type DinteroError, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Mock from "../utils/MockHttp.js"

const answer = { customer_id: "a", type: "customer" }

/** The last request of a call. */
const sent = (call: (customers: CustomersService) => Effect.Effect<unknown, DinteroError>, mock = answering()) =>
  Effect.flatMap(Customers, call).pipe(
    Effect.provide(
      Dintero.layer({
        accountId: "T12345678",
        clientId: "client",
        clientSecret: Redacted.make("secret"),
        retry: RetryPolicy.none
      }).pipe(Layer.provide(mock.layer))
    ),
    Effect.map(() => mock.requests.at(-1) ?? assert.fail("nothing was sent"))
  )

const answering = () =>
  Mock.make({
    resource: (request) =>
      Effect.sync(() => Response.json(new URL(request.url).pathname.endsWith("/users") && request.method === "GET" ? [] : answer))
  })

const isNotSent = (call: (customers: CustomersService) => Effect.Effect<unknown, DinteroError>, path: string) =>
  Effect.gen(function* () {
    const mock = answering()
    const error = yield* Effect.flip(sent(call, mock))
    assert.strictEqual(error._tag, "InvalidRequest")
    assert.include(error.message, path)
    assert.lengthOf(mock.requests, 0)
  })

// Seam: as JavaScript would pass it.
const unchecked = <A>(value: unknown) => value as A

describe("a new customer", () => {
  it.effect("is sent with its type, and is not sent without one", () =>
    Effect.gen(function* () {
      for (const type of ["customer", "company", "contact", "employee", "other"] as const) {
        const { body } = yield* sent(({ users }) => users.create({ type }))
        assert.deepStrictEqual(JSON.parse(body), { type })
      }
      yield* isNotSent(({ users }) => users.create(unchecked({ email: "ada@example.com" })), "type")
    })
  )
})

const nullable = [
  "date_of_birth",
  "email",
  "favorite_store",
  "first_name",
  "gender",
  "last_name",
  "metadata",
  "phone_number",
  "status"
] as const satisfies ReadonlyArray<keyof CustomerUpdate>

const others = [
  "addresses",
  "attributes",
  "company",
  "contact_for",
  "enrolled_by",
  "marketing_consent",
  "password",
  "pin",
  "term",
  "type"
] as const satisfies ReadonlyArray<Exclude<keyof CustomerUpdate, (typeof nullable)[number]>>

describe("null", () => {
  it.effect("clears the fields that may be null, and reaches the service in each of them", () =>
    Effect.gen(function* () {
      const changes = Object.fromEntries(nullable.map((name) => [name, null]))
      assert.deepStrictEqual(JSON.parse((yield* sent(({ users }) => users.update("a", changes))).body), changes)
      const inside = { metadata: { gone: null, kept: 1 }, enrolled_by: { type: "store", value: null } }
      assert.deepStrictEqual(JSON.parse((yield* sent(({ users }) => users.update("a", inside))).body), inside)
    })
  )

  it.effect("is refused in every other field, and nothing is sent", () =>
    Effect.forEach(others, (name) => isNotSent(({ users }) => users.update("a", unchecked({ [name]: null })), name))
  )
})

const queryOf = (url: string) => url.slice(url.indexOf("?") + 1)

describe("a text of a query", () => {
  it.effect("has a plus as %2B and a space as %20, and each value of an array under its own key", () =>
    Effect.gen(function* () {
      const { url } = yield* sent(({ users }) =>
        users.list({
          phone_number: "+4740000001",
          email: "ada+club@example.com",
          search: "Ada L+ve",
          attributes_keys: ["a+b", "c,d"],
          attributes_values: ["1+1", "2&3=5"]
        })
      )
      assert.strictEqual(
        queryOf(url),
        "email=ada%2Bclub%40example.com&phone_number=%2B4740000001&search=Ada%20L%2Bve" +
          "&attributes_keys=a%2Bb&attributes_keys=c%2Cd&attributes_values=1%2B1&attributes_values=2%263%3D5"
      )
      const { method, url: head } = yield* sent(({ users }) => users.exists({ phone_number: "+4740000001" }))
      assert.deepStrictEqual([method, queryOf(head)], ["HEAD", "phone_number=%2B4740000001"])
    })
  )

  it.effect("arrives as it was given, whatever it is", () =>
    Effect.gen(function* () {
      for (const search of fc.sample(fc.string({ unit: "grapheme", minLength: 1 }), { numRuns: 100, seed: 1 })) {
        const { url } = yield* sent(({ users }) => users.list({ search }))
        assert.deepStrictEqual([...new URL(url).searchParams], [["search", search]])
        assert.notMatch(queryOf(url), /[+ #]/)
      }
    })
  )
})

/** With all that has a meaning in a path. */
const odd = [
  "a/b",
  "/",
  "//",
  "../users",
  "..%2F..",
  "%",
  "50%",
  "a b",
  "a  b",
  "...",
  "a..b",
  "?a=b#c",
  ";v=1",
  "a:b@c",
  "a\\b",
  "å שלום 💶",
  "x".repeat(255),
  "/".repeat(255),
  "💶".repeat(255)
]

const refused = ["", ".", "..", "%2e%2E", " a", "a ", "x".repeat(256), "\ud800"]

const id = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom("/", ".", "%", "2", "e", "F", " ", "\\", "?", "#", "å"), minLength: 1 })
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 255 }) }
)

const before = "/v1/accounts/T12345678/customers/users/"

/** The id of the path, as a server reads it. */
const idOf = (url: string, after = "") => {
  const { pathname } = new URL(url)
  assert.strictEqual(pathname.slice(0, before.length), before)
  assert.strictEqual(pathname.slice(pathname.length - after.length), after)
  const segment = pathname.slice(before.length, pathname.length - after.length)
  assert.notInclude(segment, "/")
  return decodeURIComponent(segment)
}

describe("an id", () => {
  it.effect("is one segment of the path, whatever it holds", () =>
    Effect.gen(function* () {
      for (const id of odd) {
        assert.strictEqual(idOf((yield* sent(({ users }) => users.get(id))).url), id)
        assert.strictEqual(idOf((yield* sent(({ users }) => users.delete(id))).url), id)
        const tokens = yield* sent(
          ({ tokens }) => tokens.delete({ customer_id: id, tid: id }),
          Mock.make({ resource: Mock.json(200, { type: "a", value: "b" }) })
        )
        const half = encodeURIComponent(id)
        assert.strictEqual(new URL(tokens.url).pathname, `${before}${half}/tokens/${half}`)
        const { body, url } = yield* sent(({ users }) => users.changeCustomerId(id, { customer_id: id }))
        assert.deepStrictEqual([idOf(url, "/change_customer_id"), JSON.parse(body)], [id, { customer_id: id }])
      }
    })
  )

  it.effect("that would leave its place, or that the service does not allow, is refused, and nothing is sent", () =>
    Effect.forEach(refused, (id) => isNotSent(({ users }) => users.get(id), ""))
  )

  it.effect("of random characters is either refused or arrives as it is", () =>
    Effect.gen(function* () {
      let arrived = 0
      for (const given of fc.sample(id, { numRuns: 300, seed: 1 })) {
        const result = yield* Effect.either(sent(({ users }) => users.get(given)))
        if (result._tag === "Left") {
          assert.strictEqual(result.left._tag, "InvalidRequest")
          assert.isTrue(
            given.trim() !== given || /^(\.|%2e){1,2}$/i.test(given) || /\p{Surrogate}/u.test(given),
            JSON.stringify(given)
          )
        } else {
          arrived++
          assert.strictEqual(idOf(result.right.url), given)
        }
      }
      assert.isAbove(arrived, 150)
    })
  )

  it.effect("leads to its customer through the whole system", () =>
    Effect.gen(function* () {
      const { tokens, users } = yield* Customers
      for (const id of odd) {
        yield* users.create({ type: "customer", customer_id: id })
        yield* users.update(id, { first_name: "Ada" })
        yield* tokens.create(id, { token_id: id, type: "card", value: id })
        assert.deepInclude(yield* users.get(id), { customer_id: id, first_name: "Ada" })
      }
      const found = yield* users.list({ limit: 100 })
      assert.includeMembers(
        found.items.map(({ customer_id }) => customer_id),
        odd
      )
      for (const id of odd) {
        yield* tokens.delete({ customer_id: id, tid: id })
        yield* users.changeCustomerId(id, { customer_id: `${[...id].slice(0, 250).join("")}/new` })
        assert.strictEqual((yield* Effect.flip(users.get(id)))._tag, "NotFound")
      }
    }).pipe(Effect.provide(DinteroEmbedded.layer()))
  )
})
