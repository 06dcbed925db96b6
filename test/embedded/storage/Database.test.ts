import { spawn } from "node:child_process"
import { sign } from "node:crypto"
import { once } from "node:events"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as SqlClient from "@effect/sql/SqlClient"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import Libsql from "libsql"
import { DinteroEmbedded } from "../../../src/embedded.js"
import * as PasswordHashing from "../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Seed from "../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../src/layers/embedded/seed/Seeding.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import * as Entropy from "../../../src/layers/embedded/system/Entropy.js"
import { compiled } from "../../utils/Programs.js"
import { account, claimsOf, keysOf, login, seedOf, start, tokenOf } from "../Api.js"

const directory = mkdtempSync(join(tmpdir(), "effect-dintero-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const file = () => join(directory, `${files++}.db`)

const settings = "/customers/settings"
const attributes = [{ name: "a", type: "string", multiple_values: false, private: false }]

describe("a database in a file", () => {
  it.effect("keeps data, tokens and keys over a restart, and closes with its scope", () =>
    Effect.gen(function* () {
      const db = file()
      const seed = seedOf({ customers: [{ email: "c@example.com", password: "1234" }] })
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const { api } = yield* start({ db, seed })
          const authorization = yield* tokenOf(api)
          yield* api("PUT", settings, { authorization, body: { attributes } })
          const {
            body: { refresh_token }
          } = yield* login(api, authorization, { email: "c@example.com", password: "1234" })
          return { authorization, refresh_token, keys: (yield* api("GET", "/auth/keys", { authorization })).text }
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          // Another seed does not change an account that exists.
          const { api, embedded } = yield* start({
            db,
            seed: { accounts: [{ account_id: "T12345678", customers: [{ email: "d@example.com", password: "1234" }] }] }
          })
          assert.strictEqual(yield* embedded.passwordHasher.computations, 0)
          const { authorization } = before
          assert.deepStrictEqual((yield* api("GET", settings, { authorization })).body.attributes, attributes)
          assert.strictEqual((yield* api("GET", "/auth/keys", { authorization })).text, before.keys)
          const refreshed = yield* api("POST", "/auth/token", {
            authorization,
            body: { grant_type: "refresh_token", refresh_token: before.refresh_token }
          })
          assert.strictEqual(refreshed.status, 200)
          assert.strictEqual((yield* login(api, authorization, { email: "c@example.com", password: "1234" })).status, 200)
          assert.strictEqual((yield* login(api, authorization, { email: "d@example.com", password: "1234" })).status, 403)
        })
      )
    })
  )

  it.effect("adds the accounts of a seed that do not exist yet", () =>
    Effect.gen(function* () {
      const db = file()
      yield* Effect.scoped(start({ db }))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { api } = yield* start({
            db,
            seed: { accounts: [{ account_id: "T12345678" }, { account_id: "T00000002", clients: [] }] }
          })
          assert.match(yield* tokenOf(api), /^Bearer ey/)
        })
      )
    })
  )

  it.effect("accepts a token that an earlier release gave, with its claims and its bare kid, until it expires", () =>
    Effect.gen(function* () {
      const db = file()
      const { api } = yield* start({ db })
      const issued = claimsOf(yield* tokenOf(api))
      const stored = new Libsql(db)
      const { kid, private_key } = stored.prepare("SELECT kid, private_key FROM signing_keys").get() as {
        readonly kid: string
        readonly private_key: string
      }
      stored.close()
      const signed = (claims: object) => {
        const text = [{ alg: "RS256", typ: "JWT", kid }, claims]
          .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
          .join(".")
        return `Bearer ${text}.${sign("RSA-SHA256", Buffer.from(text), private_key).toString("base64url")}`
      }
      const earlier = {
        iss: `https://${account}@api.dintero.com`,
        sub: issued.sub,
        aud: `https://api.dintero.com/v1/accounts/${account}`,
        iat: issued.iat,
        exp: issued.iat + 60,
        jti: "any",
        scope: "read:customers",
        client_id: issued.sub
      }
      const read = (authorization: string) =>
        Effect.map(api("GET", "/customers/settings", { authorization }), ({ status }) => status)
      assert.strictEqual(yield* read(signed(earlier)), 200)
      assert.strictEqual(yield* read(signed({ ...earlier, scope: "none" })), 403)
      assert.strictEqual(yield* read(signed({ ...earlier, exp: issued.iat })), 401)
      assert.strictEqual(yield* read(`${signed(earlier).slice(0, -4)}AAAA`), 401)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses a refresh token that is revoked in it", () =>
    Effect.gen(function* () {
      const db = file()
      const { api } = yield* start({ db, seed: seedOf({ customers: [{ email: "c@example.com", password: "1234" }] }) })
      const authorization = yield* tokenOf(api)
      const {
        body: { refresh_token }
      } = yield* login(api, authorization, { email: "c@example.com", password: "1234" })
      const refresh = api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })
      assert.strictEqual((yield* refresh).status, 200)
      const other = new Libsql(db)
      other.exec("UPDATE refresh_tokens SET revoked_at = 1")
      other.close()
      assert.strictEqual((yield* refresh).status, 403)
    }).pipe(Effect.scoped)
  )

  it.effect("can only be read by its owner", () =>
    Effect.gen(function* () {
      const db = file()
      yield* Effect.scoped(start({ db }))
      assert.strictEqual(statSync(db).mode & 0o777, 0o600)
      const own = file()
      writeFileSync(own, "")
      chmodSync(own, 0o640)
      yield* Effect.scoped(start({ db: own }))
      assert.strictEqual(statSync(own).mode & 0o777, 0o640)
    })
  )

  it.effect("has no secret, password or refresh token in plain text", () =>
    Effect.gen(function* () {
      const db = file()
      const { client_secret } = DinteroEmbedded.demoSeed.accounts[0].clients[0]
      const secrets = yield* Effect.scoped(
        Effect.gen(function* () {
          const { api } = yield* start({ db, seed: seedOf({ customers: [{ email: "c@example.com", password: "very secret" }] }) })
          const authorization = yield* tokenOf(api)
          const { body } = yield* login(api, authorization, { email: "c@example.com", password: "very secret" })
          return [client_secret, "very secret", body.refresh_token, body.access_token]
        })
      )
      const bytes = readFileSync(db, "latin1")
      assert.include(bytes, "c@example.com")
      for (const secret of secrets) assert.notInclude(bytes, secret)
    })
  )

  it.effect("gives two systems at the same time the same key and the same data", () =>
    Effect.gen(function* () {
      const db = file()
      const { api: one } = yield* start({ db })
      const { api: two } = yield* start({ db })
      const [a, b] = yield* Effect.all([tokenOf(one), tokenOf(two)], { concurrency: "unbounded" })
      assert.strictEqual((yield* two("PUT", settings, { authorization: a, body: { attributes } })).status, 200)
      assert.deepStrictEqual((yield* one("GET", settings, { authorization: b })).body.attributes, attributes)
      assert.strictEqual((yield* keysOf(one, a)).length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "has every acknowledged write after a kill -9",
    () =>
      Effect.gen(function* () {
        const db = file()
        const program = yield* Effect.promise(() => compiled(fileURLToPath(new URL("./KilledWriter.ts", import.meta.url))))
        const child = spawn(process.execPath, [program, db], {
          stdio: ["ignore", "pipe", "inherit"]
        })
        let printed = ""
        yield* Effect.promise(async () => {
          for await (const chunk of child.stdout) {
            printed += String(chunk)
            if (printed.split("\n").length > 20 && !child.killed) child.kill("SIGKILL")
          }
          if (child.signalCode === null) await once(child, "exit")
        })
        assert.strictEqual(child.signalCode, "SIGKILL")
        const acknowledged = Number(printed.trim().split("\n").at(-1))
        assert.isAtLeast(acknowledged, 20)
        const { api } = yield* start({ db })
        const { body } = yield* api("GET", settings, { authorization: yield* tokenOf(api) })
        assert.isAtLeast(Number(body.attributes[0]?.name), acknowledged)
      }).pipe(Effect.scoped),
    60_000
  )
})

describe("a database that cannot be used", () => {
  const message = (db: string) =>
    Effect.map(Effect.flip(Effect.scoped(start({ db }))), (error) =>
      error._tag === "UnusableDatabase" ? error.message.replace(db, "<db>") : error._tag
    )

  it.effect("is named with the reason", () =>
    Effect.gen(function* () {
      const garbage = file()
      writeFileSync(garbage, "This is a text and not a database.\n".repeat(200))
      const before = readFileSync(garbage, "utf8")
      mkdirSync(join(directory, "folder"))
      assert.strictEqual(yield* message(directory), "The database <db> cannot be used: it is a directory.")
      assert.strictEqual(yield* message(garbage), "The database <db> cannot be used: it is not a SQLite database.")
      assert.strictEqual(readFileSync(garbage, "utf8"), before)
      assert.strictEqual(
        yield* message(join(directory, "nowhere", "x.db")),
        "The database <db> cannot be used: its directory does not exist."
      )
      assert.strictEqual(
        yield* message(join(garbage, "x.db")),
        "The database <db> cannot be used: a part of its path is not a directory."
      )
      assert.match(yield* message("\0"), /^The database .* cannot be used: /s)
    })
  )

  it.effect("of another program or another version is not changed", () =>
    Effect.gen(function* () {
      const other = file()
      const foreign = new Libsql(other)
      foreign.exec("CREATE TABLE bookmarks (url TEXT)")
      foreign.close()
      assert.strictEqual(yield* message(other), "The database <db> cannot be used: it belongs to another program.")
      const newer = file()
      yield* Effect.scoped(start({ db: newer }))
      const changed = new Libsql(newer)
      changed.exec("UPDATE effect_dintero_schema SET version = 99")
      changed.close()
      assert.strictEqual(
        yield* message(newer),
        "The database <db> cannot be used: it has version 99 of the tables, and this release reads version 5: use the release that wrote it, or a newer one."
      )
      const opened = new Libsql(other)
      assert.deepStrictEqual(opened.prepare("SELECT name FROM sqlite_master").all([]), [{ name: "bookmarks" }])
      opened.close()
    })
  )

  it.effect("is not created when the seed is wrong", () =>
    Effect.gen(function* () {
      const db = file()
      const error = yield* Effect.flip(Effect.scoped(start({ db, seed: { accounts: [{ account_id: "x" }] } })))
      assert.strictEqual(error._tag, "InvalidSeed")
      assert.throws(() => statSync(db))
    })
  )
})

describe("Sqlite", () => {
  const withSql = <A, E>(use: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
    Effect.flatMap(SqlClient.SqlClient, use).pipe(Effect.provide(Layer.scoped(SqlClient.SqlClient, Sqlite.make(Sqlite.memory))))

  it.effect("rolls back what fails, is interrupted or dies, and then goes on", () =>
    withSql((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (n INTEGER NOT NULL)`
        const insert = (n: number) => sql`INSERT INTO t ${sql.insert({ n })}`
        const entered = yield* Deferred.make<void>()
        yield* Effect.exit(sql.withTransaction(Effect.zipRight(insert(1), Effect.fail("no"))))
        yield* Effect.exit(sql.withTransaction(Effect.zipRight(insert(2), Effect.die("no"))))
        const fiber = yield* Effect.fork(
          sql.withTransaction(
            insert(3).pipe(Effect.zipRight(Deferred.succeed(entered, undefined)), Effect.zipRight(Effect.never))
          )
        )
        yield* Deferred.await(entered)
        // Waits for the transaction, and never sees its rows.
        const waiting = yield* Effect.fork(sql`SELECT n FROM t`)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* Fiber.join(waiting), [])
        yield* sql.withTransaction(
          Effect.zipRight(insert(4), Effect.exit(sql.withTransaction(Effect.zipRight(insert(5), Effect.fail("no")))))
        )
        assert.deepStrictEqual(yield* sql`SELECT n FROM t`, [{ n: 4 }])
        // When a statement fails, the others are rolled back.
        const failed = yield* Effect.exit(sql.withTransaction(Effect.zipRight(insert(6), sql`INSERT INTO t (n) VALUES (NULL)`)))
        assert.isTrue(Exit.isFailure(failed))
        assert.deepStrictEqual(yield* sql`SELECT n FROM t`, [{ n: 4 }])
      })
    )
  )

  it.effect("isolates 64 concurrent transactions, also when each works in several fibers", () =>
    withSql((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT)`
        yield* sql`INSERT INTO t (id, n) VALUES (1, 0), (2, 0)`
        const increment = (id: number) =>
          Effect.gen(function* () {
            const [row] = yield* sql<{ readonly n: number }>`SELECT n FROM t WHERE id = ${id}`
            yield* Effect.yieldNow()
            yield* sql`UPDATE t SET n = ${(row?.n ?? 0) + 1} WHERE id = ${id}`
          })
        yield* Effect.forEach(
          Array.from({ length: 64 }),
          () => sql.withTransaction(Effect.all([increment(1), increment(2)], { concurrency: 2 })),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(yield* sql`SELECT n FROM t`, [{ n: 64 }, { n: 64 }])
      })
    )
  )

  it.effect("binds values that the driver cannot, and fails for a text that cannot be stored", () =>
    withSql((sql) =>
      Effect.gen(function* () {
        const now = 1_795_292_131_123
        const values = [true, false, undefined, null, new Date(now), now, 1.5, "\u{1f600}", Number.MAX_SAFE_INTEGER]
        const read = yield* Effect.forEach(values, (value) => Effect.map(sql.unsafe("SELECT ? AS v", [value]), ([row]) => row))
        assert.deepStrictEqual(
          read.map((row) => Object.values(row ?? {})[0]),
          [1, 0, null, null, "2026-11-21T20:15:31.123Z", now, 1.5, "\u{1f600}", Number.MAX_SAFE_INTEGER]
        )
        for (const value of ["a\0b", { a: 1 }, Symbol.iterator]) {
          assert.strictEqual((yield* Effect.flip(sql.unsafe("SELECT ?", [value])))._tag, "SqlError")
        }
        assert.strictEqual((yield* Effect.flip(sql.unsafe("SELEC")))._tag, "SqlError")
      })
    )
  )

  it.effect("fails, and does not die, once it is closed", () =>
    Effect.gen(function* () {
      const sql = yield* withSql(Effect.succeed)
      for (const late of [sql`SELECT 1`, sql.withTransaction(sql`SELECT 1`)]) {
        assert.strictEqual((yield* Effect.flip(late))._tag, "SqlError")
      }
    })
  )

  const provideSeeding =
    (sql: SqlClient.SqlClient) =>
    <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient | PasswordHashing.PasswordHasher | Entropy.Entropy>) =>
      effect.pipe(
        Effect.provideService(SqlClient.SqlClient, sql),
        Effect.provideServiceEffect(PasswordHashing.PasswordHasher, PasswordHashing.make(PasswordHashing.fastForTests)),
        Effect.provide(Entropy.layer)
      )

  it.effect("is seeded once by several concurrent starts", () =>
    withSql((sql) =>
      Effect.gen(function* () {
        yield* Migrations.migrate("test", Tables.all)
        const seed = yield* Seed.decode({ accounts: [{ account_id: "T00000001", customers: [{ password: "1234" }] }] })
        yield* Effect.forEach([1, 2, 3], () => Seeding.apply(seed), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* sql`SELECT count(*) AS n FROM customers`, [{ n: 1 }])
      }).pipe(provideSeeding(sql))
    )
  )

  it.effect("seeds all or nothing", () =>
    withSql((sql) =>
      Effect.gen(function* () {
        yield* Migrations.migrate("test", Tables.all)
        const seed = yield* Seed.decode({
          accounts: [{ account_id: "T00000001" }, { account_id: "T00000002", customers: [{ customer_id: "c" }] }]
        })
        yield* sql`DROP TABLE customers`
        assert.strictEqual((yield* Effect.flip(Seeding.apply(seed)))._tag, "SqlError")
        assert.deepStrictEqual(yield* sql`SELECT account_id FROM accounts`, [])
      }).pipe(provideSeeding(sql))
    )
  )
})
