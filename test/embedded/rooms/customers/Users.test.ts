import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { type Client, ids, list, object, startRooms, why } from "../Rooms.js"

const users = "/customers/users"

const clean = (customer: { readonly [key: string]: unknown }) => {
  const { created_at: _1, created_by: _2, id: _3, updated_at: _4, ...rest } = customer
  return rest
}

describe("a new customer", () => {
  it.scoped("needs a type: an empty body is refused in the bytes of recorded traffic", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const answer = yield* as("admin")("POST", users, {})
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(
        answer.text,
        '{"error":{"code":"INVALID_REQUEST_PARAMETER","errors":[{"code":"OBJECT_MISSING_REQUIRED_PROPERTY","params":["type"],' +
          '"message":"Missing required property: type","path":[]}],"in":"body","message":"Invalid parameter (data): Value failed ' +
          'JSON Schema validation","name":"data","path":["paths","/accounts/{aid}/customers/users","post","parameters","0"]}}'
      )
    })
  )

  it.scoped("is answered with 200 and everything that was given, with ids and times of the service", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const given = {
        type: "customer",
        customer_id: "C-1",
        first_name: "Åse",
        last_name: "שלום",
        email: "Ada@Example.com",
        phone_number: "+4740000001",
        attributes: { size: 41, tags: ["a"] },
        addresses: [{ address_line: "Road 1", postal_place: "Oslo", country: "NO", type: "home", custom: "kept" }],
        metadata: { key: { nested: null } },
        unknown: "is ignored"
      }
      const answer = yield* as("admin")("POST", users, given)
      const { unknown: _, ...known } = given
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(clean(object(answer)), {
        ...known,
        addresses: [{ address_line: "Road 1", postal_place: "Oslo", country: "NO", type: "home" }]
      })
      assert.match(String(object(answer).id), /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual(object(yield* as("reader")("GET", `${users}/C-1`)), object(answer))
    })
  )

  it.scoped("gets a number of the sequence that is free, also after numbers that are too long to be counted", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({ users: { customer_id_format: "sequence" } })
      const admin = as("admin")
      for (const customer_id of ["999999999999999", "1000000000000000"]) {
        yield* admin("POST", users, { type: "customer", customer_id })
      }
      assert.strictEqual(object(yield* admin("POST", users, { type: "customer" })).customer_id, "1000000000000001")
    })
  )

  it.scoped("may lack an attribute of the settings that has a name which every object inherits", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({
        attributes: ["constructor", "__proto__"].map((name) => ({ name, type: "string", multiple_values: false, private: false }))
      })
      assert.strictEqual((yield* as("admin")("POST", users, { type: "customer", attributes: {} })).status, 200)
    })
  )

  it.scoped("keeps a phone number that it shared before the settings forbade that, and can be changed", () =>
    Effect.gen(function* () {
      const shared = (allow_duplicates: boolean) => ({
        users: { customer_id_format: "uuid", phone_number_validation: { allow_duplicates } }
      })
      const { as } = yield* startRooms(shared(true))
      const admin = as("admin")
      yield* Effect.forEach(["a", "b"], (customer_id) =>
        admin("POST", users, { type: "customer", customer_id, phone_number: "+4740000001" })
      )
      yield* admin("PUT", "/customers/settings", shared(false))
      assert.strictEqual((yield* admin("PUT", `${users}/b`, { first_name: "B" })).status, 200)
      assert.strictEqual((yield* admin("POST", `${users}/b/change_customer_id`, { customer_id: "c" })).status, 200)
      const another = { type: "customer", phone_number: "+4740000001" }
      assert.strictEqual((yield* admin("POST", users, another)).status, 400)
    })
  )

  it.scoped("gets a UUID, or the next number of the sequence", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({ users: { customer_id_format: "uuid" } })
      const admin = as("admin")
      const first = object(yield* admin("POST", users, { type: "customer" }))
      assert.match(String(first.customer_id), /^[0-9a-f-]{36}$/)
      yield* admin("POST", users, { type: "customer", customer_id: "41" })
      yield* admin("PUT", "/customers/settings", { users: { customer_id_format: "sequence" } })
      const numbers = yield* Effect.forEach([1, 2], () => admin("POST", users, { type: "customer" }))
      assert.deepStrictEqual(
        numbers.map((answer) => object(answer).customer_id),
        ["42", "43"]
      )
      yield* admin("POST", users, { type: "customer", customer_id: "100" })
      assert.strictEqual(object(yield* admin("POST", users, { type: "customer" })).customer_id, "101")
    })
  )

  it.scoped("64 at the same time get 64 numbers in a row", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({ users: { customer_id_format: "sequence" } })
      const answers = yield* Effect.forEach(Array.from({ length: 64 }), () => as("admin")("POST", users, { type: "customer" }), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        answers.map((answer) => Number(object(answer).customer_id)).sort((a, b) => a - b),
        Array.from({ length: 64 }, (_, i) => i + 1)
      )
    })
  )

  it.scoped("64 with one email at the same time: one is created, and 63 are refused", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const answers = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? "ada@example.com" : "ADA@EXAMPLE.COM")),
        (email) => as("admin")("POST", users, { type: "customer", email }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1)
      assert.strictEqual(answers.filter((answer) => why(answer) === "400 email is already in use").length, 63)
    })
  )

  it.scoped("may have the email of a customer of another type, and the phone number only where the settings allow it", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      const both = { email: "ada@example.com", phone_number: "+4740000001" }
      const company = { type: "company", company: { bussiness_name: "Ada AS" } }
      assert.strictEqual((yield* admin("POST", users, { type: "customer", ...both })).status, 200)
      assert.strictEqual((yield* admin("POST", users, { ...company, ...both })).status, 200)
      const again = { type: "customer", phone_number: "+4740000001" }
      assert.strictEqual(why(yield* admin("POST", users, again)), "400 phone_number is already in use")
      yield* admin("PUT", "/customers/settings", {
        users: { customer_id_format: "uuid", phone_number_validation: { allow_duplicates: true } }
      })
      assert.strictEqual((yield* admin("POST", users, again)).status, 200)
    })
  )

  it.scoped("has an email and words that are the same in upper and lower case, also with a Greek sigma at the end", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      yield* as("admin")("POST", "/customers/users", {
        type: "customer",
        customer_id: "a",
        email: "ΑΣ@example.com",
        first_name: "ΟΔΟΣΟΥ"
      })
      assert.strictEqual(
        (yield* as("admin")("POST", "/customers/users", { type: "customer", email: "ας@example.com" })).status,
        400
      )
      for (const query of ["search=ΟΔΟΣ", "search=οδος", "search=ας@", "email=ΑΣ", "email=ας@example.com"]) {
        assert.deepStrictEqual(ids(yield* as("admin")("GET", `/customers/users?${encodeURI(query)}`)), ["a"], query)
      }
    })
  )

  it.scoped("follows the rules of types", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const create = (body: object) => as("admin")("POST", users, body)
      const company = { bussiness_name: "Ada AS" }
      assert.strictEqual(why(yield* create({ type: "company" })), "400 company is required when type is company")
      assert.strictEqual(
        why(yield* create({ type: "customer", company })),
        "400 company is allowed only when type is company or other"
      )
      assert.strictEqual((yield* create({ type: "other", company })).status, 200)
      assert.strictEqual(
        why(yield* create({ type: "customer", contact_for: [{ customer_id: "a" }] })),
        "400 contact_for is allowed only when type is contact"
      )
    })
  )

  it.scoped("takes more scopes for some types, and for a password", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const status = (client: Client, body: object) => Effect.map(as(client)("POST", users, body), (answer) => answer.status)
      assert.strictEqual(yield* status("creator", { type: "customer" }), 200)
      assert.strictEqual(yield* status("creator", { type: "employee" }), 403)
      assert.strictEqual(yield* status("writer", { type: "employee" }), 200)
      assert.strictEqual(yield* status("writer", { type: "customer", password: "secret" }), 403)
      assert.strictEqual(yield* status("admin", { type: "customer", password: "secret", pin: "123456" }), 200)
      for (const client of ["reader", "public", "manager", "customer"] as const) {
        assert.strictEqual(yield* status(client, { type: "customer" }), 403, client)
      }
    })
  )

  it.scoped("has attributes of the declared types", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms({
        attributes: [
          { name: "size", type: "integer", multiple_values: false, private: false },
          { name: "born", type: "date", multiple_values: false, private: false },
          { name: "mails", type: "email", multiple_values: true, private: false }
        ]
      })
      const create = (attributes: object) => as("admin")("POST", users, { type: "customer", attributes })
      assert.strictEqual((yield* create({ size: 41, born: "1990-09-20", mails: ["a@b.no", "c@d.no"], free: {} })).status, 200)
      assert.strictEqual(why(yield* create({ size: 1.5 })), "400 attributes.size has to be of the type integer")
      assert.strictEqual(why(yield* create({ born: "20.09.1990" })), "400 attributes.born has to be of the type date")
      assert.strictEqual(why(yield* create({ mails: ["a@b.no", 1] })), "400 attributes.mails has to be of the type email")
    })
  )
})

describe("a change of a customer", () => {
  it.scoped("keeps what it leaves out, clears what is null, and replaces lists and objects", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, {
        type: "customer",
        customer_id: "a",
        email: "ada@example.com",
        gender: "f",
        attributes: { one: 1 },
        metadata: { one: 1, two: 2 },
        marketing_consent: { sms: { consent: true, updated_at: "2020-01-01T00:00:00.000Z" }, club: { consent: true } }
      })
      yield* TestClock.adjust("1 hour")
      const answer = yield* admin("PUT", `${users}/a`, {
        email: null,
        gender: null,
        attributes: { two: 2 },
        metadata: { one: null, three: 3 },
        marketing_consent: { email: { consent: false } }
      })
      assert.deepStrictEqual(clean(object(answer)), {
        type: "customer",
        customer_id: "a",
        attributes: { two: 2 },
        metadata: { two: 2, three: 3 },
        marketing_consent: {
          sms: { consent: true, updated_at: "2020-01-01T00:00:00.000Z" },
          email: { consent: false, updated_at: "1970-01-01T01:00:00.000Z" },
          club: { consent: true, updated_at: "1970-01-01T00:00:00.001Z" }
        }
      })
      assert.deepStrictEqual(clean(object(yield* admin("PUT", `${users}/a`, { metadata: null }))).metadata, undefined)
    })
  )

  it.scoped("is refused with a duplicate, and changes nothing then", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a", email: "ada@example.com" })
      yield* admin("POST", users, { type: "customer", customer_id: "b", email: "bob@example.com" })
      assert.strictEqual(
        why(yield* admin("PUT", `${users}/b`, { email: "ADA@example.com", gender: "m" })),
        "400 email is already in use"
      )
      assert.deepStrictEqual(clean(object(yield* admin("GET", `${users}/b`))), {
        type: "customer",
        customer_id: "b",
        email: "bob@example.com"
      })
    })
  )

  it.scoped("of a phone number waits for its verification where the settings say so", () =>
    Effect.gen(function* () {
      const { as, embedded } = yield* startRooms({
        users: { customer_id_format: "uuid", verifications: { phone_number: "sms" } }
      })
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a", phone_number: "+4740000001" })
      const change = admin("PUT", `${users}/a`, { phone_number: "+4740000002" })
      assert.strictEqual(why(yield* change), "400 phone_number has to be verified before it is changed")
      yield* admin("POST", `${users}/a/communication/send-verification-code/phone_number`)
      const [message] = yield* embedded.outbox.list({ recipient: "+4740000001" })
      yield* admin("POST", `${users}/a/communication/confirm-verification-code/phone_number`, { code: message?.code })
      assert.strictEqual((yield* change).status, 200)
      assert.strictEqual((yield* admin("PUT", `${users}/a`, { phone_number: "+4740000003" })).status, 400)
    })
  )

  it.scoped("of the customer_id leaves a trail, and the old one is gone", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "a" })
      yield* admin("POST", users, { type: "customer", customer_id: "c" })
      const path = `${users}/a/change_customer_id`
      assert.strictEqual((yield* as("writer")("POST", path, { customer_id: "b" })).status, 403)
      assert.strictEqual(why(yield* admin("POST", path, { customer_id: "c" })), "400 customer_id is already in use")
      assert.strictEqual((yield* admin("POST", path, {})).status, 400)
      const { customer_id, metadata } = object(yield* as("manager")("POST", path, { customer_id: "b" }))
      assert.strictEqual(customer_id, "b")
      const [[key, trail] = []] = Object.entries(metadata as object)
      assert.match(key ?? "", /^dintero_change_customer_id_\d+\.[0-9a-f]+$/)
      assert.include(trail, { old: "a", new: "b" })
      assert.strictEqual((yield* admin("GET", `${users}/a`)).status, 404)
      assert.strictEqual((yield* admin("GET", `${users}/b`)).status, 200)
    })
  )
})

describe("a deleted customer", () => {
  it.scoped("is answered whole once, is gone then, and shows its ids and times where deleted ones are asked for", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      const created = object(yield* admin("POST", users, { type: "contact", customer_id: "a", email: "ada@example.com" }))
      yield* TestClock.adjust("1 hour")
      const deleted = object(yield* admin("DELETE", `${users}/a`))
      assert.strictEqual(deleted.email, "ada@example.com")
      for (const method of ["GET", "PUT", "DELETE"] as const) {
        assert.strictEqual(why(yield* admin(method, `${users}/a`, method === "GET" ? undefined : {})), "404 Customer not found")
      }
      assert.deepStrictEqual(list(yield* admin("GET", `${users}?type=any`)), [])
      const [erased = {}] = list(yield* admin("GET", `${users}?type=any&include_deleted=true`))
      assert.deepStrictEqual(erased, {
        customer_id: "a",
        type: "contact",
        id: created.id,
        created_at: created.created_at,
        created_by: created.created_by,
        deleted_by: created.created_by,
        deleted_at: "1970-01-01T01:00:00.000Z"
      })
      assert.strictEqual((yield* admin("POST", users, { type: "contact", email: "ada@example.com" })).status, 200)
      assert.strictEqual(
        why(yield* admin("POST", users, { type: "contact", customer_id: "a" })),
        "400 customer_id is already in use"
      )
    })
  )
})

describe("the list of customers", () => {
  const three = Effect.gen(function* () {
    const rooms = yield* startRooms()
    const admin = rooms.as("admin")
    yield* admin("POST", users, {
      type: "customer",
      customer_id: "a",
      first_name: "Ada",
      last_name: "Lovelace",
      attributes: { size: 1 }
    })
    yield* admin("POST", users, { type: "company", customer_id: "b", email: "b@example.com", company: { bussiness_name: "B" } })
    yield* admin("POST", users, {
      type: "contact",
      customer_id: "c",
      phone_number: "+4740000001",
      contact_for: [{ customer_id: "b" }]
    })
    return { ...rooms, admin, find: (query: string) => Effect.map(admin("GET", `${users}?${query}`), ids) }
  })

  it.scoped("leaves contacts out unless they are asked for, and brings those that a contact acts for", () =>
    Effect.gen(function* () {
      const { find } = yield* three
      assert.deepStrictEqual(yield* find(""), ["a", "b"])
      assert.deepStrictEqual(yield* find("type=contact"), ["b", "c"])
      assert.deepStrictEqual(yield* find("type=any"), ["a", "b", "c"])
      assert.deepStrictEqual(yield* find("type=customer"), ["a"])
    })
  )

  it.scoped("is filtered by the beginning of texts, in any case, and by all filters together", () =>
    Effect.gen(function* () {
      const { find } = yield* three
      assert.deepStrictEqual(yield* find("search=ada%20LOVE"), ["a"])
      assert.deepStrictEqual(yield* find("search=lovelace"), ["a"])
      assert.deepStrictEqual(yield* find("search=velace"), [])
      assert.deepStrictEqual(yield* find("email=B@EX"), ["b"])
      assert.deepStrictEqual(yield* find("type=any&phone_number=%2B47"), ["b", "c"])
      assert.deepStrictEqual(yield* find("type=any&phone_number=+47"), [])
      assert.deepStrictEqual(yield* find("attributes_keys=size"), ["a"])
      assert.deepStrictEqual(yield* find("attributes_keys=size&attributes_values=2"), [])
      assert.deepStrictEqual(yield* find("search=a&type=company"), [])
      assert.deepStrictEqual(yield* find("search=%00"), [])
    })
  )

  it.scoped("pages by the customer_id or the id, and has the number of all on request", () =>
    Effect.gen(function* () {
      const { admin } = yield* three
      const first = yield* admin("GET", `${users}?type=any&limit=1&total=true`)
      assert.deepStrictEqual([ids(first), first.headers["total-count"]], [["a"], "3"])
      assert.deepStrictEqual(ids(yield* admin("GET", `${users}?type=any&limit=1&starting_after=a`)), ["b"])
      assert.deepStrictEqual(ids(yield* admin("GET", `${users}?type=any&limit=2&starting_after=${list(first)[0]?.id}`)), [
        "b",
        "c"
      ])
      assert.isUndefined((yield* admin("GET", users)).headers["total-count"])
      assert.strictEqual(why(yield* admin("GET", `${users}?starting_after=zzz`)), "400 starting_after is none of this list")
    })
  )

  it.scoped("takes 1 to 100 for the limit, and 4 attributes", () =>
    Effect.gen(function* () {
      const { admin } = yield* three
      const statusOf = (query: string) => Effect.map(admin("GET", `${users}?${query}`), ({ status }) => status)
      for (const [query, status] of [
        ["limit=0", 400],
        ["limit=1", 200],
        ["limit=100", 200],
        ["limit=101", 400],
        ["limit=ten", 400],
        ["type=robot", 400],
        ["total=perhaps", 400],
        ["since_datetime=yesterday", 400],
        ["since_datetime=2020-01-01T00:00:00Z&starting_after=a", 400],
        ["attributes_keys=1&attributes_keys=2&attributes_keys=3&attributes_keys=4", 200],
        ["attributes_keys=1&attributes_keys=2&attributes_keys=3&attributes_keys=4&attributes_keys=5", 400]
      ] as const) {
        assert.strictEqual(yield* statusOf(query), status, query)
      }
    })
  )

  it.scoped("since a time comes in the order of the changes, which have no time in common", () =>
    Effect.gen(function* () {
      const { admin } = yield* three
      yield* admin("PUT", `${users}/a`, { gender: "f" })
      const changed = list(yield* admin("GET", `${users}?type=any&since_datetime=1970-01-01T00:00:00Z`))
      assert.deepStrictEqual(
        changed.map(({ customer_id }) => customer_id),
        ["b", "c", "a"]
      )
      const times = changed.map(({ updated_at }) => updated_at)
      assert.deepStrictEqual([...new Set(times)].sort(), times)
      assert.deepStrictEqual(ids(yield* admin("GET", `${users}?type=any&since_datetime=${times[2]}`)), ["a"])
    })
  )
})

describe("whether a customer exists", () => {
  it.scoped("is answered only when the settings allow it", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "contact", email: "ada@example.com", phone_number: "+4740000001" })
      const head = (query: string) => Effect.map(as("public")("HEAD", `${users}?${query}`), ({ status, text }) => [status, text])
      assert.deepStrictEqual(yield* head("email=ada@example.com"), [405, ""])
      yield* admin("PUT", "/customers/settings", { users: { customer_id_format: "uuid", head: { enabled: true } } })
      assert.deepStrictEqual(yield* head("email=ADA@example.com"), [200, ""])
      assert.deepStrictEqual(yield* head("email=ada@example.com&phone_number=%2B4740000001"), [200, ""])
      assert.deepStrictEqual(yield* head("email=ada@example.com&phone_number=%2B4740000002"), [404, ""])
      assert.deepStrictEqual(yield* head("email=ada"), [404, ""])
      assert.deepStrictEqual(yield* head(""), [400, ""])
    })
  )
})

describe("a customer who has logged in", () => {
  it.scoped("reaches the own data alone", () =>
    Effect.gen(function* () {
      const { as, asCustomer } = yield* startRooms()
      const admin = as("admin")
      for (const name of ["ada", "bob"]) {
        yield* admin("POST", users, { type: "customer", customer_id: name, email: `${name}@example.com`, password: "secret" })
      }
      const ada = yield* asCustomer("ada@example.com")
      assert.strictEqual((yield* ada("PUT", `${users}/ada`, { first_name: "Ada" })).status, 200)
      const paths = (name: string) =>
        [
          ["GET", `${users}/${name}`],
          ["PUT", `${users}/${name}`],
          ["GET", `${users}/${name}/communication`],
          ["GET", `${users}/${name}/tags`],
          ["GET", `${users}/${name}/tokens`]
        ] as const
      for (const [method, path] of paths("ada")) {
        assert.strictEqual((yield* ada(method, path, method === "PUT" ? {} : undefined)).status, 200, path)
      }
      for (const [method, path] of [
        ...paths("bob"),
        ...paths("nobody"),
        ["GET", users] as const,
        ["DELETE", `${users}/bob`] as const
      ]) {
        assert.strictEqual((yield* ada(method, path, method === "PUT" ? {} : undefined)).status, 403, path)
      }
      assert.strictEqual((yield* ada("PUT", `${users}/ada`, { type: "employee" })).status, 403)
      assert.strictEqual((yield* ada("PUT", `${users}/ada`, { password: "another" })).status, 403)
    })
  )

  it.scoped("neither sees nor replaces attributes that the settings hide", () =>
    Effect.gen(function* () {
      const { as, asCustomer } = yield* startRooms({
        attributes: [{ name: "score", type: "integer", multiple_values: false, private: true }]
      })
      const admin = as("admin")
      yield* admin("POST", users, {
        type: "customer",
        customer_id: "ada",
        email: "ada@example.com",
        password: "secret",
        attributes: { score: 1, colour: "red" }
      })
      const ada = yield* asCustomer("ada@example.com")
      assert.deepStrictEqual(object(yield* ada("GET", `${users}/ada`)).attributes, { colour: "red" })
      yield* ada("PUT", `${users}/ada`, { attributes: { score: 100, colour: "blue" } })
      assert.deepStrictEqual(object(yield* admin("GET", `${users}/ada`)).attributes, { score: 1, colour: "blue" })
    })
  )

  it.scoped("is logged in by the password that a change has set, and not by the one before", () =>
    Effect.gen(function* () {
      const { as, asCustomer } = yield* startRooms()
      const admin = as("admin")
      yield* admin("POST", users, { type: "customer", customer_id: "ada", email: "ada@example.com", password: "before" })
      yield* admin("PUT", `${users}/ada`, { password: "secret" })
      const ada = yield* asCustomer("ada@example.com")
      assert.strictEqual((yield* ada("GET", `${users}/ada`)).status, 200)
      yield* admin("DELETE", `${users}/ada`)
      assert.strictEqual((yield* ada("GET", `${users}/ada`)).status, 404)
    })
  )
})

describe("the departments of a company", () => {
  it.scoped("are those that its customers name", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const company = (department: string) => ({ bussiness_name: "B", organization_number: "923609016", department })
      for (const department of ["Sales", "IT", "Sales"]) {
        yield* as("admin")("POST", users, { type: "company", company: company(department) })
      }
      const departments = (number: string) =>
        Effect.map(as("public")("GET", `/customers/company/departments?organization_number=${number}`), list)
      assert.deepStrictEqual(yield* departments("923609016"), [
        { organization_number: "923609016", departments: ["Sales", "IT"] }
      ])
      assert.deepStrictEqual(yield* departments("1"), [])
      assert.strictEqual((yield* as("public")("GET", "/customers/company/departments")).status, 400)
    })
  )
})
