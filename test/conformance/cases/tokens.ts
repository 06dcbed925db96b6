import { createHash, createHmac } from "node:crypto"
import { assert } from "@effect/vitest"
import { Chunk, DateTime, Effect, Option, Stream } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { as, asAda, asAdmin, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import { bearerOf, clients, people } from "../System.js"

const users = "/customers/users"
const events = "/customers/tokens/events"

const card = (value: string) => ({ type: "card", value })

const attach = (customer: string, json: unknown, query = "") =>
  Effect.flatMap(asAdmin, (admin) => admin("POST", `${users}/${encodeURIComponent(customer)}/tokens${query}`, json))

const tokensOf = (customer: string, query = "") =>
  Effect.flatMap(asAdmin, (admin) => Effect.map(admin("GET", `${users}/${encodeURIComponent(customer)}/tokens${query}`), listIn))

const valuesOf = (customer: string, query = "") =>
  Effect.map(tokensOf(customer, query), (tokens) => tokens.map(({ value }) => value))

interface Event {
  readonly event: string
  readonly status?: string
  readonly created_at: string
  readonly expires_at?: string
}

interface Detail {
  readonly id: string
  readonly status: string
  readonly events: ReadonlyArray<Event>
  readonly customer?: { readonly customer_id: string }
  readonly token?: { readonly token_id: string }
}

/** Looks a token up, and records what happened to it. */
const look = (token: { readonly type: string; readonly value: string }, event?: object) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("POST", events, event === undefined ? { token } : { token, event }), (wire) => {
      assert.strictEqual(wire.status, 200, wire.text)
      return body<Detail>(wire)
    })
  )

const forget = (token: object, event?: object) =>
  Effect.flatMap(asAdmin, (admin) => admin("DELETE", events, event === undefined ? { token } : { token, event }))

interface Item extends Detail {
  readonly updated_at: string
}

const listEvents = (query = "") =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${events}${query}`), (wire) => {
      assert.strictEqual(wire.status, 200, wire.text)
      return body<ReadonlyArray<Item>>(wire)
    })
  )

const settings = (json: object) =>
  Effect.flatMap(asAdmin, (admin) => Effect.map(admin("PUT", "/customers/settings", json), objectIn))

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const hmac = (text: string, key: string) => createHmac("sha256", key).update(text).digest("hex")

export const tokens: CasesOf<typeof tags.tokens> = {
  list: [
    it("10 by default, in the order in which they came, the next ones by the token_id of the last, and their number on request", () =>
      Effect.gen(function* () {
        const values = Array.from({ length: 12 }, (_, i) => `${i}`)
        for (const value of values) yield* attach("ada", { token_id: `t/${value}`, ...card(value) })
        assert.deepStrictEqual(yield* valuesOf("ada"), values.slice(0, 10))
        assert.deepStrictEqual(yield* valuesOf("ada", "?starting_after=t%2F9"), values.slice(10))
        assert.deepStrictEqual(yield* valuesOf("ada", "?limit=100"), values)
        const admin = yield* asAdmin
        const counted = yield* admin("GET", `${users}/ada/tokens?limit=1&total=true&starting_after=t%2F3`)
        assert.strictEqual(counted.headers["total-count"], "12")
        assert.strictEqual(listIn(counted).length, 1)
        const plain = yield* admin("GET", `${users}/ada/tokens`)
        assert.isUndefined(plain.headers["total-count"])
        // A list has its own cursors.
        yield* attach("linus", { token_id: "of-linus", ...card("linus") })
        assertError(yield* admin("GET", `${users}/ada/tokens?starting_after=of-linus`), 400, "BAD REQUEST")
      })),
    it("of a type; deleted ones only when they are asked for, with who deleted them", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* attach("ada", { token_id: "a", ...card("1") })
        yield* attach("ada", { token_id: "b", type: "card/gold", value: "2" })
        yield* admin("DELETE", `${users}/ada/tokens/a`)
        assert.deepStrictEqual(yield* valuesOf("ada"), ["2"])
        assert.deepStrictEqual(yield* valuesOf("ada", "?include_deleted=true"), ["1", "2"])
        assert.deepStrictEqual(yield* valuesOf("ada", "?type=card%2Fgold"), ["2"])
        assert.deepStrictEqual(yield* valuesOf("ada", "?type=card"), [])
        const [deleted, kept] = yield* tokensOf("ada", "?include_deleted=true")
        assert.strictEqual(deleted?.deleted_by, clients.admin.id)
        assert.isAtLeast(Date.parse(String(deleted?.deleted_at)), Date.parse(String(deleted?.created_at)))
        assert.notProperty(kept, "deleted_at")
      })),
    it("typed: a page with the total, and all pages as a stream", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        for (const value of "abcde") yield* tokens.create("ada", card(value))
        const page = yield* tokens.list("ada", { limit: 2, total: true })
        assert.deepStrictEqual([page.items.map(({ value }) => value), page.total], [["a", "b"], Option.some(5)])
        const all = yield* Stream.runCollect(tokens.stream("ada", { limit: 2 }))
        assert.strictEqual(
          Chunk.toReadonlyArray(all)
            .map(({ value }) => value)
            .join(""),
          "abcde"
        )
        assert.strictEqual((yield* Effect.flip(tokens.list("nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("201, with what the system adds; a token_id is made when there is none", () =>
      Effect.gen(function* () {
        const given = { token_id: "t1", ...card("1"), metadata: { exp_month: 10, mask: "**** 3477", deep: [null] } }
        const wire = yield* attach("ada", given)
        assert.strictEqual(wire.status, 201)
        const { created_at, id, updated_at, ...first } = objectIn(wire)
        assert.deepStrictEqual(first, { ...given, created_by: clients.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.strictEqual(created_at, updated_at)
        const second = objectIn(yield* attach("ada", card("2")))
        assert.isAtLeast(String(second.token_id).length, 1)
        assert.notStrictEqual(second.token_id, first.token_id)
        assert.deepStrictEqual(
          (yield* tokensOf("ada")).map(({ token_id }) => token_id),
          ["t1", second.token_id]
        )
      })),
    it("for a customer with an odd id, with odd keys and any text; found by its value", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const [i, token_id] of oddKeys.entries()) {
          const value = texts[i % texts.length] ?? ""
          objectIn(yield* admin("POST", users, { type: "customer", customer_id: token_id }))
          const token = { token_id, type: `type ${i} ${value}`, value, metadata: { [`k${value}`]: value } }
          assert.include(objectIn(yield* attach(token_id, token)), { token_id, type: token.type, value })
          assert.deepStrictEqual((yield* tokensOf(token_id))[0]?.metadata, token.metadata)
          const query = new URLSearchParams({ token_type: token.type, token_value: value })
          const found = listIn(yield* admin("GET", `${users}?${query}`))
          assert.deepStrictEqual(
            found.map(({ customer_id }) => customer_id),
            [token_id]
          )
        }
      })),
    it("a token_id that is too long or begins or ends with a space, an empty type or value: 400, which names the field", () =>
      Effect.gen(function* () {
        const wrong: ReadonlyArray<readonly [object, ReadonlyArray<string>]> = [
          [{ token_id: "x".repeat(256) }, ["token_id"]],
          [{ token_id: "" }, ["token_id"]],
          [{ token_id: " t" }, ["token_id"]],
          [{ token_id: "t " }, ["token_id"]],
          [{ type: "" }, ["type"]],
          [{ value: "" }, ["value"]]
        ]
        for (const [fields, paths] of wrong) {
          const wire = yield* attach("ada", { ...card("1"), ...fields })
          assertError(wire, 400, "BAD REQUEST")
          assert.includeMembers([...errorPaths(wire)], [...paths])
        }
        for (const text of unstorable) {
          assertError(yield* attach("ada", card(text)), 400, "BAD REQUEST")
          assertError(yield* attach("ada", { type: text, value: "1" }), 400, "BAD REQUEST")
        }
        assert.deepStrictEqual(yield* tokensOf("ada", "?include_deleted=true"), [])
      })),
    it("a type and value belong to one customer at a time; a token_id to one token of a customer", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* attach("ada", { token_id: "t", ...card("1") })
        for (const customer of ["ada", "linus"]) assertError(yield* attach(customer, card("1")), 400, "BAD REQUEST")
        assertError(yield* attach("ada", { token_id: "t", ...card("2") }), 400, "BAD REQUEST")
        // The same value of another type, and the token_id of another customer's, are others.
        objectIn(yield* attach("linus", { token_id: "t", type: "sha1", value: "1" }))
        yield* admin("DELETE", `${users}/ada/tokens/t`)
        objectIn(yield* attach("linus", { token_id: "t2", ...card("1") }))
        objectIn(yield* attach("ada", { token_id: "t", ...card("2") }))
        // Of a deleted customer nobody is found by it.
        yield* admin("DELETE", `${users}/linus`)
        assert.notProperty(yield* look(card("1")), "customer")
        objectIn(yield* attach("ada", card("1")))
        assert.strictEqual((yield* look(card("1"))).customer?.customer_id, "ada")
      })),
    it("of 16 at the same time one gets the token", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.forEach(
          Array.from({ length: 16 }),
          (_, i) => attach(i % 2 === 0 ? "ada" : "linus", card("1")),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: 15 }, () => 400)])
      })),
    it("with delete_token_events, the token begins without events", () =>
      Effect.gen(function* () {
        for (const value of ["1", "2"]) yield* look(card(value), { event: "declined", status: "OPT_OUT" })
        yield* attach("ada", card("1"), "?delete_token_events=true")
        yield* attach("ada", card("2"), "?delete_token_events=false")
        const [first, second] = [yield* look(card("1")), yield* look(card("2"))]
        assert.deepStrictEqual([first.status, first.events.length], ["UNKNOWN", 0])
        assert.deepStrictEqual([second.status, second.events.length], ["OPT_OUT", 1])
        assert.strictEqual((yield* listEvents()).length, 1)
        assertError(yield* attach("ada", card("3"), "?delete_token_events=yes"), 400, "BAD REQUEST")
      })),
    it("the system makes tokens from email and phone number where the settings say so, and they follow the fields", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* settings({
          auto_tokens: { email: [{ type: "SHA256" }, { type: "HMAC-SHA256", secret: "key" }], phone_number: [{ type: "SHA256" }] }
        })
        const found = Effect.map(tokensOf("eve"), (tokens) => tokens.map(({ type, value }) => `${type} ${value}`))
        const made = (email: string, phone: string) => [
          `sha256:email ${sha256(email)}`,
          `hmac-sha256:email ${hmac(email, "key")}`,
          `sha256:phone_number ${sha256(phone)}`
        ]
        const eve = { type: "customer", customer_id: "eve", email: "eve@example.com", phone_number: "+4790000001" }
        objectIn(yield* admin("POST", users, eve))
        assert.sameMembers(yield* found, made("eve@example.com", "+4790000001"))
        objectIn(yield* attach("eve", card("1")))
        objectIn(yield* admin("PUT", `${users}/eve`, { email: "eve@example.org" }))
        assert.sameMembers(yield* found, ["card 1", ...made("eve@example.org", "+4790000001")])
        const owner = yield* look({ type: "sha256:email", value: sha256("eve@example.org") })
        assert.strictEqual(owner.customer?.customer_id, "eve")
        assert.notProperty(yield* look({ type: "sha256:email", value: sha256("eve@example.com") }), "customer")
        objectIn(yield* admin("PUT", `${users}/eve`, { email: null, phone_number: null }))
        assert.deepStrictEqual(yield* found, ["card 1"])
        assert.strictEqual((yield* tokensOf("eve", "?include_deleted=true")).length, 6)
      })),
    it("a customer attaches to themself alone", () =>
      Effect.gen(function* () {
        const ada = yield* asAda
        const wire = yield* ada("POST", `${users}/ada/tokens`, card("1"))
        assert.strictEqual(objectIn(wire).created_by, "ada")
        assertError(yield* ada("POST", `${users}/linus/tokens`, card("2")), 403, "FORBIDDEN")
      })),
    it("typed: Duplicate for a token that is taken, NotFound", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        yield* tokens.create("ada", card("1"), { delete_token_events: true })
        assert.strictEqual((yield* Effect.flip(tokens.create("linus", card("1"))))._tag, "Duplicate")
        assert.strictEqual((yield* Effect.flip(tokens.create("nobody", card("2"))))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the token with the time, once; then 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const [i, token_id] of oddKeys.entries()) {
          yield* attach("ada", { token_id, ...card(`${i}`) })
          const path = `${users}/ada/tokens/${encodeURIComponent(token_id)}`
          const deleted = objectIn(yield* admin("DELETE", path))
          assert.include(deleted, { token_id, value: `${i}`, deleted_by: clients.admin.id })
          assert.strictEqual(deleted.updated_at, deleted.deleted_at)
          assertError(yield* admin("DELETE", path), 404, "NOT FOUND")
        }
        assert.deepStrictEqual(yield* tokensOf("ada"), [])
      })),
    it("a token of another customer, none, or an id that cannot be: 404 or 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* attach("linus", { token_id: "of-linus", ...card("1") })
        const remove = (tid: string) => admin("DELETE", `${users}/ada/tokens/${encodeURIComponent(tid)}`)
        for (const tid of ["of-linus", "none", "a\u0000b"]) assertError(yield* remove(tid), 404, "NOT FOUND")
        for (const tid of ["x".repeat(256), " a"]) assertError(yield* remove(tid), 400, "BAD REQUEST")
        assert.strictEqual((yield* tokensOf("linus")).length, 1)
      })),
    it("the deletion of the customer takes them away on request", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* attach("ada", card("1"))
        yield* attach("linus", card("2"))
        yield* admin("DELETE", `${users}/ada?delete_tokens=true`)
        yield* admin("DELETE", `${users}/linus`)
        for (const value of ["1", "2"]) assert.notProperty(yield* look(card(value)), "token")
        assert.deepStrictEqual(listIn(yield* admin("GET", `${users}?token_value=1`)), [])
      })),
    it("typed: NotFound", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        const { token_id: tid = "" } = yield* tokens.create("ada", card("1"))
        assert.isDefined((yield* tokens.delete({ customer_id: "ada", tid })).deleted_at)
        assert.strictEqual((yield* Effect.flip(tokens.delete({ customer_id: "ada", tid })))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "events.list": [
    it("tokens with events, in the order in which they had their first one, and the next ones by the id of the last", () =>
      Effect.gen(function* () {
        yield* attach("ada", card("without events"))
        const values = Array.from({ length: 12 }, (_, i) => `${i}`)
        const ids: Array<string> = []
        for (const value of values) ids.push((yield* look(card(value), { event: "seen", metadata: { value } })).id)
        yield* look(card("0"), { event: "seen again", status: "OPT_OUT" })
        const first = yield* listEvents()
        assert.deepStrictEqual(
          first.map(({ id }) => id),
          ids.slice(0, 10)
        )
        assert.deepStrictEqual([first[0]?.status, first[0]?.events.length, first[1]?.status], ["OPT_OUT", 2, "UNKNOWN"])
        assert.deepStrictEqual(
          (yield* listEvents(`?starting_after=${ids[9]}`)).map(({ id }) => id),
          ids.slice(10)
        )
      })),
    it("since a time: those that were changed then or later, the oldest change first, a deletion too", () =>
      Effect.gen(function* () {
        const ids: Array<string> = []
        for (const value of ["1", "2", "3"]) ids.push((yield* look(card(value), { event: "seen" })).id)
        const [, second, third] = yield* listEvents()
        yield* look(card("1"), { event: "seen again" })
        const since = (time: string | undefined) =>
          Effect.map(listEvents(`?${new URLSearchParams({ since_datetime: time ?? "" })}`), (items) => items.map(({ id }) => id))
        assert.deepStrictEqual(yield* since(second?.updated_at), [ids[1], ids[2], ids[0]])
        yield* forget(card("2"))
        assert.deepStrictEqual(yield* since(third?.updated_at), [ids[2], ids[0], ids[1]])
        assert.deepStrictEqual(yield* since("2999-01-01T00:00:00Z"), [])
        // The same instant in another zone.
        const zoned = DateTime.formatIso(DateTime.addDuration(DateTime.unsafeMake(third?.updated_at ?? ""), "1 hour")).replace(
          "Z",
          "+01:00"
        )
        assert.deepStrictEqual(yield* since(zoned), [ids[2], ids[0], ids[1]])
      })),
    it("deleted since a time: those whose events were deleted then or later, and that had none since", () =>
      Effect.gen(function* () {
        for (const value of ["1", "2", "3"]) yield* look(card(value), { event: "seen" })
        for (const value of ["1", "2"]) yield* forget(card(value))
        const [first, second] = yield* listEvents()
        const since = (time: string | undefined) =>
          Effect.map(listEvents(`?${new URLSearchParams({ deleted_since: time ?? "" })}`), (items) => items.map(({ id }) => id))
        assert.deepStrictEqual(yield* since("1970-01-01T00:00:00Z"), [first?.id, second?.id])
        assert.deepStrictEqual(yield* since(second?.updated_at), [second?.id])
        yield* look(card("2"), { event: "seen again" })
        assert.deepStrictEqual(yield* since("1970-01-01T00:00:00Z"), [first?.id])
      })),
    it("a time and a cursor exclude each other, and a time that is none is a 400 that names it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = yield* look(card("1"), { event: "seen" })
        const both = yield* admin("GET", `${events}?since_datetime=2020-01-01T00:00:00Z&starting_after=${id}`)
        assertError(both, 400, "BAD REQUEST")
        for (const name of ["since_datetime", "deleted_since"]) {
          for (const time of ["yesterday", "2020-01-01", "2020-02-30T00:00:00", ""]) {
            const wire = yield* admin("GET", `${events}?${new URLSearchParams({ [name]: time })}`)
            assertError(wire, 400, "BAD REQUEST")
            assert.strictEqual(body<{ error: { name: string } }>(wire).error.name, name, time)
          }
        }
      })),
    it("typed: times arrive decoded, and a stream gives every page", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        for (const value of "abc") yield* tokens.events.lookup({ token: card(value), event: { event: value, status: "SEEN" } })
        const page = yield* tokens.events.list({ limit: 2 })
        assert.deepStrictEqual(
          page.items.map(({ events, status }) => [events?.[0]?.event, status]),
          [
            ["a", "SEEN"],
            ["b", "SEEN"]
          ]
        )
        const at = page.items[1]?.updated_at
        assert.isTrue(DateTime.isDateTime(at))
        const all = yield* Stream.runCollect(tokens.events.stream({ limit: 2 }))
        assert.strictEqual(Chunk.size(all), 3)
        const changed = yield* tokens.events.list({ since_datetime: at ?? DateTime.unsafeMake(0) })
        assert.strictEqual(changed.items.length, 2)
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "events.lookup": [
    it("a token that nobody has and nothing happened to: UNKNOWN, with another id each time", () =>
      Effect.gen(function* () {
        const [first, second] = [yield* look(card("1")), yield* look(card("1"))]
        assert.deepStrictEqual([first.status, first.events], ["UNKNOWN", []])
        assert.notProperty(first, "customer")
        assert.notProperty(first, "token")
        assert.notStrictEqual(first.id, second.id)
        assert.deepStrictEqual(yield* listEvents(), [])
      })),
    it("its id stays, once it has an event or a customer, also one that the system attached", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const stays = (token: { type: string; value: string }) =>
          Effect.gen(function* () {
            const { id } = yield* look(token)
            assert.strictEqual((yield* look(token)).id, id, token.type)
            assert.strictEqual((yield* look(token, { event: "seen" })).id, id, token.type)
            return id
          })
        const { id } = yield* look(card("1"), { event: "seen" })
        assert.strictEqual(yield* stays(card("1")), id)
        yield* attach("ada", card("1"))
        assert.strictEqual(yield* stays(card("1")), id)
        yield* attach("ada", card("2"))
        yield* stays(card("2"))
        yield* settings({ auto_tokens: { email: [{ type: "SHA256" }] } })
        yield* admin("PUT", `${users}/linus`, { email: "linus@example.org" })
        yield* stays({ type: "sha256:email", value: sha256("linus@example.org") })
      })),
    it("events are kept before the token exists, in their order, and stay when it is attached and taken away", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* look(card("1"), { event: "signed up", status: "OPT_IN", metadata: { store_id: "S1" } })
        yield* look(card("1"), { event: "declined", status: "OPT_OUT" })
        const { token_id } = objectIn(yield* attach("ada", card("1")))
        const owned = yield* look(card("1"))
        assert.deepStrictEqual(
          owned.events.map(({ event, status }) => [event, status]),
          [
            ["signed up", "OPT_IN"],
            ["declined", "OPT_OUT"]
          ]
        )
        assert.deepStrictEqual([owned.customer?.customer_id, owned.token?.token_id], ["ada", token_id])
        yield* admin("DELETE", `${users}/ada/tokens/${token_id}`)
        const left = yield* look(card("1"))
        assert.notProperty(left, "customer")
        assert.deepStrictEqual([left.status, left.events.length, left.id], ["OPT_OUT", 2, owned.id])
      })),
    it("the status is the customer's own, else that of the last event, else UNKNOWN", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* attach("ada", card("1"))
        const status = Effect.map(look(card("1")), ({ status }) => status)
        assert.strictEqual(yield* status, "UNKNOWN")
        yield* look(card("1"), { event: "declined", status: "OPT_OUT" })
        assert.strictEqual(yield* status, "OPT_OUT")
        yield* admin("PUT", `${users}/ada`, { status: "VIP" })
        assert.strictEqual(yield* status, "VIP")
        yield* admin("PUT", `${users}/ada`, { status: null })
        assert.strictEqual(yield* status, "OPT_OUT")
      })),
    it("an event ends after the seconds that the settings give its status, and then the one before it counts", () =>
      Effect.gen(function* () {
        const { clock } = yield* DinteroEmbedded.Embedded
        yield* clock.freeze
        yield* settings({
          tokens: {
            event_expiry: [
              { status: "OPT_OUT", time_to_live: 60 },
              { status: "PENDING", time_to_live: 30 }
            ]
          }
        })
        yield* look(card("1"), { event: "a", status: "OPT_IN" })
        yield* look(card("1"), { event: "b", status: "OPT_OUT" })
        const { events: all } = yield* look(card("1"), { event: "c", status: "PENDING" })
        assert.deepStrictEqual(
          all.map(({ created_at, expires_at }) =>
            expires_at === undefined ? undefined : Date.parse(expires_at) - Date.parse(created_at)
          ),
          [undefined, 60_000, 30_000]
        )
        const statuses: Array<string> = []
        // Two changes have no time in common, so the events are up to a few milliseconds apart.
        for (const by of ["0 millis", "29 seconds", "2 seconds", "28 seconds", "2 seconds", "400 days"] as const) {
          yield* clock.advance(by)
          statuses.push((yield* look(card("1"))).status)
        }
        assert.deepStrictEqual(statuses, ["PENDING", "PENDING", "OPT_OUT", "OPT_OUT", "OPT_IN", "OPT_IN"])
        assert.strictEqual((yield* listEvents())[0]?.status, "OPT_IN")
        // Those that are there keep their time when the settings change.
        yield* settings({ tokens: { event_expiry: [] } })
        const { events: later } = yield* look(card("1"), { event: "d", status: "OPT_OUT" })
        assert.deepStrictEqual(
          later.map((event) => "expires_at" in event),
          [false, true, true, false]
        )
        yield* clock.advance("4000 days")
        assert.strictEqual((yield* look(card("1"))).status, "OPT_OUT")
      })),
    it("a token whose every event has ended is UNKNOWN", () =>
      Effect.gen(function* () {
        const { clock } = yield* DinteroEmbedded.Embedded
        yield* settings({ tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 60 }] } })
        yield* look(card("1"), { event: "a", status: "OPT_OUT" })
        yield* clock.advance("61 seconds")
        const { events: all, status } = yield* look(card("1"))
        assert.deepStrictEqual([status, all.length], ["UNKNOWN", 1])
      })),
    it("every text comes back as it was sent, and is another token; one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const text of texts) {
          const found = yield* look({ type: text, value: text }, { event: text, status: text, metadata: { text } })
          assert.deepStrictEqual(
            found.events.map(({ event, status }) => [event, status]),
            [[text, text]]
          )
        }
        assert.strictEqual((yield* listEvents("?limit=100")).length, texts.length)
        for (const text of unstorable) {
          for (const json of [
            { token: card(text) },
            { token: { type: text, value: "1" } },
            { token: card("1"), event: { event: text } },
            { token: card("1"), event: { event: "a", status: text } }
          ]) {
            assertError(yield* admin("POST", events, json), 400, "BAD REQUEST")
          }
        }
        assert.strictEqual((yield* listEvents("?limit=100")).length, texts.length)
      })),
    it("of 16 events at the same time each is kept", () =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 16 }), (_, i) => look(card("1"), { event: `${i}` }), {
          concurrency: "unbounded"
        })
        const { events: all } = yield* look(card("1"))
        assert.strictEqual(new Set(all.map(({ event }) => event)).size, 16)
        assert.strictEqual((yield* listEvents()).length, 1)
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        const reader = as(yield* bearerOf("noMfa"))
        assertError(yield* reader("POST", events, { token: card("1") }), 403, "FORBIDDEN")
        assert.strictEqual((yield* reader("GET", events)).status, 200)
      })),
    it("typed: the owner, the token and the status", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        yield* tokens.create("ada", card("1"))
        const found = yield* tokens.events.lookup({ token: card("1"), event: { event: "seen", status: "SEEN" } })
        assert.strictEqual(found.customer?.email, people.ada.email)
        assert.strictEqual(found.token?.value, "1")
        assert.strictEqual(found.status, "SEEN")
        assert.isTrue(DateTime.isDateTime(found.events?.[0]?.created_at))
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "events.delete": [
    it("204 and no body; what is left says why, and is the status, until something else happens", () =>
      Effect.gen(function* () {
        const before = yield* look(card("1"), { event: "declined", status: "OPT_OUT" })
        const wire = yield* forget(card("1"), { event: "asked for it", metadata: { ticket: 7 } })
        assert.deepStrictEqual([wire.status, wire.text], [204, ""])
        const after = yield* look(card("1"))
        assert.deepStrictEqual(
          after.events.map(({ event, status }) => [event, status]),
          [["asked for it", "DELETED"]]
        )
        assert.deepStrictEqual([after.status, after.id], ["DELETED", before.id])
        assert.deepStrictEqual(
          (yield* listEvents()).map(({ id, status }) => [id, status]),
          [[before.id, "DELETED"]]
        )
        const later = yield* look(card("1"), { event: "signed up", status: "OPT_IN" })
        assert.deepStrictEqual([later.status, later.events.length], ["OPT_IN", 2])
      })),
    it("without an event too; a second time, and for a token that is not known, 204 as well", () =>
      Effect.gen(function* () {
        yield* look(card("1"), { event: "declined" })
        for (const value of ["1", "1", "unknown"]) assert.strictEqual((yield* forget(card(value))).status, 204)
        assert.deepStrictEqual(
          (yield* listEvents()).map(({ events, status }) => [status, events.length]),
          [["DELETED", 1]]
        )
      })),
    it("without a body, or for an empty type or value: 400, which names what is wrong; nothing is deleted", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* look(card("1"), { event: "declined", status: "OPT_OUT" })
        const wrong: ReadonlyArray<readonly [unknown, string]> = [
          [undefined, "token"],
          [{}, "token"],
          [{ token: { type: "card" } }, "token.value"],
          [{ token: { type: "", value: "1" } }, "token.type"],
          [{ token: card("1"), event: { metadata: [] } }, "event.metadata"]
        ]
        for (const [json, path] of wrong) {
          const wire = yield* admin("DELETE", events, json)
          assertError(wire, 400, "BAD REQUEST")
          assert.include([...errorPaths(wire)], path)
        }
        for (const text of unstorable) assertError(yield* forget(card(text)), 400, "BAD REQUEST")
        assert.strictEqual((yield* look(card("1"))).status, "OPT_OUT")
      })),
    it("the customer keeps the token", () =>
      Effect.gen(function* () {
        yield* attach("ada", card("1"))
        yield* look(card("1"), { event: "declined" })
        yield* forget(card("1"))
        assert.strictEqual((yield* look(card("1"))).customer?.customer_id, "ada")
        assert.deepStrictEqual(yield* valuesOf("ada"), ["1"])
      })),
    it("typed: a DELETE with its body", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Customers
        yield* tokens.events.lookup({ token: card("1"), event: { event: "declined" } })
        yield* tokens.events.delete({ token: card("1"), event: { event: "asked for it" } })
        const { status } = yield* tokens.events.lookup({ token: card("1") })
        assert.strictEqual(status, "DELETED")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
