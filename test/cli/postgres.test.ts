/**
 * `serve --db postgres://…`: several processes on one database, and what is printed of its URL.
 */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { DinteroEmbedded } from "../../src/embedded.js"
import { type Api, apiOf, audience, client, keysOf, login, tokenOf } from "../embedded/Api.js"
import * as PostgresServer from "../utils/PostgresServer.js"
import { cli, type Ended, firstLine, folder, root, run, start, startCommand } from "./Child.js"

// For a machine that is busy with something else.
const patience = 180_000

const server = PostgresServer.ofFile()
const { during, query, untilWaiting } = PostgresServer
const database = Effect.flatMap(server, (one) => one.database)

const credentials = { email: "c@example.com", password: "1234" }
const seed = {
  accounts: [
    {
      account_id: "T12345678",
      clients: DinteroEmbedded.demoSeed.accounts[0].clients,
      customers: [{ customer_id: "c", phone_number: "+4791111111", ...credentials }]
    }
  ]
}

/** A process that serves the database, as its callers and its controls see it. */
const serve = (db: Redacted.Redacted, ...flags: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* start(cli, ["serve", "--json", "--db", Redacted.value(db), "--seed", "-", ...flags], {
      input: JSON.stringify(seed)
    })
    const { admin_token, url }: { readonly admin_token: string; readonly url: string } = JSON.parse(yield* firstLine(child))
    const http = yield* HttpClient.HttpClient
    const controls = yield* DinteroEmbedded.connect({ url, adminToken: Redacted.make(admin_token) })
    const httpClient = HttpClient.make((request, to) =>
      // Seam: a request with another URL is one still.
      http.execute({ ...request, url: `${url}${to.pathname}${to.search}` } as typeof request)
    )
    return { api: apiOf({ httpClient }), child, controls, url }
  }).pipe(Effect.provide(FetchHttpClient.layer))

/** Two that start at the same time on a database without tables. */
const twoProcesses = (...flags: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const db = yield* database
    const [one, two] = yield* Effect.all([serve(db, ...flags), serve(db, ...flags)], { concurrency: "unbounded" })
    return { db, one, two }
  })

const refreshWith = (api: Api, authorization: string, refresh_token: string) =>
  api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })

describe.skipIf(PostgresServer.isSkipped)(`several serve processes on one PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive(
    "rotate a refresh token once, whichever of 64 refreshes is the first, and revoke its family for the others",
    () =>
      Effect.gen(function* () {
        const { db, one, two } = yield* twoProcesses("--rotate-refresh-tokens")
        const authorization = yield* tokenOf(one.api)
        const { refresh_token } = (yield* login(one.api, authorization, credentials)).body
        // No refresh can end before a refresh of each process has begun. One has read the token and waits to change it, and the other one
        // waits for the system's lock: without that it would have read the token too, unused.
        const refreshing = yield* during(
          db,
          "LOCK TABLE refresh_tokens IN SHARE MODE",
          Effect.zipLeft(
            Effect.forEach(
              Array.from({ length: 64 }, (_, n) => (n % 2 === 0 ? one.api : two.api)),
              (api) => Effect.fork(refreshWith(api, authorization, refresh_token))
            ),
            untilWaiting(db, 2)
          )
        )
        const answers = yield* Fiber.join(Fiber.all(refreshing))
        assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1)
        assert.strictEqual(answers.filter(({ status }) => status === 403).length, 63)
        // One token and its one successor. Both are revoked, since a used token was shown.
        assert.strictEqual(
          yield* query(db, "SELECT count(*), count(predecessor_digest), count(revoked_at) FROM refresh_tokens"),
          "2|1|2"
        )
        const successor = answers.find(({ status }) => status === 200)?.body.refresh_token ?? ""
        assert.strictEqual((yield* refreshWith(two.api, authorization, successor)).status, 403)
        // Without a race, a successor made by one process is good at the other.
        const again = (yield* login(two.api, authorization, credentials)).body.refresh_token
        const next = (yield* refreshWith(one.api, authorization, again)).body.refresh_token
        assert.strictEqual((yield* refreshWith(two.api, authorization, next)).status, 200)
      }),
    patience
  )

  it.scopedLive(
    "create customers: of 64 with one email one, and 64 under sequence with numbers in a row",
    () =>
      Effect.gen(function* () {
        const { db, one, two } = yield* twoProcesses()
        const authorization = yield* tokenOf(one.api)
        const users = { customer_id_format: "sequence" }
        assert.strictEqual((yield* one.api("PUT", "/customers/settings", { authorization, body: { users } })).status, 200)
        // Each process has read the counter's row, or waits for the lock, before one of them may change it.
        const createMany = (body: (n: number) => object) =>
          Effect.flatMap(
            during(
              db,
              "LOCK TABLE customer_counters IN SHARE MODE",
              Effect.zipLeft(
                Effect.forEach(
                  Array.from({ length: 64 }, (_, n) => n),
                  (n) =>
                    Effect.fork(
                      (n % 2 === 0 ? one.api : two.api)("POST", "/customers/users", {
                        authorization,
                        body: { type: "customer", ...body(n) }
                      })
                    )
                ),
                untilWaiting(db, 2)
              )
            ),
            (fibers) => Fiber.join(Fiber.all(fibers))
          )

        const same = yield* createMany(() => ({ email: "one@example.com" }))
        assert.strictEqual(same.filter(({ status }) => status === 200).length, 1)
        assert.deepStrictEqual(
          [...new Set(same.filter(({ status }) => status !== 200).map(({ body, status }) => `${status} ${body.error.message}`))],
          ["400 email is already in use"]
        )
        const others = yield* createMany((n) => ({ email: `${n}@example.com` }))
        // A refused customer takes no number.
        assert.deepStrictEqual(
          // Seam: the field of a customer.
          others
            .map(({ text }) => Number((JSON.parse(text) as { readonly customer_id: string }).customer_id))
            .sort((a, b) => a - b),
          Array.from({ length: 64 }, (_, n) => n + 2)
        )
      }),
    patience
  )

  it.scopedLive(
    "have one set of keys, one seed, one clock, one outbox, one journal and one count of guesses",
    () =>
      Effect.gen(function* () {
        const { db, one, two } = yield* twoProcesses("--limit-guessing")
        const [a, b] = yield* Effect.all([tokenOf(one.api), tokenOf(two.api)], { concurrency: "unbounded" })
        assert.strictEqual((yield* keysOf(one.api, b)).length, 1)
        assert.deepStrictEqual(yield* keysOf(two.api, a), yield* keysOf(one.api, a))
        assert.strictEqual(yield* query(db, "SELECT count(*) FROM customers"), "1")

        yield* one.controls.clock.freeze
        const { now } = yield* two.controls.clock.advance("1 hour")
        for (const { controls } of [one, two]) {
          const state = yield* controls.clock.state
          assert.deepStrictEqual([state.now, state.is_frozen], [now, true])
        }

        const awaited = yield* Effect.fork(two.controls.outbox.awaitNext({ recipient: "c@example.com" }, "30 seconds"))
        const body = { email: "c@example.com", type: "customer", audience }
        assert.strictEqual((yield* one.api("POST", "/customers/change_password", { authorization: a, body })).status, 204)
        const message = yield* awaited
        assert.strictEqual(message.template, "change_password")
        assert.deepStrictEqual(message.at, now)
        assert.deepStrictEqual(yield* two.controls.outbox.list(), yield* one.controls.outbox.list())
        // It was taken, for the other process too.
        assert.strictEqual((yield* Effect.flip(one.controls.outbox.awaitNext({}, 0)))._tag, "NoMessage")

        const journal = yield* one.controls.journal.list({ operation: "customers.password.requestChange" })
        assert.strictEqual(journal.length, 1)
        assert.deepStrictEqual(yield* two.controls.journal.list(), yield* one.controls.journal.list())

        for (const api of [one.api, two.api, one.api, two.api, one.api]) {
          assert.strictEqual((yield* login(api, a, { ...credentials, password: "wrong" })).status, 403)
        }
        assert.strictEqual((yield* login(two.api, a, credentials)).status, 403)
        yield* one.controls.clock.advance("1 second")
        assert.strictEqual((yield* login(two.api, a, credentials)).status, 200)
      }),
    patience
  )
})

describe.skipIf(PostgresServer.isSkipped)(`the password of a PostgreSQL database${PostgresServer.note}`, () => {
  it.scopedLive(
    "is printed by nothing while the system serves, and can be in the environment",
    () =>
      Effect.gen(function* () {
        const { password } = yield* server
        const db = yield* database
        const url = new URL(Redacted.value(db))
        url.password = ""
        const flags = ["serve", "--db", url.href, "--log", "json"]
        assert.strictEqual((yield* run(cli, flags, { env: { PGPASSWORD: "" } })).code, 1)
        const ofEnvironment = yield* start(cli, flags, { env: { PGPASSWORD: password } })
        yield* ofEnvironment.until(/Ctrl-C stops it/)
        const ofUrl = yield* serve(db, "--log", "json")
        yield* tokenOf(ofUrl.api, client)
        const about = yield* Effect.promise(() => fetch(`${ofUrl.url}/_embedded/about`).then((answer) => answer.text()))
        const page = yield* Effect.promise(() => fetch(ofUrl.url).then((answer) => answer.text()))
        const ended = yield* Effect.forEach([ofEnvironment, ofUrl.child], (child) =>
          Effect.zipRight(child.signal("SIGTERM"), child.ended)
        )
        assert.include(ended[0]?.stdout ?? "", `postgres://${url.host}/postgres, kept and shared`)
        for (const text of [about, page, ...ended.flatMap(({ stderr, stdout }) => [stdout, stderr])]) {
          assert.notInclude(text, password)
        }
        assert.deepStrictEqual(
          ended.map(({ code }) => code),
          [0, 0]
        )
      }),
    patience
  )

  it.scopedLive(
    "is printed in no sentence of a start that fails",
    () =>
      Effect.gen(function* () {
        const { password } = yield* server
        const [db, others, newer] = [yield* database, yield* database, yield* database]
        yield* query(others, "CREATE TABLE bookmarks (url TEXT)")
        yield* query(newer, "CREATE TABLE effect_dintero_schema (version INTEGER); INSERT INTO effect_dintero_schema VALUES (99)")
        const changed = (fields: Partial<Pick<URL, "port" | "password" | "pathname" | "search">>) =>
          Object.assign(new URL(Redacted.value(db)), fields).href
        const cases: ReadonlyArray<readonly [url: string, why: string]> = [
          [changed({ port: "1" }), "/postgres cannot be used: nothing answers at its address."],
          [changed({ password: `the ${password}` }), "/postgres cannot be used: the server refuses the user or the password."],
          [changed({ pathname: "/nowhere" }), "/nowhere cannot be used: the server has no database of this name."],
          [changed({ search: "?sslmode=require" }), "/postgres cannot be used: the server does not encrypt connections."],
          [changed({ search: "?options=-c search_path=nowhere" }), "/postgres cannot be used: it has no schema of this name."],
          [Redacted.value(others), "/postgres cannot be used: it belongs to another program."],
          [Redacted.value(newer), "/postgres cannot be used: it has version 99 of the tables, and this release reads version"],
          [
            `postgres://tester:12/${password}@127.0.0.1/postgres`,
            "The database postgres:// cannot be used: its URL cannot be read"
          ]
        ]
        const found = yield* Effect.forEach(cases, ([url]) => run(cli, ["serve", "--db", url]), { concurrency: 3 })
        found.forEach(({ code, stderr, stdout }, index) => {
          assert.include(stderr, cases[index]?.[1] ?? "nothing")
          assert.notInclude(stderr, password)
          assert.deepStrictEqual([code, stdout], [1, ""])
        })
      }),
    patience
  )
})

/** The package in a folder of its own, with all packages of this one but this. */
const without = (missing: string) =>
  Effect.map(folder, (path) => {
    for (const name of ["src", "package.json"]) cpSync(join(root, name), join(path, name), { recursive: true })
    const modules = join(root, "node_modules")
    const names = readdirSync(modules).flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((own) => `${name}/${own}`) : [name]
    )
    for (const name of names.filter((one) => one !== missing)) {
      mkdirSync(dirname(join(path, "node_modules", name)), { recursive: true })
      symlinkSync(join(modules, name), join(path, "node_modules", name))
    }
    writeFileSync(join(path, "tsconfig.json"), "{}")
    return path
  })

describe("without the package @effect/sql-pg", () => {
  const serveIn = (cwd: string, ...flags: ReadonlyArray<string>) =>
    startCommand(process.execPath, ["--import", "tsx", "src/cli/main.ts", "serve", ...flags], { cwd })

  it.scopedLive(
    "serve says what installs it when --db is the URL of a PostgreSQL database, and serves other systems",
    () =>
      Effect.gen(function* () {
        const cwd = yield* without("@effect/sql-pg")
        const refused: Ended = yield* Effect.flatMap(
          serveIn(cwd, "--db", "postgres://u:secret@127.0.0.1:1/a"),
          ({ ended }) => ended
        )
        assert.deepStrictEqual(refused, {
          code: 1,
          signal: null,
          stdout: "",
          stderr:
            "The database postgres://127.0.0.1:1/a cannot be used: a PostgreSQL database needs the package @effect/sql-pg, which is not installed; this installs it: npm install @effect/sql-pg@^0.53.0.\n"
        })
        const served = yield* serveIn(cwd, "--json", "--db", join(cwd, "a.db"))
        assert.match(yield* firstLine(served), /"url":"http:/)
      }),
    patience
  )
})
