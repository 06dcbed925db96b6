import { FetchHttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Stream } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded, type JournalEntry, PasswordHashing } from "effect-dintero/embedded"
import { operations } from "../../../src/contract/Contract.js"
import * as NearMisses from "../../../src/layers/embedded/controls/journal/NearMisses.js"
import { account, ada, apiOf, login, start, tokenOf } from "../Api.js"
import { onEach } from "../Databases.js"

const { Embedded } = DinteroEmbedded
const layer = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })

describe("the journal", () => {
  it.effect("keeps requests with their callers, and no secret", () =>
    Effect.gen(function* () {
      const { journal } = yield* Embedded
      const { settings } = yield* Customers
      const changes = yield* Effect.fork(Stream.runCollect(Stream.take(journal.changes(), 2)))
      yield* Effect.yieldNow()
      yield* settings.get()
      const entries = yield* journal.list()
      assert.deepStrictEqual([...(yield* Fiber.join(changes))], [...entries])
      const [token, read] = entries
      assert.deepInclude(token, {
        id: 1,
        method: "POST",
        path: "/v1/accounts/T12345678/auth/token",
        operation: "auth.token",
        account_id: "T12345678",
        status: 200,
        request: {
          grant_type: "client_credentials",
          audience: "https://api.dintero.com/v1/accounts/T12345678"
        },
        response: { access_token: "<redacted>", token_type: "Bearer", expires_in: 14400 }
      })
      assert.strictEqual(read?.caller?.client_id, token?.caller?.client_id)
      assert.include(read?.caller?.scopes ?? [], "admin:customers")
      assert.lengthOf(yield* journal.list({ operation: "auth.token" }), 1)
      assert.lengthOf(yield* journal.list({ status: 404 }), 0)
      yield* journal.clear
      assert.lengthOf(yield* journal.list(), 0)
    }).pipe(Effect.provide(layer))
  )

  const asked: ReadonlyArray<readonly [method: "GET" | "PUT" | "POST" | "DELETE", path: string, operation: string, why: string]> =
    [
      ["GET", "/accounts/T12345678/customers/settings", "customers.settings.get", "/v1 is missing"],
      ["GET", "/v1/accounts/T12345678/customers/setings", "customers.settings.get", "/settings instead of /setings"],
      ["DELETE", "/v1/accounts/T12345678/customers/settings", "customers.settings.get", "GET instead of DELETE"],
      ["GET", "/v1/accounts/T12345678/auth/token", "auth.token", "POST instead of GET"],
      ["POST", "/v1/acounts/T12345678/auth/token", "auth.token", "/accounts instead of /acounts"]
    ]

  it.effect("names the operations that are similar to an unknown path", () =>
    Effect.gen(function* () {
      const embedded = yield* Embedded
      const { httpClient, journal } = embedded
      const authorization = yield* tokenOf(apiOf(embedded))
      yield* journal.clear
      for (const [method, path, operation] of asked) {
        const response = yield* httpClient.execute(
          HttpClientRequest.make(method)(`http://x${path}`, { headers: { authorization } })
        )
        assert.strictEqual(response.status, 404)
        assert.strictEqual((yield* response.text).length, 158)
        assert.include(
          response.headers["x-effect-dintero-hint"],
          operation === "auth.token" ? "/auth/token" : "/customers/settings"
        )
      }
      const entries = yield* journal.list()
      asked.forEach(([, path, operation, why], index) => {
        assert.deepInclude(entries[index]?.near_misses[0], { operation, why }, path)
        assert.include(entries[index]?.hint, why)
      })
      yield* httpClient.get("http://x/something/else/altogether")
      assert.deepStrictEqual((yield* journal.list()).at(-1)?.near_misses, [])
    }).pipe(Effect.provide(layer))
  )

  it("compares a long path in a limited time", () => {
    let looks = 0
    const candidates = Object.entries(operations).map(([name, { method, path }]) => ({
      name,
      method,
      get segments() {
        looks++
        return `/v1${path}`.split("/")
      }
    }))
    const path = Array.from({ length: 16 }, (_, i) => `/${"a".repeat(62)}${i}`).join("")
    assert.deepStrictEqual(NearMisses.of("GET", path, candidates), [])
    // Paths of the same length as an operation, and of other lengths.
    assert.strictEqual(looks, candidates.length)
  })

  const unknownPath = Effect.flatMap(Embedded, ({ httpClient }) =>
    httpClient.get("http://x/v1/accounts/T12345678/custmers/settings")
  )

  it.effect("verify names unknown requests until the journal is cleared", () =>
    Effect.gen(function* () {
      const { journal } = yield* Embedded
      yield* journal.verify
      yield* unknownPath
      const error = yield* Effect.flip(journal.verify)
      assert.strictEqual(
        error.message,
        "1 request was for no operation of the API: GET /v1/accounts/T12345678/custmers/settings (nearest: customers.settings.get, with /customers instead of /custmers)."
      )
      yield* journal.clear
      yield* journal.verify
    }).pipe(Effect.provide(layer))
  )

  it.effect("strict: a test that requests an unknown path fails, however it handles the response", () =>
    Effect.gen(function* () {
      const strict = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests, strict: true })
      const exit = yield* Effect.exit(Effect.provide(Effect.ignore(unknownPath), strict))
      assert.include(String(exit), "UnhandledRequests")
      assert.include(String(exit), "/customers instead of /custmers")
      // A test that only requests operations does not fail.
      yield* Effect.provide(
        Effect.flatMap(Customers, ({ settings }) => settings.get()),
        strict
      )
    })
  )

  it.effect("keeps the last thousand requests", () =>
    Effect.gen(function* () {
      const { journal, httpClient } = yield* Embedded
      yield* Effect.repeatN(httpClient.get("http://x/v1/nothing"), 2_499)
      const entries = yield* journal.list()
      assert.lengthOf(entries, 1_000)
      assert.strictEqual(entries.at(-1)?.id, 2_500)
    }).pipe(Effect.provide(Layer.fresh(layer)))
  )
})

onEach("the journal finds requests", (database) => {
  const users = "/customers/users"

  const operationsOf = (entries: ReadonlyArray<JournalEntry.JournalEntry>) => entries.map(({ operation }) => operation ?? "none")

  it.scoped("by operation and by the customers that they are about, of the path, of the token and of the answer", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database })
      const { journal } = embedded
      const authorization = yield* tokenOf(api)
      const of = (customer_id: string) => Effect.map(journal.list({ customer_id }), operationsOf)

      yield* api("POST", users, { authorization, body: { type: "customer", customer_id: "made" } })
      yield* api("POST", users, { authorization, body: { type: "nothing" } })
      yield* api("GET", users, { authorization })
      assert.deepStrictEqual(yield* of("made"), ["customers.users.create"])

      // Of the path, whatever the answer is, and whoever asks.
      yield* api("GET", `${users}/made`, { authorization })
      yield* api("GET", `${users}/a%2Fb`, { authorization })
      yield* api("GET", `${users}/made/tags`)
      assert.deepStrictEqual(yield* of("made"), ["customers.users.create", "customers.users.get", "customers.tags.ofCustomer"])
      assert.deepStrictEqual(yield* of("a/b"), ["customers.users.get"])

      // Of the answer of a login, and then of the customer's token.
      yield* api("POST", "/customers/login", { authorization, body: { type: "customer", email: "nobody@example.com" } })
      const { body } = yield* login(api, authorization, { email: ada.email, password: DinteroEmbedded.demoPassword })
      yield* api("GET", "/customers/settings", { authorization: `Bearer ${body.access_token}` })
      yield* api("GET", `${users}/made`, { authorization: `Bearer ${body.access_token}` })
      assert.deepStrictEqual(yield* of("ada"), ["customers.password.login", "customers.settings.get", "customers.users.get"])

      // A change of the id is about both.
      yield* api("POST", `${users}/made/change_customer_id`, { authorization, body: { customer_id: "changed" } })
      assert.deepStrictEqual(yield* of("changed"), ["customers.users.changeCustomerId"])
      assert.deepStrictEqual((yield* of("made")).slice(-2), ["customers.users.get", "customers.users.changeCustomerId"])

      // Two at once have to fit both.
      yield* api("GET", "/customers/nothing", { authorization })
      const both = yield* journal.list({ operation: "customers.users.get", customer_id: "ada" })
      assert.deepStrictEqual(
        both.map(({ customer_ids, path }) => [path.split("/").at(-1), customer_ids]),
        [["made", ["made", "ada"]]]
      )
      assert.lengthOf(yield* journal.list({ operation: "customers.users.get" }), 3)
      assert.lengthOf(yield* journal.list({ operation: "customers.users.get", customer_id: "changed" }), 0)
      assert.deepStrictEqual(operationsOf(yield* journal.list({ operation: "none" })), ["none"])
      assert.deepStrictEqual(operationsOf(yield* journal.list({ customer_id: "made", account_id: account, status: 401 })), [
        "customers.tags.ofCustomer"
      ])
      for (const match of [{ customer_id: "" }, { customer_id: "\u0000" }, { operation: "\ud800" }, { customer_id: "mad" }]) {
        assert.deepStrictEqual(yield* journal.list(match), [], JSON.stringify(match))
      }
    })
  )

  it.scoped("whose path has a text that is no customer's id", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database })
      const authorization = yield* tokenOf(api)
      for (const id of ["%00", "x".repeat(5_000), "%20", "%ff"]) yield* api("GET", `${users}/${id}`, { authorization })
      const entries = yield* embedded.journal.list({ operation: "customers.users.get" })
      assert.deepStrictEqual(
        entries.map(({ customer_ids }) => customer_ids),
        [[], [], [" "], ["%ff"]]
      )
    })
  )

  it.scoped("among the last thousand", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database })
      yield* api("GET", `${users}/ada`)
      yield* Effect.repeatN(api("GET", "/customers/nothing"), 998)
      assert.lengthOf(yield* embedded.journal.list({ customer_id: "ada" }), 1)
      yield* api("GET", "/customers/nothing")
      assert.lengthOf(yield* embedded.journal.list({ customer_id: "ada" }), 0)
      assert.lengthOf(yield* embedded.journal.list({ operation: "none" }), 1_000)
    })
  )

  it.scopedLive("as they come, on a port as in process", () =>
    Effect.gen(function* () {
      const served = yield* DinteroEmbedded.serve({ db: yield* database, passwordHashing: PasswordHashing.fastForTests })
      const remote = yield* DinteroEmbedded.connect(served)
      const api = apiOf(served)
      const authorization = yield* tokenOf(api)
      const match = { operation: "customers.users.get", customer_id: "ada" }
      const own = yield* Effect.fork(Stream.runHead(served.journal.changes(match)))
      const other = yield* Effect.fork(Stream.runHead(remote.journal.changes(match)))
      // Again and again, since a stream has only what comes after its beginning.
      const asking = Effect.forEach(["/bob", "/ada/tags", "/ada"], (path) => api("GET", `${users}${path}`, { authorization }))
      const asked = yield* Effect.fork(Effect.forever(Effect.delay(asking, "5 millis")))
      for (const heard of [own, other]) {
        const entry = yield* Fiber.join(heard)
        assert.deepInclude(Option.getOrUndefined(entry), { operation: "customers.users.get", customer_ids: ["ada"] })
      }
      yield* Fiber.interrupt(asked)
      assert.deepStrictEqual(yield* remote.journal.list(match), yield* served.journal.list(match))
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
