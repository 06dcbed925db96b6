import { FetchHttpClient } from "@effect/platform"
import { assert, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { type AccountOverview, type Controls, DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { account, apiOf, seedOf, start, tokenOf } from "../Api.js"
import { onEach } from "../Databases.js"

const users = "/customers/users"

type Accounts<E> = Controls.AccountControl<E>

const idsOf = (customers: ReadonlyArray<AccountOverview.CustomerOverview>) => customers.map(({ customer_id }) => customer_id)

/** The ids of all pages, one after the other. */
const pages = <E>(accounts: Accounts<E>, match: AccountOverview.CustomerMatch = {}) =>
  Effect.gen(function* () {
    const found: Array<ReadonlyArray<string>> = []
    for (let after: string | undefined; ; after = found.at(-1)?.at(-1)) {
      const page = idsOf(yield* accounts.customers(account, after === undefined ? match : { ...match, after }))
      if (page.length === 0) return found
      found.push(page)
    }
  })

const many = <A>(count: number, of: (i: number) => A): ReadonlyArray<A> => Array.from({ length: count }, (_, i) => of(i))

onEach("the customers that the controls show", (database) => {
  const startWith = (customers: Seed.Seed["accounts"][number]["customers"], settings = {}) =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database, seed: seedOf({ customers, settings }) })
      const authorization = yield* tokenOf(api)
      return {
        accounts: embedded.accounts,
        call: (method: Parameters<typeof api>[0], path: string, body?: unknown) =>
          Effect.map(api(method, path, { authorization, ...(body === undefined ? {} : { body }) }), (answer) => {
            assert.isBelow(answer.status, 300, `${method} ${path}: ${answer.text}`)
            return answer.text === "" ? undefined : JSON.parse(answer.text)
          })
      }
    })

  it.scoped("come by the hundred, the newest first, each once", () =>
    Effect.gen(function* () {
      const { accounts } = yield* startWith(many(250, (i) => ({ customer_id: `c${i}` })))
      const found = yield* pages(accounts)
      assert.deepStrictEqual(
        found.map(({ length }) => length),
        [100, 100, 50]
      )
      assert.deepStrictEqual(
        found.flat(),
        many(250, (i) => `c${249 - i}`)
      )
    })
  )

  it.scoped("are found by the beginning of a name, id, email or phone number, whatever the case", () =>
    Effect.gen(function* () {
      const { accounts } = yield* startWith([
        { customer_id: "C/1", first_name: "Åse", last_name: "Ødegård", email: "Post@Example.com", phone_number: "+4740000001" },
        { customer_id: "100%", first_name: "שלום", email: "ase_o@example.org" },
        { customer_id: "company", type: "company", company: { bussiness_name: "Åse AS" }, email: "asexo@example.org" }
      ])
      const search = (text: string) => Effect.map(accounts.customers(account, { search: text }), idsOf)
      for (const text of ["åse", "ÅSE ø", "ødeg", "c/", "POST@", "+474", " C/1 "]) {
        assert.deepStrictEqual(yield* search(text), ["C/1"], text)
      }
      assert.deepStrictEqual(yield* search("שלו"), ["100%"])
      // Neither is a pattern, and a text that no database has finds nothing.
      assert.deepStrictEqual(yield* search("100%"), ["100%"])
      assert.deepStrictEqual(yield* search("ase_"), ["100%"])
      for (const text of ["gård", "%", "example", "\u0000", "\ud800", "'"]) assert.deepStrictEqual(yield* search(text), [], text)
      assert.lengthOf(yield* search("  "), 3)
      const [company] = yield* accounts.customers(account, { search: "comp" })
      assert.deepInclude(company, { name: "Åse AS", type: "company", phone_number: null, has_password: false, deleted_at: null })
    })
  )

  it.scoped("are found once each and in order, however many of their words fit", () =>
    Effect.gen(function* () {
      const number = (i: number) => String(i).padStart(3, "0")
      const { accounts } = yield* startWith(
        many(250, (i) => ({
          customer_id: `anna-${number(249 - i)}`,
          first_name: "Anna",
          last_name: `Annason ${number(i)}`,
          email: `ANNA${i}@example.com`,
          type: i % 2 === 0 ? ("customer" as const) : ("company" as const),
          ...(i % 2 === 0 ? {} : { company: { bussiness_name: "AS" } })
        }))
      )
      const all = yield* pages(accounts, { search: "ann" })
      assert.deepStrictEqual(
        all.map(({ length }) => length),
        [100, 100, 50]
      )
      assert.strictEqual(new Set(all.flat()).size, 250)
      // Here the first word of each that fits is its id.
      const companies = yield* pages(accounts, { search: "anna-", type: "company" })
      assert.deepStrictEqual(
        companies.flat(),
        many(125, (i) => `anna-${number(2 * i)}`)
      )
    })
  )

  it.scoped("are narrowed down by type and tag together, and show deleted ones on request", () =>
    Effect.gen(function* () {
      const { accounts, call } = yield* startWith([
        { customer_id: "a", first_name: "Ada" },
        { customer_id: "b", first_name: "Ada", type: "company", company: { bussiness_name: "B" } },
        { customer_id: "c", first_name: "Ada", type: "contact", contact_for: [{ customer_id: "b" }] },
        { customer_id: "d", email: "d@example.com" }
      ])
      const tag = yield* call("POST", "/customers/tags", { tag: "VIP" })
      for (const id of ["b", "c", "d"]) yield* call("PUT", `${users}/${id}/tags`, [tag.id])
      yield* call("DELETE", `${users}/d`)
      const list = (match?: AccountOverview.CustomerMatch) => Effect.map(accounts.customers(account, match), idsOf)
      assert.deepStrictEqual(yield* list(), ["c", "b", "a"])
      assert.deepStrictEqual(yield* list({ include_deleted: true }), ["d", "c", "b", "a"])
      assert.deepStrictEqual(yield* list({ type: "contact" }), ["c"])
      assert.deepStrictEqual(yield* list({ tag_id: tag.id }), ["c", "b"])
      assert.deepStrictEqual(yield* list({ tag_id: tag.id, after: "c" }), ["b"])
      assert.deepStrictEqual(yield* list({ tag_id: tag.id, type: "company" }), ["b"])
      assert.sameMembers([...(yield* list({ search: "ada", tag_id: tag.id }))], ["b", "c"])
      assert.deepStrictEqual(yield* list({ search: "ada", tag_id: tag.id, type: "contact" }), ["c"])
      for (const match of [{ tag_id: "x" }, { tag_id: "\u0000" }, { type: "x" }, { search: "d" }]) {
        assert.deepStrictEqual(yield* list(match), [], JSON.stringify(match))
      }
      const deleted = (yield* accounts.customers(account, { include_deleted: true }))[0]
      assert.deepInclude(deleted, { customer_id: "d", email: null })
      assert.isNotNull(deleted?.deleted_at)
      assert.strictEqual((yield* accounts.list)[0]?.customers, 3)
      assert.deepStrictEqual(
        (yield* accounts.tags(account)).map(({ id, tag }) => [id, tag]),
        [[tag.id, "VIP"]]
      )
    })
  )

  it.scoped(
    "are found in the same order and once each when so many have a type and a tag that their words are not looked up",
    () =>
      Effect.gen(function* () {
        const { accounts, call } = yield* startWith([
          ...many(2_050, (i) => ({
            customer_id: `a${i % 2}-${String(i).padStart(5, "0")}`,
            first_name: "A1",
            type: "employee" as const
          })),
          { customer_id: "a1-customer" }
        ])
        const search = (match: AccountOverview.CustomerMatch) => accounts.customers(account, { search: "a1", ...match })
        const first = idsOf(yield* search({ type: "employee" }))
        // Everybody has the word "a1", which is before the words that some have beside it.
        assert.deepStrictEqual(
          first,
          many(100, (i) => `a${i % 2}-${String(i).padStart(5, "0")}`)
        )
        const second = idsOf(yield* search({ type: "employee", after: first[99] ?? "" }))
        assert.deepStrictEqual([second[0], second.length], ["a0-00100", 100])
        assert.deepStrictEqual(idsOf(yield* search({ type: "customer" })), ["a1-customer"])
        const tag = yield* call("POST", "/customers/tags", { tag: "few" })
        for (const id of ["a1-00001", "a0-00002", "a1-customer"]) yield* call("PUT", `${users}/${id}/tags`, [tag.id])
        const narrowed = { tag_id: tag.id, type: "employee" }
        assert.deepStrictEqual(idsOf(yield* search(narrowed)), ["a1-00001", "a0-00002"])
        assert.deepStrictEqual(idsOf(yield* search({ ...narrowed, after: "a1-00001" })), ["a0-00002"])
        assert.deepStrictEqual(idsOf(yield* search({ tag_id: tag.id, after: "a0-00002" })), ["a1-customer"])
      })
  )

  it.scoped("cannot continue after a customer that is not among them", () =>
    Effect.gen(function* () {
      const { accounts } = yield* startWith([{ customer_id: "a", first_name: "Ada" }])
      for (const match of [{ after: "x" }, { after: "\u0000" }, { after: "a", search: "b" }, { after: "x", search: "a" }]) {
        const error = yield* Effect.flip(accounts.customers(account, match))
        assert.deepInclude(error, { _tag: "UnknownCustomer", account_id: account, customer_id: match.after })
      }
      assert.strictEqual((yield* Effect.flip(accounts.customers("T99999999")))._tag, "UnknownAccount")
    })
  )

  it.scoped("are shown with their consents, tags and tokens, and without a secret", () =>
    Effect.gen(function* () {
      const { accounts, call } = yield* startWith([], { tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 60 }] } })
      yield* call("POST", users, {
        type: "customer",
        customer_id: "a",
        first_name: "Ada",
        email: "ada@example.com",
        marketing_consent: { sms: { consent: true }, email: { consent: false } },
        attributes: { size: 41 },
        metadata: { note: "<b>" },
        password: "the-secret-password",
        pin: "918273"
      })
      const vip = yield* call("POST", "/customers/tags", { tag: "VIP" })
      yield* call("POST", "/customers/tags", { tag: "other" })
      yield* call("PUT", `${users}/a/tags`, [vip.id])
      const card = (value: string) => ({ type: "card", value })
      for (const value of ["1", "2", "3"]) yield* call("POST", `${users}/a/tokens`, { token_id: value, ...card(value) })
      yield* call("DELETE", `${users}/a/tokens/3`)
      const happened = (value: string, event: object) => call("POST", "/customers/tokens/events", { token: card(value), event })
      yield* happened("2", { event: "signed up", status: "OPT_IN" })
      yield* happened("2", { event: "declined", status: "OPT_OUT" })
      yield* happened("3", { event: "lost", status: "BLOCKED" })
      const tokens = Effect.map(accounts.customer(account, "a"), (found) =>
        found.tokens.map(({ events, latest_event, status, token }) => [
          token.token_id,
          token.deleted_at !== undefined,
          status,
          events,
          latest_event?.event
        ])
      )
      assert.deepStrictEqual(yield* tokens, [
        ["3", true, "BLOCKED", 1, "lost"],
        ["2", false, "OPT_OUT", 2, "declined"],
        ["1", false, "UNKNOWN", 0, undefined]
      ])
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual((yield* tokens)[1]?.[2], "OPT_IN")
      yield* call("PUT", `${users}/a`, { status: "GOLD" })
      assert.deepStrictEqual(
        (yield* tokens).map(([, , status]) => status),
        ["BLOCKED", "GOLD", "GOLD"]
      )

      const { customer, tags, ...rest } = yield* accounts.customer(account, "a")
      assert.deepInclude(customer, { first_name: "Ada", attributes: { size: 41 }, metadata: { note: "<b>" } })
      assert.strictEqual(customer.marketing_consent?.sms?.consent, true)
      assert.isDefined(customer.marketing_consent?.email?.updated_at)
      assert.deepStrictEqual(
        tags.map(({ tag }) => tag),
        ["VIP"]
      )
      assert.deepInclude(rest, {
        has_password: true,
        has_pin: true,
        email_verified_at: null,
        phone_verified_at: null,
        token_count: 3
      })
      const text = JSON.stringify([customer, rest])
      for (const secret of ["the-secret-password", "918273", "$scrypt", "hash"]) assert.notInclude(text, secret)

      yield* call("DELETE", `${users}/a`)
      const deleted = yield* accounts.customer(account, "a")
      assert.isDefined(deleted.customer.deleted_at)
      assert.isUndefined(deleted.customer.first_name)
      assert.deepInclude(deleted, { has_password: false, has_pin: false, tags: [] })
      for (const id of ["b", "\u0000"]) {
        assert.strictEqual((yield* Effect.flip(accounts.customer(account, id)))._tag, "UnknownCustomer")
      }
    })
  )

  it.scoped("show the newest hundred of many tokens, and their number", () =>
    Effect.gen(function* () {
      const tokens = many(101, (i) => ({ token_id: `t${i}`, type: "card", value: String(i) }))
      const { accounts } = yield* startWith([{ customer_id: "a", tokens }])
      const details = yield* accounts.customer(account, "a")
      assert.deepStrictEqual(
        details.tokens.map(({ token }) => token.token_id ?? ""),
        many(100, (i) => `t${100 - i}`)
      )
      assert.strictEqual(details.token_count, 101)
    })
  )

  it.scopedLive("are the same on a port, with every id", () =>
    Effect.gen(function* () {
      const ids = ["..", ".", "a/b", "a%2Fb", "?x=1&y#z", "+4740000001", "ö ü", "x".repeat(255)]
      const served = yield* DinteroEmbedded.serve({
        db: yield* database,
        passwordHashing: PasswordHashing.fastForTests,
        seed: seedOf({ customers: ids.map((customer_id) => ({ customer_id })) })
      })
      const { accounts } = yield* DinteroEmbedded.connect(served)
      yield* apiOf(served)("DELETE", `${users}/${encodeURIComponent("a/b")}`, { authorization: yield* tokenOf(apiOf(served)) })
      const matches = [{}, { include_deleted: true }, { include_deleted: false }, { type: "company" }, { search: "+47" }]
      for (const match of [...matches, ...ids.map((after) => ({ after })), ...ids.map((search) => ({ search }))]) {
        assert.deepStrictEqual(yield* accounts.customers(account, match), yield* served.accounts.customers(account, match))
      }
      for (const id of ids) {
        const details = yield* accounts.customer(account, id)
        assert.deepStrictEqual(details, yield* served.accounts.customer(account, id))
        assert.strictEqual(details.customer.customer_id, id)
      }
      assert.deepInclude(yield* Effect.flip(accounts.customer(account, "x")), { _tag: "UnknownCustomer", customer_id: "x" })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
