import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Stream, TestClock } from "effect"
import { DinteroEmbedded, PasswordHashing } from "../../../src/embedded.js"
import * as Faults from "../../../src/layers/embedded/controls/faults/Faults.js"
import * as Journal from "../../../src/layers/embedded/controls/journal/Journal.js"
import { AccessTokenIssuer } from "../../../src/layers/embedded/rooms/sessions/AccessTokenIssuer.js"
import type { ApiRequest } from "../../../src/layers/embedded/serving/ApiRequest.js"
import * as ApiResponse from "../../../src/layers/embedded/serving/ApiResponse.js"
import * as KnownAnswers from "../../../src/layers/embedded/serving/KnownAnswers.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { DataVersion } from "../../../src/layers/embedded/system/DataVersion.js"
import * as Spans from "../../utils/Spans.js"
import { type Api, account, ada, apiOf, login, reader, start, tokenOf } from "../Api.js"
import { temporaryDirectory } from "../Directory.js"

/** The names of the spans of the statements that an effect runs. */
const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const { spans, tracer } = Spans.make()
  return Effect.map(
    Effect.withTracer(effect, tracer),
    (value) => [value, spans.filter(({ name }) => name.startsWith("sql.")).length] as const
  )
}

const read = (api: Api, authorization: string, path = "/customers/settings") => api("GET", path, { authorization })

describe("an answer that was given before", () => {
  it.scoped("is given again without a statement, with the same bytes and headers", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ reproducible: "known answers" })
      const authorization = yield* tokenOf(api)
      for (const path of [
        "/customers/settings",
        "/customers/users/ada",
        "/customers/users?limit=10&total=true",
        "/customers/tags",
        "/customers/terms",
        "/locations"
      ]) {
        const [first, work] = yield* statementsOf(read(api, authorization, path))
        const [second, workAgain] = yield* statementsOf(read(api, authorization, path))
        assert.strictEqual(first.status, 200)
        assert.deepStrictEqual(second, first)
        assert.isAbove(work, 0, path)
        assert.strictEqual(workAgain, 0, path)
        const etag = first.headers.etag ?? ""
        const fresh = yield* api("GET", path, { authorization, headers: { "if-none-match": etag } })
        assert.deepStrictEqual([fresh.status, fresh.text, fresh.headers["content-length"]], [304, "", undefined])
      }
    })
  )

  it.scoped("is in the journal like every other, also for those who follow it", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ reproducible: "known answers" })
      const authorization = yield* tokenOf(api)
      const changes = yield* Effect.fork(Stream.runCollect(Stream.take(embedded.journal.changes(), 3)))
      // Until the listener waits.
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      for (let i = 0; i < 3; i++) yield* read(api, authorization)
      const entries = yield* embedded.journal.list({ operation: "customers.settings.get" })
      const [first, second, third] = entries
      assert.isDefined(first)
      assert.deepStrictEqual(second, { ...first, id: 3 })
      assert.deepStrictEqual(third, { ...first, id: 4 })
      assert.deepStrictEqual([...(yield* Fiber.join(changes))], [...entries])
    })
  )

  it.scoped("is another one after a change of the data, a restore and a reset", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start()
      const authorization = yield* tokenOf(api)
      const nameOf = Effect.map(read(api, authorization, "/customers/users/ada"), ({ text }) => JSON.parse(text).first_name)
      const rename = (first_name: string) => api("PUT", "/customers/users/ada", { authorization, body: { first_name } })
      assert.isUndefined(yield* nameOf)
      yield* rename("Ada")
      assert.strictEqual(yield* nameOf, "Ada")
      const snapshot = yield* embedded.accounts.snapshot(account)
      yield* rename("Augusta")
      assert.strictEqual(yield* nameOf, "Augusta")
      yield* embedded.accounts.restore(snapshot)
      assert.strictEqual(yield* nameOf, "Ada")
      yield* embedded.accounts.reset(account)
      assert.isUndefined(yield* nameOf)
      yield* api("DELETE", "/customers/users/ada", { authorization })
      assert.strictEqual((yield* read(api, authorization, "/customers/users/ada")).status, 404)
    })
  )

  it.scoped("is another one after a change by another process on the same file", () =>
    Effect.gen(function* () {
      const db = `${yield* temporaryDirectory}/shared.db`
      const [one, two] = [yield* start({ db }), yield* start({ db })]
      const authorization = yield* tokenOf(one.api)
      for (const first_name of ["Ada", "Augusta", "Lovelace"]) {
        yield* two.api("PUT", "/customers/users/ada", { authorization, body: { first_name } })
        for (const { api } of [one, one, two]) {
          assert.include((yield* read(api, authorization, "/customers/users/ada")).text, `"first_name":"${first_name}"`)
        }
      }
    })
  )

  it.scoped("belongs to its token alone", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      yield* api("PUT", "/customers/settings", {
        authorization,
        body: { attributes: [{ name: "score", type: "integer", private: true }] }
      })
      yield* api("PUT", "/customers/users/ada", { authorization, body: { attributes: { score: 7 } } })
      const own = `Bearer ${(yield* login(api, authorization, { email: ada.email, password: DinteroEmbedded.demoPassword })).body.access_token}`
      const path = "/customers/users/ada"
      for (let i = 0; i < 2; i++) {
        assert.include((yield* read(api, authorization, path)).text, "score")
        const answer = yield* read(api, own, path)
        assert.strictEqual(answer.status, 200)
        assert.notInclude(answer.text, "score")
        assert.strictEqual((yield* read(api, own, "/customers/users")).status, 403)
        assert.strictEqual((yield* read(api, `${authorization.slice(0, -2)}AA`, path)).status, 401)
        assert.strictEqual((yield* api("GET", path)).status, 401)
      }
      assert.strictEqual((yield* api("PUT", path, { authorization: yield* tokenOf(api, reader), body: {} })).status, 403)
    })
  )

  it.scoped("is refused as soon as its token has expired by the system's clock", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start()
      const authorization = yield* tokenOf(api)
      const status = Effect.map(read(api, authorization), (answer) => answer.status)
      assert.deepStrictEqual([yield* status, yield* status], [200, 200])
      yield* embedded.clock.advance(Duration.seconds(14_400))
      assert.strictEqual(yield* status, 401)
      yield* embedded.clock.reset
      assert.deepStrictEqual([yield* status, yield* status], [200, 200])
      // From before the token was issued.
      const later = yield* Effect.zipRight(embedded.clock.advance("1 hour"), tokenOf(api))
      assert.strictEqual((yield* read(api, later)).status, 200)
      yield* embedded.clock.reset
      assert.strictEqual((yield* read(api, later)).status, 401)
    })
  )

  it.scoped("is refused when the key of its token is gone", () =>
    Effect.gen(function* () {
      const db = `${yield* temporaryDirectory}/keys.db`
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api)
      const status = Effect.map(read(api, authorization), (answer) => answer.status)
      assert.deepStrictEqual([yield* status, yield* status], [200, 200])
      const { sql } = yield* Sqlite.versioned(db)
      yield* sql`DELETE FROM signing_keys`
      // A process may use the keys that it has read for 5 seconds.
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* status, 401)
    })
  )

  it.scoped("is not given when a fault rule is for the request", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start()
      const authorization = yield* tokenOf(api)
      const status = Effect.map(read(api, authorization), (answer) => answer.status)
      assert.deepStrictEqual([yield* status, yield* status], [200, 200])
      yield* embedded.faults.add({
        match: { operation: "customers.settings.get", times: 1 },
        fault: { kind: "status", status: 503 }
      })
      assert.deepStrictEqual([yield* status, yield* status], [503, 200])
      yield* embedded.faults.clear
      yield* embedded.faults.add({ match: {}, fault: { kind: "expired_token" } })
      assert.strictEqual(yield* status, 401)
    })
  )

  it.scoped("is the same over a port, and a HEAD has its headers", () =>
    Effect.gen(function* () {
      const served = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const authorization = yield* tokenOf(apiOf(served))
      const client = yield* HttpClient.HttpClient
      const ask = (method: "GET" | "HEAD") =>
        Effect.flatMap(
          client.execute(
            HttpClientRequest.make(method)(`${served.url}/v1/accounts/${account}/customers/settings`, {
              headers: { authorization }
            })
          ),
          ({ headers: { connection: _1, "keep-alive": _2, ...headers }, status, text }) =>
            Effect.map(text, (text) => ({ status, headers, text }))
        )
      yield* served.clock.freeze
      const [first, second, head] = [yield* ask("GET"), yield* ask("GET"), yield* ask("HEAD")]
      assert.strictEqual(first.status, 200)
      assert.deepStrictEqual(second, first)
      assert.deepStrictEqual(head, { ...first, text: "" })
      assert.strictEqual(first.headers["content-length"], String(Buffer.byteLength(first.text)))
      assert.strictEqual(first.headers["access-control-allow-origin"], "*")
      assert.lengthOf(yield* served.journal.list({ operation: "customers.settings.get", status: 200 }), 3)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

describe("the size of the answers that are kept", () => {
  const known = KnownAnswers.make.pipe(
    Effect.provideServiceEffect(Faults.Faults, Faults.make),
    Effect.provideServiceEffect(Journal.Journal, Journal.make()),
    Effect.provideService(AccessTokenIssuer, {
      issue: () => Effect.dieMessage("not asked for"),
      issueExchange: () => Effect.dieMessage("not asked for"),
      verify: () => Effect.dieMessage("not asked for"),
      isPassedOn: () => Effect.dieMessage("not asked for"),
      isValid: () => true
    }),
    Effect.provideService(DataVersion, { current: () => "1", rows: () => undefined })
  )
  const request = (url: string): ApiRequest => ({
    method: "GET",
    url,
    headers: { authorization: "Bearer t" },
    isServed: false,
    source: new Uint8Array()
  })
  const note = { ...Journal.emptyNote(), operation: "customers.users.get", status: 200 }
  const response = (length: number) => ApiResponse.json(200, "x".repeat(length))

  it.effect("counts an answer once that is kept twice", () =>
    Effect.gen(function* () {
      const { keep, size } = yield* known
      keep(request("/a"), "/a", response(1_000), note, "1")
      const once = size()
      keep(request("/a"), "/a", response(1_000), note, "1")
      assert.strictEqual(size(), once)
      keep(request("/b"), "/b", response(1_000), note, "1")
      assert.isAbove(size(), once)
    })
  )

  it.effect("counts what the journal shows of an answer too, and all are forgotten when it is too much", () =>
    Effect.gen(function* () {
      const { again, keep, size } = yield* known
      const largest = 16 * 1024 * 1024
      for (let i = 0; i < 40; i++) {
        keep(request(`/${i}`), `/${i}`, response(1024 * 1024 - 2), note, "1")
        assert.isAtMost(size(), largest)
        // The text, and its decoded value, which is larger.
        assert.isAtLeast(size(), 2 * 1024 * 1024)
        assert.isDefined(again(request(`/${i}`), 0))
      }
      assert.isUndefined(again(request("/0"), 0))
      keep(request("/large"), "/large", response(largest), note, "1")
      assert.isUndefined(again(request("/large"), 0))
    })
  )
})

describe("the version of the data", () => {
  it.scoped("is another one after each change, and unknown inside a transaction", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryDirectory}/versions.db`
      for (const name of [Sqlite.memory, file]) {
        const { sql, version } = yield* Sqlite.versioned(name)
        const seen: Array<string | undefined> = []
        const look = Effect.sync(() => void seen.push(version.current()))
        yield* sql`CREATE TABLE t (n INTEGER NOT NULL)`
        yield* look
        yield* sql`INSERT INTO t ${sql.insert({ n: 1 })}`
        yield* look
        yield* sql`UPDATE t SET n = 2 RETURNING n`
        yield* look
        yield* sql.withTransaction(Effect.zipRight(sql`DELETE FROM t`, look))
        yield* look
        yield* Effect.exit(sql.withTransaction(Effect.zipRight(sql`INSERT INTO t ${sql.insert({ n: 1 })}`, Effect.fail("no"))))
        yield* look
        if (name === file) {
          const other = yield* Sqlite.make(file)
          yield* other`INSERT INTO t ${other.insert({ n: 3 })}`
          yield* look
        }
        const known = seen.filter((one) => one !== undefined)
        assert.strictEqual(seen.length - known.length, 1, name)
        assert.isUndefined(seen[3])
        assert.strictEqual(new Set(known).size, known.length, name)
        const before = version.current()
        yield* sql`SELECT n FROM t`
        assert.strictEqual(version.current(), before)
      }
    })
  )

  it.scoped("is not that of a transaction which another fiber has open", () =>
    Effect.gen(function* () {
      const { sql, version } = yield* Sqlite.versioned(Sqlite.memory)
      yield* sql`CREATE TABLE t (n INTEGER NOT NULL)`
      const entered = yield* Deferred.make<void>()
      const open = yield* Effect.fork(sql.withTransaction(Effect.zipRight(Deferred.succeed(entered, undefined), Effect.never)))
      yield* Deferred.await(entered)
      assert.isUndefined(version.current())
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(open)))
      assert.isDefined(version.current())
    })
  )
})
