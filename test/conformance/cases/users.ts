import type { HttpMethod } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Chunk, DateTime, Effect, Option, Redacted, Stream } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import {
  challengeOf,
  login,
  mfaTokenOf,
  oddKeys,
  refresh,
  refreshTokenOf,
  requestCode,
  settingsPath,
  token,
  typed,
  unstorable
} from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import { account, bearerOf, bearerOfAda, bearerWith, otherAccount, people, seedWithScopes, send, type Wire } from "../System.js"

const customersPath = `/accounts/${account}/customers`

const path = `${customersPath}/users`

/** Sends a request about the users with the admin's token. `suffix` follows the path of the users. */
const admin = (method: HttpMethod.HttpMethod, suffix: string, json?: unknown) =>
  Effect.flatMap(bearerOf("admin"), (authorization) => send(method, path + suffix, { authorization, json }))

const create = (fields: Record<string, unknown>) => admin("POST", "", { type: "customer", ...fields })

const set = (settings: Record<string, unknown>) =>
  Effect.flatMap(bearerOf("admin"), (authorization) => send("PUT", settingsPath, { authorization, json: settings }))

const setUsers = (fields: Record<string, unknown>) => set({ users: { customer_id_format: "uuid", ...fields } })

/** A system in which {@link bearerWith} has tokens with these scopes. */
const withScopes = (...scopes: ReadonlyArray<string>) =>
  Effect.flatMap(DinteroEmbedded.Embedded, ({ accounts }) => accounts.seed(seedWithScopes(scopes), { replace: true }))

interface User {
  readonly [field: string]: unknown
  readonly customer_id: string
}

const user = (wire: Wire) => body<User>(wire)

const ids = (wire: Wire) => body<ReadonlyArray<User>>(wire).map(({ customer_id }) => customer_id)

const find = (query: string) => Effect.map(admin("GET", `?${query}`), ids)

const message = (wire: Wire) => body<{ readonly error: { readonly message: string } }>(wire).error.message

const ofService = ["id", "created_at", "created_by", "updated_at"]

/** What the caller gave, without the fields that the service adds. */
const given = (wire: Wire) => Object.fromEntries(Object.entries(user(wire)).filter(([field]) => !ofService.includes(field)))

const assertDuplicate = (wire: Wire, field: string) => {
  assertError(wire, 400, "BAD REQUEST")
  assert.include(message(wire), field)
}

const seeded = ["ada", "ada-as", "grace", "linus"]

export const users: CasesOf<typeof tags.users> = {
  list: [
    it("an account without customers: an empty list, also with a trailing slash", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("stranger")
        for (const slash of ["", "/"]) {
          const wire = yield* send("GET", `/accounts/${otherAccount}/customers/users${slash}`, { authorization })
          assert.deepStrictEqual([wire.status, wire.text], [200, "[]"])
        }
      })),
    it("10 on a page, the oldest first; a page follows a customer_id or an id, also of a deleted customer", () =>
      Effect.gen(function* () {
        const added = ["1", "2", "3", "4", "5", "a/b %2F", "7", "8"]
        for (const customer_id of added) yield* create({ customer_id })
        const first = yield* admin("GET", "")
        assert.deepStrictEqual(ids(first), [...seeded, ...added.slice(0, 6)])
        assert.notProperty(first.headers, "total-count")
        const last = body<ReadonlyArray<User>>(first)[9]
        for (const cursor of ["a/b %2F", String(last?.id)]) {
          assert.deepStrictEqual(yield* find(`starting_after=${encodeURIComponent(cursor)}`), ["7", "8"])
        }
        yield* admin("DELETE", `/${encodeURIComponent("a/b %2F")}`)
        assert.deepStrictEqual(yield* find("starting_after=a%2Fb%20%252F"), ["7", "8"])
        const counted = yield* admin("GET", "?limit=1&total=true&starting_after=7")
        assert.deepStrictEqual([ids(counted), counted.headers["total-count"]], [["8"], "11"])
      })),
    it("a search is for the beginning of a name, phone number, customer_id or email, in any case and script", () =>
      Effect.gen(function* () {
        yield* create({
          customer_id: "Æ/1",
          first_name: "Åse",
          last_name: "100%_sure",
          email: "Å.S+x@Example.com",
          phone_number: "+4740000001"
        })
        yield* create({ customer_id: "2", first_name: "فاطمة", last_name: "שלום" })
        const cases: ReadonlyArray<readonly [text: string, found: ReadonlyArray<string>]> = [
          ["åSE", ["Æ/1"]],
          ["Åse 100%_", ["Æ/1"]],
          ["100%_SURE", ["Æ/1"]],
          ["æ/", ["Æ/1"]],
          ["å.s+X@", ["Æ/1"]],
          ["+4740000001", ["Æ/1"]],
          ["فاط", ["2"]],
          ["שלום", ["2"]],
          // Neither in the middle of a text, nor by a pattern.
          ["se", []],
          ["%", []],
          ["_se", []],
          ["*", []],
          ["' OR ''='", []],
          ["\u0000", []]
        ]
        for (const [text, found] of cases) {
          assert.deepStrictEqual(yield* find(`search=${encodeURIComponent(text)}`), found, text)
        }
      })),
    it("a + in a query is a space, and %2B is a plus", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* find("phone_number=%2B479111"), ["ada"])
        assert.deepStrictEqual(yield* find("phone_number=+479111"), [])
      })),
    it("all filters have to match", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* find("email=ADA@"), ["ada", "ada-as"])
        assert.deepStrictEqual(yield* find("email=ada@&type=company"), ["ada-as"])
        assert.deepStrictEqual(yield* find("email=ada@&phone_number=%2B4791"), ["ada"])
        assert.deepStrictEqual(yield* find("email=ada@&type=company&phone_number=%2B4791"), [])
      })),
    it("contacts are hidden unless they are asked for, and bring the customers that they act for, once each", () =>
      Effect.gen(function* () {
        const contact_for = [{ customer_id: "ada-as" }, { customer_id: "nobody" }]
        for (const customer_id of ["c1", "c2"]) yield* create({ type: "contact", customer_id, contact_for })
        assert.deepStrictEqual(yield* find(""), seeded)
        assert.deepStrictEqual(yield* find("type=customer"), ["ada", "linus"])
        assert.sameMembers(yield* find("type=contact"), ["ada-as", "c1", "c2"])
        assert.sameMembers(yield* find("type=any"), [...seeded, "c1", "c2"])
        assertError(yield* admin("GET", "?type=robot"), 400, "BAD REQUEST")
      })),
    it("by token and by tag", () =>
      Effect.gen(function* () {
        const value = "a+b/c"
        yield* admin("POST", "/ada/tokens", { type: "card", value })
        yield* admin("POST", "/linus/tokens", { type: "app", value: "a+b" })
        assert.deepStrictEqual(yield* find(`token_value=${encodeURIComponent(value)}`), ["ada"])
        assert.deepStrictEqual(yield* find("token_type=app"), ["linus"])
        assert.deepStrictEqual(yield* find(`token_type=app&token_value=${encodeURIComponent(value)}`), [])
        const authorization = yield* bearerOf("admin")
        const tag = yield* send("POST", `${customersPath}/tags`, { authorization, json: { tag: "VIP" } })
        const { id } = body<{ id: string }>(tag)
        yield* admin("PUT", "/grace/tags", [id])
        assert.deepStrictEqual(yield* find(`tag_id=${id}`), ["grace"])
        assert.deepStrictEqual(yield* find("tag_id=none"), [])
      })),
    it("by up to four attributes, each with its value where one is given", () =>
      Effect.gen(function* () {
        yield* create({ customer_id: "1", attributes: { size: 41, colours: ["red", "blue"], "a,b": true } })
        yield* create({ customer_id: "2", attributes: { size: 42 } })
        assert.deepStrictEqual(yield* find("attributes_keys=size"), ["1", "2"])
        assert.deepStrictEqual(yield* find("attributes_keys=size&attributes_values=42"), ["2"])
        assert.deepStrictEqual(
          yield* find("attributes_keys=colours&attributes_keys=size&attributes_values=blue&attributes_values=41"),
          ["1"]
        )
        // The values stand in the order of the keys.
        assert.deepStrictEqual(
          yield* find("attributes_keys=size&attributes_keys=colours&attributes_values=blue&attributes_values=41"),
          []
        )
        assert.deepStrictEqual(yield* find("attributes_keys=size,colours"), ["1"])
        const five = "attributes_keys=a&attributes_keys=b&attributes_keys=c&attributes_keys=d&attributes_keys=e"
        assertError(yield* admin("GET", `?${five}`), 400, "BAD REQUEST")
      })),
    it("since a time: what was changed then or later, in the order of the changes; a cursor cannot stand beside it", () =>
      Effect.gen(function* () {
        const first = user(yield* create({ customer_id: "1" }))
        const second = user(yield* create({ customer_id: "2" }))
        yield* admin("PUT", "/1", { gender: "f" })
        const since = `since_datetime=${first.updated_at}`
        assert.deepStrictEqual(yield* find(since), ["2", "1"])
        assert.deepStrictEqual(yield* find(`since_datetime=${second.updated_at}`), ["2", "1"])
        yield* admin("DELETE", "/2")
        assert.deepStrictEqual(yield* find(since), ["1"])
        assert.deepStrictEqual(yield* find(`${since}&include_deleted=true`), ["1", "2"])
        assertError(yield* admin("GET", `?${since}&starting_after=1`), 400, "BAD REQUEST")
        const wrong = yield* admin("GET", "?since_datetime=yesterday")
        assertError(wrong, 400, "BAD REQUEST")
        assert.strictEqual(body<{ error: { name: string } }>(wrong).error.name, "since_datetime")
      })),
    it("a parameter that is given twice, 10,000 that are unknown, and half a letter: never a 500", () =>
      Effect.gen(function* () {
        const many = Array.from({ length: 10_000 }, (_, i) => `p${i}=${i}`).join("&")
        for (const query of ["limit=1&limit=2", "email=a&email=b", "search=%C3", "search=%ED%A0%80", "total=maybe", many]) {
          const { status, text } = yield* admin("GET", `?${query}`)
          assert.isBelow(status, 500, `${query.slice(0, 40)}: ${text}`)
        }
      })),
    it("typed: a page with its total, and a stream of all", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        for (const customer_id of oddKeys) yield* users.create({ type: "customer", customer_id })
        const page = yield* users.list({ limit: 1, total: true, phone_number: "+4791" })
        assert.deepStrictEqual(
          page.items.map(({ customer_id }) => customer_id),
          ["ada"]
        )
        assert.deepStrictEqual(page.total, Option.some(1))
        const all = yield* Stream.runCollect(Stream.map(users.stream({ limit: 1 }), ({ customer_id }) => customer_id))
        assert.deepStrictEqual(Chunk.toReadonlyArray(all), [...seeded, ...oddKeys])
      }).pipe(Effect.provide(typed("admin"))))
  ],
  exists: [
    it("the settings do not allow it: 405", () =>
      Effect.gen(function* () {
        const { status, text } = yield* admin("HEAD", `?email=${people.ada.email}`)
        assert.deepStrictEqual([status, text], [405, ""])
      })),
    it("200 when a customer matches all that is given, 404 when none does, and 400 when nothing is given", () =>
      Effect.gen(function* () {
        yield* setUsers({ head: { enabled: true } })
        const cases: ReadonlyArray<readonly [query: string, status: number]> = [
          ["email=ADA@EXAMPLE.COM", 200],
          ["phone_number=%2B4791111111", 200],
          ["email=ada@example.com&phone_number=%2B4791111111", 200],
          ["email=grace@example.com&phone_number=%2B4791111111", 404],
          ["phone_number=+4791111111", 404],
          ["email=ada", 404],
          ["email=%00", 404],
          ["email=linus@example.com", 200],
          ["", 400]
        ]
        for (const [query, asked] of cases) {
          const { status, text } = yield* admin("HEAD", `?${query}`)
          assert.deepStrictEqual([query, status, text], [query, asked, ""])
        }
        yield* admin("DELETE", "/linus")
        assert.strictEqual((yield* admin("HEAD", "?email=linus@example.com")).status, 404)
      })),
    it("typed: a boolean, or MethodNotAllowed", () =>
      Effect.gen(function* () {
        const { settings, users } = yield* Customers
        const error = yield* Effect.flip(users.exists({ email: people.ada.email }))
        assert.strictEqual(error._tag, "MethodNotAllowed")
        assert.include(error.message, "have to switch customers.users.exists on, with users.head.enabled")
        yield* settings.update({ users: { customer_id_format: "uuid", head: { enabled: true } } })
        assert.isTrue(yield* users.exists({ email: people.ada.email, phone_number: people.ada.phone_number }))
        assert.isFalse(yield* users.exists({ email: "nobody@example.com" }))
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("without a type: the bytes of recorded traffic, for {} and for no body at all", () =>
      Effect.gen(function* () {
        const recorded =
          '{"error":{"code":"INVALID_REQUEST_PARAMETER","errors":[{"code":"OBJECT_MISSING_REQUIRED_PROPERTY","params":["type"],' +
          '"message":"Missing required property: type","path":[]}],"in":"body","message":"Invalid parameter (data): Value failed ' +
          'JSON Schema validation","name":"data","path":["paths","/accounts/{aid}/customers/users","post","parameters","0"]}}'
        for (const json of [{}, undefined]) {
          const wire = yield* admin("POST", "", json)
          assert.deepStrictEqual([wire.status, wire.text], [400, recorded])
        }
      })),
    it("everything that is given comes back, in any script, with an id and times of the service", () =>
      Effect.gen(function* () {
        const fields = {
          type: "other",
          customer_id: "x",
          first_name: "Åse 👩‍🚀",
          last_name: "فاطمة שלום\u202e",
          email: "Åse+x@Example.com",
          phone_number: "+4740000001",
          attributes: { size: 41, "key with.dots": [null, { deep: "א" }] },
          status: "OPT_IN",
          favorite_store: "S1",
          enrolled_by: { type: "qr_code", value: null },
          marketing_consent: {
            email: { consent: true, updated_at: "2020-01-01T00:00:00.000Z" },
            club: { consent: false, updated_at: "2020-01-01T00:00:00.000Z" }
          },
          addresses: [{ address_line: "Road 1", postal_place: "OSLO", country: "NO", type: "custom", custom_type: "hytte" }],
          term: { id: "t", accepted_at: "2020-01-01T00:00:00.000Z" },
          company: { bussiness_name: "Æ AS", number_of_employees: "7" },
          gender: "f",
          date_of_birth: "1990-09-20",
          metadata: { nested: { list: [1, "two", null] } }
        }
        const wire = yield* create(fields)
        assert.strictEqual(wire.status, 200, wire.text)
        assert.deepStrictEqual(given(wire), fields)
        assert.containsAllKeys(user(wire), ofService)
        assert.strictEqual((yield* admin("GET", "/x")).text, wire.text)
      })),
    it("no password and no PIN is ever in an answer", () =>
      Effect.gen(function* () {
        const secrets = { password: "never-shown-again", pin: "735926" }
        const created = yield* create({ customer_id: "x", ...secrets })
        assert.strictEqual(created.status, 200, created.text)
        const wires = [
          created,
          yield* admin("GET", "/x"),
          yield* admin("GET", ""),
          yield* admin("PUT", "/x", secrets),
          yield* admin("DELETE", "/x")
        ]
        for (const { text } of wires) {
          for (const hidden of ["password", "pin", ...Object.values(secrets)]) assert.notInclude(text, `"${hidden}`)
        }
      })),
    it("an id with /, %, .. and spaces inside, and one of 255 characters, is that of one customer", () =>
      Effect.gen(function* () {
        for (const customer_id of oddKeys) {
          assert.strictEqual((yield* create({ customer_id })).status, 200, customer_id)
          const wire = yield* admin("GET", `/${encodeURIComponent(customer_id)}`)
          assert.strictEqual(user(wire).customer_id, customer_id, wire.text)
        }
        for (const customer_id of ["", " a", "a ", " ", "x".repeat(256), "a\u0000", "\ud800", 1, null]) {
          assertError(yield* create({ customer_id }), 400, "BAD REQUEST")
        }
      })),
    it("texts that a database cannot keep: kept as they are, or a 400, and never a 500", () =>
      Effect.gen(function* () {
        for (const text of unstorable) {
          for (const fields of [
            { first_name: text },
            { email: text },
            { metadata: { [text]: text } },
            { attributes: { [text]: 1 } }
          ]) {
            const wire = yield* create(fields)
            if (wire.status === 200) assert.deepStrictEqual(given(wire), { ...given(wire), ...fields })
            else assertError(wire, 400, "BAD REQUEST")
          }
        }
        const wire = yield* Effect.flatMap(bearerOf("admin"), (authorization) =>
          send("POST", path, {
            authorization,
            raw: '{"type":"customer","metadata":{"__proto__":{"x":1},"a":1e400},"type":"customer"}'
          })
        )
        assert.include([200, 400], wire.status, wire.text)
      })),
    it("a customer_id is a UUID, or the next number of the sequence, as the settings say", () =>
      Effect.gen(function* () {
        assert.match(user(yield* create({})).customer_id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        yield* create({ customer_id: "41" })
        yield* set({ users: { customer_id_format: "sequence" } })
        assert.strictEqual(user(yield* create({})).customer_id, "42")
        yield* create({ customer_id: "99" })
        assert.strictEqual(user(yield* create({})).customer_id, "100")
      })),
    it("a duplicate is a 400 that says of what: customer_id, email in any case within a type, phone number unless allowed", () =>
      Effect.gen(function* () {
        const { customer_id, email, phone_number } = people.ada
        assertDuplicate(yield* create({ customer_id }), "customer_id")
        assertDuplicate(yield* create({ email: email.toUpperCase() }), "email")
        assertDuplicate(yield* create({ phone_number }), "phone_number")
        assert.strictEqual((yield* create({ type: "employee", email })).status, 200)
        yield* setUsers({ phone_number_validation: { allow_duplicates: true } })
        assert.strictEqual((yield* create({ phone_number })).status, 200)
        assert.strictEqual((yield* find("type=any&limit=100")).length, seeded.length + 2)
      })),
    it("64 at once with one email: one is created, and 63 are duplicates", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const wires = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? "new@example.com" : "NEW@example.com")),
          (email) => send("POST", path, { authorization, json: { type: "customer", email } }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(wires.filter(({ status }) => status === 200).length, 1)
        const refused = wires.filter(({ status }) => status !== 200)
        for (const wire of refused) assertDuplicate(wire, "email")
        assert.strictEqual((yield* find("email=new@example.com")).length, 1)
      })),
    it("64 at once under sequence: 64 numbers in a row", () =>
      Effect.gen(function* () {
        yield* set({ users: { customer_id_format: "sequence" } })
        const authorization = yield* bearerOf("admin")
        const wires = yield* Effect.forEach(
          Array.from({ length: 64 }),
          () => send("POST", path, { authorization, json: { type: "customer" } }),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          wires.map((wire) => Number(user(wire).customer_id)).sort((a, b) => a - b),
          Array.from({ length: 64 }, (_, i) => i + 1)
        )
      })),
    it("the rules of types: company and contact_for only where they belong", () =>
      Effect.gen(function* () {
        const company = { bussiness_name: "A AS" }
        const contact_for = [{ customer_id: "ada" }]
        const statuses = yield* Effect.forEach(
          [
            { type: "company" },
            { type: "customer", company },
            { type: "contact", company },
            { type: "customer", contact_for },
            { type: "company", company },
            { type: "other", company },
            { type: "contact", contact_for },
            { type: "robot" }
          ],
          (fields) => Effect.map(create(fields), ({ status }) => status)
        )
        assert.deepStrictEqual(statuses, [400, 400, 400, 400, 200, 200, 200, 400])
      })),
    it("an employee or other takes the scope to write, and a password or PIN takes that of logins as well", () =>
      Effect.gen(function* () {
        yield* withScopes("create:customers:/users", "write:customers")
        const statusOf = (scope: string, fields: object) =>
          Effect.flatMap(bearerWith(scope), (authorization) =>
            Effect.map(send("POST", path, { authorization, json: { type: "customer", ...fields } }), ({ status }) => status)
          )
        for (const type of ["employee", "other"]) {
          assert.strictEqual(yield* statusOf("create:customers:/users", { type }), 403)
          assert.strictEqual(yield* statusOf("write:customers", { type }), 200)
        }
        for (const secret of [{ password: "secret" }, { pin: "123456" }]) {
          assert.strictEqual(yield* statusOf("write:customers", secret), 403)
          assert.strictEqual((yield* create(secret)).status, 200)
        }
      })),
    it("attributes have the types that the settings declare", () =>
      Effect.gen(function* () {
        yield* set({
          attributes: [
            { name: "size", type: "integer" },
            { name: "born", type: "date", multiple_values: true }
          ]
        })
        assert.strictEqual((yield* create({ attributes: { size: 41, born: ["1990-09-20"], free: "x" } })).status, 200)
        for (const attributes of [{ size: "41" }, { size: 1.5 }, { born: ["20.9.1990"] }]) {
          assertError(yield* create({ attributes }), 400, "BAD REQUEST")
        }
      })),
    it("typed: the customer that was made, Duplicate, and a customer_id that cannot be one is not sent", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        const made = yield* users.create({ type: "customer", email: "new@example.com", password: Redacted.make("secret") })
        assert.strictEqual(made.email, "new@example.com")
        assert.isTrue(made.created_at !== undefined && DateTime.isDateTime(made.created_at))
        assert.deepStrictEqual(yield* users.get(made.customer_id), made)
        const error = yield* Effect.flip(users.create({ type: "customer", customer_id: " " }))
        assert.strictEqual(error._tag, "InvalidRequest")
        const taken = yield* Effect.flip(users.create({ type: "customer", email: "NEW@example.com" }))
        assert.strictEqual(taken._tag, "Duplicate")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  get: [
    it("a customer reads the own data without the private attributes", () =>
      Effect.gen(function* () {
        yield* set({ attributes: [{ name: "score", type: "integer", private: true }] })
        yield* admin("PUT", "/ada", { attributes: { score: 1, colour: "red" } })
        const own = yield* send("GET", `${path}/ada`, { authorization: yield* bearerOfAda })
        assert.deepStrictEqual(user(own).attributes, { colour: "red" })
        assert.deepStrictEqual(user(yield* admin("GET", "/ada")).attributes, { score: 1, colour: "red" })
      })),
    it("by the customer_id alone, and not by the id", () =>
      Effect.gen(function* () {
        const { id } = user(yield* admin("GET", "/ada"))
        assertError(yield* admin("GET", `/${id}`), 404, "NOT FOUND")
      })),
    it("an id that nobody can have: 400 or 404", () =>
      Effect.gen(function* () {
        for (const id of ["%20", "%00", "%ED%A0%80", "x".repeat(256), "Ada", "ada%20"]) {
          const { status, text } = yield* admin("GET", `/${id}`)
          assert.include([400, 404], status, `${id}: ${text}`)
        }
      })),
    it("typed: a customer, or NotFound; an id of dots would leave its place in the path, and is not sent", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        const ada = yield* users.get("ada")
        assert.strictEqual(ada.email, people.ada.email)
        assert.strictEqual((yield* Effect.flip(users.get("nobody")))._tag, "NotFound")
        for (const id of ["..", ".", "", "%2e%2e"]) {
          assert.strictEqual((yield* Effect.flip(users.get(id)))._tag, "InvalidRequest", id)
        }
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("keeps what is left out, clears what is null, replaces lists and objects, merges metadata and consents", () =>
      Effect.gen(function* () {
        const at = "2020-01-01T00:00:00.000Z"
        yield* create({
          customer_id: "x",
          email: "x@example.com",
          phone_number: "+4740000001",
          first_name: "A",
          gender: "f",
          attributes: { one: 1 },
          addresses: [{ address_line: "Road 1", postal_place: "OSLO", country: "NO" }],
          metadata: { one: 1, two: { deep: 2 } },
          marketing_consent: { sms: { consent: true, updated_at: at }, email: { consent: false, updated_at: at } }
        })
        const changed = yield* admin("PUT", "/x", {
          email: null,
          gender: null,
          attributes: { two: 2 },
          addresses: [],
          metadata: { one: null, three: 3 },
          marketing_consent: { email: { consent: true } }
        })
        assert.strictEqual(changed.status, 200, changed.text)
        const { marketing_consent, ...rest } = given(changed)
        assert.deepStrictEqual(rest, {
          customer_id: "x",
          type: "customer",
          phone_number: "+4740000001",
          first_name: "A",
          attributes: { two: 2 },
          addresses: [],
          metadata: { two: { deep: 2 }, three: 3 }
        })
        const { email, sms } = marketing_consent as { readonly [channel: string]: unknown }
        assert.deepStrictEqual(sms, { consent: true, updated_at: at })
        // A consent that changes without a time gets that of the change.
        assert.deepStrictEqual(email, { consent: true, updated_at: user(changed).updated_at })
        assert.notProperty(user(yield* admin("PUT", "/x", { metadata: null })), "metadata")
        assert.deepStrictEqual(user(yield* admin("PUT", "/x", {})).attributes, { two: 2 })
        // What was cleared is free again.
        assert.strictEqual((yield* create({ email: "x@example.com" })).status, 200)
      })),
    it("null where the documentation has none: 400", () =>
      Effect.gen(function* () {
        for (const field of [
          "attributes",
          "addresses",
          "company",
          "marketing_consent",
          "term",
          "contact_for",
          "type",
          "password"
        ]) {
          const wire = yield* admin("PUT", "/ada", { [field]: null })
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), [field])
        }
      })),
    it("a duplicate is a 400, and nothing is changed", () =>
      Effect.gen(function* () {
        const before = yield* admin("GET", "/linus")
        assertDuplicate(yield* admin("PUT", "/linus", { email: "ADA@example.com", gender: "m" }), "email")
        assertDuplicate(yield* admin("PUT", "/linus", { phone_number: people.ada.phone_number, gender: "m" }), "phone_number")
        assert.strictEqual((yield* admin("GET", "/linus")).text, before.text)
        // The own values are no duplicates.
        assert.strictEqual((yield* admin("PUT", "/ada", { email: "ADA@example.com" })).status, 200)
      })),
    it("the rules of types are about the customer as it will be", () =>
      Effect.gen(function* () {
        const company = { bussiness_name: "A AS" }
        assertError(yield* admin("PUT", "/ada", { type: "company" }), 400, "BAD REQUEST")
        assertError(yield* admin("PUT", "/ada", { company }), 400, "BAD REQUEST")
        assert.strictEqual((yield* admin("PUT", "/ada", { type: "company", company, email: null })).status, 200)
        assertError(yield* admin("PUT", "/ada", { contact_for: [] }), 400, "BAD REQUEST")
      })),
    it("a customer changes the own data, but neither the type to employee nor the password", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOfAda
        const put = (json: unknown) => send("PUT", `${path}/ada`, { authorization, json })
        assert.strictEqual(user(yield* put({ first_name: "Ada" })).first_name, "Ada")
        for (const json of [{ type: "employee" }, { type: "other" }, { password: "another" }, { pin: "123456" }]) {
          assertError(yield* put(json), 403, "FORBIDDEN")
        }
      })),
    it("sets the password of the next login", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        assert.strictEqual((yield* admin("PUT", "/ada", { password: "another" })).status, 200)
        assertError(yield* login("admin", { email, password }), 403, "FORBIDDEN")
        assert.strictEqual((yield* login("admin", { email, password: "another" })).status, 200)
      })),
    it("of a phone number waits for its verification where the settings say so", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        yield* setUsers({ verifications: { phone_number: "sms" } })
        const change = admin("PUT", "/ada", { phone_number: "+4740000002" })
        assertError(yield* change, 400, "BAD REQUEST")
        yield* admin("POST", "/ada/communication/send-verification-code/phone_number")
        const [sent] = yield* outbox.list({ recipient: people.ada.phone_number })
        yield* admin("POST", "/ada/communication/confirm-verification-code/phone_number", { code: sent?.code })
        assert.strictEqual(user(yield* change).phone_number, "+4740000002")
      })),
    it("typed: null clears, and an unknown customer is NotFound", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        const { customer_id } = yield* users.create({ type: "customer", customer_id: "a/b ..%", email: "x@example.com" })
        const changed = yield* users.update(customer_id, { email: null, metadata: { a: 1 } })
        assert.notProperty(changed, "email")
        assert.deepStrictEqual(yield* users.get(customer_id), changed)
        assert.strictEqual((yield* Effect.flip(users.update("nobody", {})))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the customer, erases it, and keeps only its ids and times for those who ask for deleted ones", () =>
      Effect.gen(function* () {
        const before = user(yield* create({ customer_id: "x", email: "x@example.com", first_name: "X", metadata: { a: 1 } }))
        const wire = yield* admin("DELETE", "/x")
        assert.strictEqual(wire.status, 200, wire.text)
        assert.deepInclude(user(wire), before)
        assert.deepStrictEqual(yield* find(""), seeded)
        const all = body<ReadonlyArray<User>>(yield* admin("GET", "?include_deleted=true"))
        const erased = all.find(({ customer_id }) => customer_id === "x")
        assert.hasAllKeys(erased, ["customer_id", "type", "id", "created_at", "created_by", "deleted_at", "deleted_by"])
        assert.deepInclude(erased, { id: before.id, created_at: before.created_at })
        assert.deepStrictEqual(yield* find("include_deleted=true&search=x"), [])
        assert.strictEqual((yield* create({ email: "x@example.com" })).status, 200)
      })),
    it("keeps the tokens unless they are to go, and they lead to nobody", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const events = `${customersPath}/tokens/events`
        const look = (value: string) => send("POST", events, { authorization, json: { token: { type: "card", value } } })
        for (const [customer_id, suffix] of [
          ["1", ""],
          ["2", "?delete_tokens=true"]
        ] as const) {
          yield* create({ customer_id, status: "GOLD" })
          yield* admin("POST", `/${customer_id}/tokens`, { type: "card", value: customer_id })
          assert.strictEqual(body<{ status: string }>(yield* look(customer_id)).status, "GOLD")
          yield* admin("DELETE", `/${customer_id}${suffix}`)
          const found = body<object>(yield* look(customer_id))
          assert.notProperty(found, "customer")
          assert.deepInclude(found, { status: "UNKNOWN" })
          assert.deepStrictEqual(yield* find(`token_value=${customer_id}`), [])
        }
        // The value of a token that went is free.
        assert.strictEqual((yield* admin("POST", "/ada/tokens", { type: "card", value: "2" })).status, 201)
      })),
    it("a customer deletes the own account: that ends the sessions and the logins that wait for a code", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        const client = yield* bearerOf("admin")
        const { email, password } = people.ada
        const authorization = yield* bearerOfAda
        const refreshToken = yield* refreshTokenOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const { oob_code } = body<{ oob_code: string }>(yield* requestCode(client, challengeOf(mfa_token)))
        const binding_code = (yield* outbox.list({ template: "mfa_code" })).at(-1)?.code
        assert.strictEqual((yield* send("DELETE", `${path}/ada`, { authorization })).status, 200)
        assertError(yield* send("GET", `${path}/ada`, { authorization }), 404, "NOT FOUND")
        assertError(yield* login("admin", { email, password }), 403, "FORBIDDEN")
        assertError(yield* refresh(client, refreshToken), 403, "FORBIDDEN")
        const redeemed = yield* token(client, { grant_type: "mfa_oob", mfa_token, oob_code, binding_code })
        assertError(redeemed, 403, "FORBIDDEN")
      })),
    it("of several at once, one is answered with the customer", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const wires = yield* Effect.forEach(Array.from({ length: 8 }), () => send("DELETE", `${path}/ada`, { authorization }), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(wires.map(({ status }) => status).sort(), [200, ...Array.from({ length: 7 }, () => 404)])
      })),
    it("typed: the customer that was erased, and then NotFound", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        const erased = yield* users.delete("ada", { delete_tokens: true })
        assert.strictEqual(erased.email, people.ada.email)
        assert.isTrue(erased.deleted_at !== undefined)
        assert.strictEqual((yield* Effect.flip(users.delete("ada")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  changeCustomerId: [
    it("gives another id, keeps everything else, and leaves a trail in the metadata", () =>
      Effect.gen(function* () {
        yield* create({ customer_id: "x", email: "x@example.com", metadata: { a: 1 } })
        yield* admin("POST", "/x/tokens", { type: "card", value: "1" })
        const first = yield* admin("POST", "/x/change_customer_id", { customer_id: "../y 100%" })
        assert.strictEqual(first.status, 200, first.text)
        const second = user(yield* admin("POST", "/..%2Fy%20100%25/change_customer_id", { customer_id: "z" }))
        assert.deepInclude(second, { customer_id: "z", email: "x@example.com", id: user(first).id })
        const { a, ...trail } = second.metadata as { readonly [key: string]: { readonly old: string; readonly new: string } }
        assert.deepEqual(a as unknown, 1)
        for (const key of Object.keys(trail)) assert.match(key, /^dintero_change_customer_id_/)
        for (const change of Object.values(trail)) assert.hasAllKeys(change, ["created_at", "created_by", "old", "new"])
        assert.sameDeepMembers(
          Object.values(trail).map((change) => [change.old, change.new]),
          [
            ["x", "../y 100%"],
            ["../y 100%", "z"]
          ]
        )
        assertError(yield* admin("GET", "/x"), 404, "NOT FOUND")
        assert.deepStrictEqual(yield* find("token_value=1"), ["z"])
        // The old id is free.
        assert.strictEqual((yield* create({ customer_id: "x" })).status, 200)
      })),
    it("the sessions go on under the new id, and do not reach another customer who gets the old one", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        const client = yield* bearerOf("admin")
        const refreshToken = yield* refreshTokenOf("admin")
        const before = body<{ access_token: string }>(yield* refresh(client, refreshToken)).access_token
        const mfa_token = yield* mfaTokenOf("admin")
        const { oob_code } = body<{ oob_code: string }>(yield* requestCode(client, challengeOf(mfa_token)))
        const binding_code = (yield* outbox.list({ template: "mfa_code" })).at(-1)?.code
        yield* admin("POST", "/ada/change_customer_id", { customer_id: "lovelace" })
        yield* create({ customer_id: "ada", email: "another@example.com" })
        for (const part of ["", "/tokens", "/tags", "/communication"]) {
          const read = yield* send("GET", `${path}/ada${part}`, { authorization: `Bearer ${before}` })
          assertError(read, 403, "FORBIDDEN")
        }
        for (const session of [
          yield* refresh(client, refreshToken),
          yield* token(client, { grant_type: "mfa_oob", mfa_token, oob_code, binding_code })
        ]) {
          assert.strictEqual(session.status, 200, session.text)
          const authorization = `Bearer ${body<{ access_token: string }>(session).access_token}`
          const own = yield* send("GET", `${path}/lovelace`, { authorization })
          assert.strictEqual(user(own).email, people.ada.email, own.text)
          assertError(yield* send("GET", `${path}/ada`, { authorization }), 403, "FORBIDDEN")
        }
      })),
    it("an id that another customer has, that cannot be one, or that is missing: 400, and nothing is changed", () =>
      Effect.gen(function* () {
        const before = yield* admin("GET", "/ada")
        assertDuplicate(yield* admin("POST", "/ada/change_customer_id", { customer_id: "linus" }), "customer_id")
        for (const json of [
          {},
          { customer_id: "" },
          { customer_id: " x" },
          { customer_id: "x".repeat(256) },
          { customer_id: "\u0000" }
        ]) {
          assertError(yield* admin("POST", "/ada/change_customer_id", json), 400, "BAD REQUEST")
        }
        assert.strictEqual((yield* admin("GET", "/ada")).text, before.text)
      })),
    it("typed: the customer under its new id", () =>
      Effect.gen(function* () {
        const { users } = yield* Customers
        const changed = yield* users.changeCustomerId("ada", { customer_id: "a/d a" })
        assert.deepStrictEqual(yield* users.get("a/d a"), changed)
        assert.strictEqual((yield* Effect.flip(users.changeCustomerId("ada", { customer_id: "x" })))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
