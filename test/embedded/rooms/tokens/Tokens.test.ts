import { createHash, createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { list, object, startRooms, why } from "../Rooms.js"

const users = "/customers/users"
const events = "/customers/tokens/events"

const card = (value: string) => ({ type: "card", value })

describe("a token of a customer", () => {
  it.scoped("is attached with 201, listed, found, and taken away", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a" })
      const created = yield* admin("POST", `${users}/a/tokens`, { token_id: "t/1", ...card("1"), metadata: { exp: 10 } })
      assert.strictEqual(created.status, 201)
      assert.include(object(created), { token_id: "t/1", type: "card", value: "1" })
      yield* admin("POST", `${users}/a/tokens`, { type: "email", value: "2" })
      assert.deepStrictEqual(list(yield* admin("GET", `${users}/a/tokens?type=card`)), [object(created)])
      const all = yield* admin("GET", `${users}/a/tokens?total=true&limit=1`)
      assert.deepStrictEqual([list(all).length, all.headers["total-count"]], [1, "2"])
      assert.strictEqual(list(yield* admin("GET", `${users}/a/tokens?starting_after=t%2F1`)).length, 1)
      assert.strictEqual(list(yield* admin("GET", `${users}?token_type=card&token_value=1`)).length, 1)
      assert.include(object(yield* admin("DELETE", `${users}/a/tokens/t%2F1`)), { token_id: "t/1" })
      assert.strictEqual((yield* admin("DELETE", `${users}/a/tokens/t%2F1`)).status, 404)
      assert.strictEqual(list(yield* admin("GET", `${users}/a/tokens`)).length, 1)
      assert.strictEqual(list(yield* admin("GET", `${users}/a/tokens?include_deleted=true`)).length, 2)
      assert.strictEqual((yield* admin("GET", `${users}/nobody/tokens`)).status, 404)
      assert.strictEqual(
        why(yield* admin("GET", `${users}/a/tokens?starting_after=x`)),
        "400 starting_after is none of this list"
      )
    })
  )

  it.scoped("belongs to one customer at a time", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* Effect.forEach(["a", "b"], (customer_id) => admin("POST", users, { type: "customer", customer_id }))
      yield* admin("POST", `${users}/a/tokens`, card("1"))
      assert.strictEqual(why(yield* admin("POST", `${users}/b/tokens`, card("1"))), "400 the token is already in use")
      yield* admin("DELETE", `${users}/a`)
      assert.strictEqual((yield* admin("POST", `${users}/b/tokens`, card("1"))).status, 201)
    })
  )

  it.scoped("is made from the email and the phone number where the settings say so, and follows them", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({
        auto_tokens: { email: [{ type: "SHA256" }], phone_number: [{ type: "HMAC-SHA256", secret: "key" }] }
      })
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a", email: "ada@example.com", phone_number: "+4740000001" })
      const tokens = Effect.map(admin("GET", `${users}/a/tokens`), (answer) =>
        list(answer).map(({ type, value }) => [type, value])
      )
      const email = (text: string) => ["sha256:email", createHash("sha256").update(text).digest("hex")]
      const phone = (text: string) => ["hmac-sha256:phone_number", createHmac("sha256", "key").update(text).digest("hex")]
      assert.deepStrictEqual(yield* tokens, [email("ada@example.com"), phone("+4740000001")])
      yield* admin("PUT", `${users}/a`, { email: "ada@example.org", phone_number: null })
      assert.deepStrictEqual(yield* tokens, [email("ada@example.org")])
    })
  )
})

describe("a token that the service has made", () => {
  it.scoped("goes to another customer with the same email or phone number when the first gives it up or is deleted", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({
        auto_tokens: { email: [{ type: "SHA256" }], phone_number: [{ type: "SHA256" }] },
        users: { customer_id_format: "uuid", phone_number_validation: { allow_duplicates: true } }
      })
      const admin = as("admin")
      const countOf = (id: string) => Effect.map(admin("GET", `${users}/${id}/tokens`), (answer) => list(answer).length)
      yield* Effect.forEach(["a", "b", "c"], (customer_id) =>
        admin("POST", users, { type: "customer", customer_id, phone_number: "+4740000001" })
      )
      yield* admin("PUT", `${users}/a`, { phone_number: null })
      assert.deepStrictEqual(yield* Effect.forEach(["a", "b", "c"], countOf), [0, 1, 0])
      yield* admin("DELETE", `${users}/b`)
      assert.strictEqual(yield* countOf("c"), 1)
      yield* admin("POST", users, { type: "customer", customer_id: "d", email: "d@example.com" })
      yield* admin("DELETE", `${users}/d`)
      yield* admin("POST", users, { type: "customer", customer_id: "e", email: "d@example.com" })
      assert.strictEqual(yield* countOf("e"), 1)
    })
  )
})

describe("the events of a token", () => {
  it.scoped("may have a life that no clock can add to a time", () =>
    Effect.gen(function* () {
      const lives = [1e300, 8.64e12, -1e300]
      const { as } = yield* startRooms({
        tokens: { event_expiry: lives.map((time_to_live, i) => ({ status: `S${i}`, time_to_live })) }
      })
      const answers = yield* Effect.forEach(lives, (_, i) =>
        as("admin")("POST", events, { token: card(`${i}`), event: { event: "seen", status: `S${i}` } })
      )
      assert.deepStrictEqual(
        answers.map((answer) => [answer.status, object(answer).status]),
        [
          [200, "S0"],
          [200, "S1"],
          [200, "UNKNOWN"]
        ]
      )
    })
  )

  it.scoped("are kept before a customer has the token, and decide its status until they expire", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({ tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 60 }] } })
      const admin = as("admin")
      const look = (event?: object) =>
        Effect.map(admin("POST", events, { token: card("1"), ...(event === undefined ? {} : { event }) }), object)
      const [first, second] = [yield* look(), yield* look()]
      assert.deepStrictEqual([first.status, first.events], ["UNKNOWN", []])
      assert.notStrictEqual(first.id, second.id)
      yield* look({ event: "signed up", status: "OPT_IN" })
      const out = yield* look({ event: "declined", status: "OPT_OUT", metadata: { store: "S1" } })
      assert.strictEqual(out.status, "OPT_OUT")
      assert.deepStrictEqual((yield* look()).id, out.id)
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual((yield* look()).status, "OPT_IN")
      yield* admin("POST", users, { type: "customer", customer_id: "a", status: "VIP" })
      yield* admin("POST", `${users}/a/tokens`, card("1"))
      const owned = yield* look()
      assert.strictEqual(owned.status, "VIP")
      assert.include(owned.customer, { customer_id: "a" })
      assert.include(owned.token, card("1"))
      assert.strictEqual((owned.events as ReadonlyArray<unknown>).length, 2)
    })
  )

  it.scoped("are deleted with 204, and it stays visible why", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", events, { token: card("1"), event: { event: "declined", status: "OPT_OUT" } })
      const since = list(yield* admin("GET", events))[0]?.updated_at
      const deleted = yield* admin("DELETE", events, { token: card("1"), event: { event: "asked for it" } })
      assert.deepStrictEqual([deleted.status, deleted.text], [204, ""])
      const [item] = list(yield* admin("GET", events))
      assert.strictEqual(item?.status, "DELETED")
      assert.deepStrictEqual(
        ((item?.events ?? []) as ReadonlyArray<{ event: string; status: string }>).map(({ event, status }) => [event, status]),
        [["asked for it", "DELETED"]]
      )
      assert.strictEqual(list(yield* admin("GET", `${events}?deleted_since=${since}`)).length, 1)
      assert.strictEqual(list(yield* admin("GET", `${events}?since_datetime=${item?.updated_at}`)).length, 1)
      assert.strictEqual((yield* admin("DELETE", events, { token: { type: "", value: "1" } })).status, 400)
      assert.strictEqual((yield* admin("DELETE", events)).status, 400)
    })
  )

  it.scoped("are dropped when the token is attached anew, on request", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a" })
      yield* admin("POST", events, { token: card("1"), event: { event: "declined", status: "OPT_OUT" } })
      yield* admin("POST", `${users}/a/tokens?delete_token_events=true`, card("1"))
      const { events: left, status } = object(yield* admin("POST", events, { token: card("1") }))
      assert.deepStrictEqual([left, status], [[], "UNKNOWN"])
    })
  )
})
