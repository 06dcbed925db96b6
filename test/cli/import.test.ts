import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schema, Stream, TestClock } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { derivedId, hasAll } from "../../src/cli/operator/users/Import.js"
import * as InputLines from "../../src/cli/operator/users/InputLines.js"
import * as Pace from "../../src/cli/operator/users/Pace.js"
import { isWhole, samples, tell } from "../utils/Claim.js"
import { cli, folder, run, start, startCommand } from "./Child.js"
import { type Environment, environmentOf, operate } from "./Operated.js"

// For a machine that is busy with something else.
const patience = isWhole ? 3_600_000 : 300_000

const seed = {
  accounts: [
    {
      account_id: "T12345678",
      clients: [
        {
          client_id: "import",
          client_secret: "a-secret-of-the-import",
          grants: [{ type: "client_credentials" as const, scope: ["admin:customers"] }]
        }
      ],
      customers: [{ customer_id: "taken", email: "taken@example.com" }]
    }
  ]
}

/** A system with one customer, and a folder. */
const scene = Effect.gen(function* () {
  const system = yield* DinteroEmbedded.serve({ seed })
  return { system, environment: environmentOf(system), dir: yield* folder }
})

const Line = Schema.parseJson(Schema.Struct({ customer_id: Schema.String, email: Schema.optional(Schema.String) }))

/** Every customer of the system but the one of the seed, as an export has them. */
const imported = (environment: Environment, dir: string) =>
  Effect.gen(function* () {
    const file = join(dir, `export-${Math.random()}.ndjson`)
    const { code, failure } = yield* operate(environment, "users", "export", file, "--rate", "0")
    assert.strictEqual(code, 0, failure)
    const lines = readFileSync(file, "utf8").trimEnd().split("\n")
    const all = yield* Effect.forEach(lines, (line) => Schema.decode(Line)(line))
    return all.filter(({ customer_id }) => customer_id !== "taken")
  })

const writeLines = (path: string, lines: ReadonlyArray<unknown>) =>
  writeFileSync(path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""))

const linesOf = (path: string): ReadonlyArray<string> => readFileSync(path, "utf8").trimEnd().split("\n")

const importing = (environment: Environment, file: string, ...args: ReadonlyArray<string>) =>
  operate(environment, "users", "import", file, "--rate", "0", ...args)

const { count, note } = samples(10_000, 500)
const kills = isWhole ? 10 : 4

describe("an import that is killed", () => {
  it.scopedLive(
    `and is started again has each customer once${note}`,
    (context) =>
      Effect.gen(function* () {
        const { dir, environment, system } = yield* scene
        const file = join(dir, "customers.ndjson")
        writeLines(
          file,
          Array.from({ length: count }, (_, index) => ({
            type: "customer",
            email: `c${index}@example.com`,
            // Most lines have no key of their own that would keep a second customer away.
            ...(index % 3 === 0 ? { customer_id: `own-${index}` } : {})
          }))
        )
        const args = ["users", "import", file, "--rate", "0", "--json"]
        let killed = 0
        for (let kill = 1; kill <= kills; kill++) {
          // In the middle of a run: when the system has handled a share of the creates, of which the client has not seen all answers.
          const share = Math.floor(count / (kills + 2))
          const reached = yield* Effect.fork(
            system.journal.changes({ operation: "customers.users.create" }).pipe(Stream.take(share), Stream.runDrain)
          )
          yield* Effect.yieldNow()
          const child = yield* start(cli, args, { env: environment })
          yield* Fiber.join(reached)
          yield* child.signal("SIGKILL")
          if ((yield* child.ended).signal === "SIGKILL") killed++
        }
        assert.strictEqual(killed, kills)
        const last = yield* run(cli, args, { env: environment })
        assert.strictEqual(last.code, 0, last.stderr)
        assert.deepInclude(JSON.parse(last.stdout) as object, { lines: count, created: count, updated: 0, rejected: 0 })
        const customers = yield* imported(environment, dir)
        assert.lengthOf(customers, count)
        assert.strictEqual(new Set(customers.map(({ email }) => email)).size, count)
        assert.strictEqual(new Set(customers.map(({ customer_id }) => customer_id)).size, count)
        // The state of the import is gone with the lock of the processes that were killed.
        assert.isFalse(existsSync(join(dir, "customers.import.journal.lock")))
        const again = yield* importing(environment, file)
        assert.match(again.stdout, new RegExp(`: ${count.toLocaleString("en")} created`))
        assert.lengthOf(yield* imported(environment, dir), count)
        tell(context, {
          measured: `${customers.length} customers after ${killed} kills, ${customers.length - new Set(customers.map(({ email }) => email)).size} twice`
        })
      }),
    patience
  )

  it.scopedLive("in the middle of a write goes on with what is whole", () =>
    Effect.gen(function* () {
      const { dir, environment } = yield* scene
      const file = join(dir, "c.ndjson")
      writeLines(file, [{ type: "customer", first_name: "A" }, "no JSON", { type: "customer", first_name: "B" }])
      assert.strictEqual((yield* importing(environment, file)).code, 1)
      const journal = join(dir, "c.import.journal")
      const whole = linesOf(journal)
      // As if the last outcomes had not reached the disk, and half of another had; and a reject had come before its outcome.
      writeFileSync(journal, `${whole[0]}\n${whole[1]}\n{"line":1,"outc`)
      const again = yield* importing(environment, file, "--json")
      assert.deepInclude(again.json() as object, { created: 2, rejected: 1 })
      assert.lengthOf(yield* imported(environment, dir), 2)
      assert.lengthOf(linesOf(join(dir, "c.rejects.ndjson")), 1)
      // Nothing was sent before the first line was whole, so half of it is none.
      truncateSync(journal, 20)
      rmSync(join(dir, "c.rejects.ndjson"))
      assert.deepInclude((yield* importing(environment, file, "--json")).json() as object, { created: 2, rejected: 1 })
    })
  )
})

describe("an answer that is lost", () => {
  for (const kind of ["reset", "garbage"] as const) {
    it.scopedLive(`(${kind}): the customer is looked up before it is created again`, () =>
      Effect.gen(function* () {
        const { dir, environment, system } = yield* scene
        const file = join(dir, "c.ndjson")
        writeLines(
          file,
          Array.from({ length: 12 }, (_, index) => ({ type: "customer", first_name: `N${index}` }))
        )
        yield* system.faults.add({
          match: { operation: "customers.users.create", times: 4 },
          fault: kind === "reset" ? { kind, when: "after_commit" } : { kind }
        })
        yield* system.faults.add({
          match: { operation: "customers.users.create", times: 2 },
          fault: { kind: "reset", when: "before_commit" }
        })
        const end = yield* importing(environment, file, "--json")
        assert.strictEqual(end.code, 0, end.failure)
        assert.deepInclude(end.json() as object, { created: 12, rejected: 0 })
        assert.lengthOf(yield* imported(environment, dir), 12)
        const creates = yield* system.journal.list({ operation: "customers.users.create" })
        assert.isAbove(creates.length, 12)
        assert.isNotEmpty(yield* system.journal.list({ operation: "customers.users.get" }))
      })
    )
  }

  it("a derived id is a UUID, and the same for the same line alone", () => {
    const id = derivedId("a", 1)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.strictEqual(derivedId("a", 1), id)
    assert.notStrictEqual(derivedId("a", 2), id)
    assert.notStrictEqual(derivedId("b", 1), id)
  })

  it("a customer is known again, although the service writes it in its own way", () => {
    const stored = { email: "ada@example.com", metadata: { a: [1, 2] }, at: "2026-01-01T00:00:00.000Z", more: 1 }
    assert.isTrue(hasAll({ email: "Ada@Example.com", metadata: { a: [1, 2] }, at: "2026-01-01T01:00:00+01:00" }, stored))
    assert.isTrue(hasAll({ phone_number: null }, stored))
    assert.isFalse(hasAll({ email: "bo@example.com" }, stored))
    assert.isFalse(hasAll({ metadata: { a: [1] } }, stored))
    assert.isFalse(hasAll({ phone_number: "+47" }, stored))
  })
})

describe("a line that cannot be imported", () => {
  it.scopedLive("goes to the rejects with its number and the reason, without a secret, and the others go on", () =>
    Effect.gen(function* () {
      const { dir, environment } = yield* scene
      const file = join(dir, "c.ndjson")
      const good = (id: string) => ({ type: "customer", customer_id: id })
      writeFileSync(
        file,
        Buffer.concat([
          Buffer.from(`\uFEFF${JSON.stringify(good("first"))}\r\n\n`),
          Buffer.from('{"type":"customer","password":"hunter2"\n'),
          Buffer.from('{"type":"customer","password":"abc"}\n'),
          Buffer.from('{"email":"x@example.com"}\n'),
          Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
          Buffer.from(`{"type":"customer","first_name":"${"x".repeat(InputLines.maximumBytes)}"}\n`),
          Buffer.from("[1]\n"),
          Buffer.from('{"type":"customer","type":"company"}\n'),
          Buffer.from(`${JSON.stringify({ type: "customer", customer_id: "taken" })}\n`),
          Buffer.from(`${JSON.stringify(good("first"))}\n`),
          Buffer.from('{"type":"customer","email":"\\u0000@example.com"}\n'),
          Buffer.from(JSON.stringify(good("last")))
        ])
      )
      const end = yield* importing(environment, file, "--json")
      assert.strictEqual(end.code, 1)
      assert.deepInclude(end.json() as object, { lines: 12, created: 2, rejected: 10 })
      assert.include(end.failure, "LinesRejected")
      const path = join(dir, "c.rejects.ndjson")
      const rejects = linesOf(path).map((line) => JSON.parse(line) as { line: number; reason: string; customer?: object })
      const reasons = new Map(rejects.map(({ line, reason }) => [line, reason]))
      const expected: ReadonlyArray<readonly [number, RegExp]> = [
        [3, /^it is not JSON, column 40: expected , or \}, and the text ends here$/],
        [4, /^password: /],
        [5, /^type: is missing$/],
        [6, /^the line is not UTF-8 text$/],
        [7, /^the line is longer than 1048576 bytes$/],
        [8, /^expected an object/],
        [9, /^type: stands twice$/],
        [10, /customer_id.*\(status 400\)$/],
        [11, /^line 1 has the same customer_id$/],
        [12, /^BAD_REQUEST \(status 400\)$/]
      ]
      assert.sameMembers(
        [...reasons.keys()],
        expected.map(([line]) => line)
      )
      for (const [line, reason] of expected) assert.match(reasons.get(line) ?? "", reason, String(line))
      const text = readFileSync(path, "utf8")
      for (const secret of ["hunter2", '"abc"']) assert.notInclude(text, secret)
      assert.strictEqual(statSync(path).mode & 0o077, 0)
      assert.sameMembers(
        (yield* imported(environment, dir)).map(({ customer_id }) => customer_id),
        ["first", "last"]
      )
    })
  )

  it.scopedLive("with --update a customer that is there is changed instead", () =>
    Effect.gen(function* () {
      const { dir, environment } = yield* scene
      const file = join(dir, "c.ndjson")
      writeLines(file, [
        { type: "customer", customer_id: "taken", first_name: "Changed" },
        { type: "customer", customer_id: "new" },
        { type: "customer", customer_id: "other", email: "taken@example.com" }
      ])
      const end = yield* importing(environment, file, "--update", "--json")
      assert.deepInclude(end.json() as object, { created: 1, updated: 1, rejected: 1 })
      const taken = yield* operate(environment, "users", "get", "taken", "--json")
      assert.include(taken.stdout, '"first_name":"Changed"')
      assert.include(taken.stdout, "taken@example.com")
    })
  )
})

describe("what an import refuses", () => {
  it.scopedLive("files that cannot be used, and a journal of something else", () =>
    Effect.gen(function* () {
      const { dir, environment } = yield* scene
      const file = join(dir, "c.ndjson")
      const refusals: ReadonlyArray<readonly [path: string, failure: RegExp]> = [
        [file, /cannot be used: there is no such file\.$/],
        [dir, /cannot be used: it is a folder\.$/],
        ["/dev/zero", /cannot be used: it is not a regular file/],
        ["-", /^users import needs a file/]
      ]
      for (const [path, failure] of refusals) {
        const refused = yield* importing(environment, path)
        assert.deepInclude(refused, { code: 2, stdout: "" }, path)
        assert.match(refused.failure, failure)
      }
      writeLines(file, [{ type: "customer", customer_id: "a" }])
      assert.strictEqual((yield* importing(environment, file)).code, 0)
      const update = yield* importing(environment, file, "--update")
      assert.match(update.failure, /^The import began without --update/)
      const elsewhere = yield* importing({ ...environment, DINTERO_ACCOUNT_ID: "T00000009" }, file)
      assert.match(elsewhere.failure, /is of an import into the account T12345678/)
      writeLines(file, [
        { type: "customer", customer_id: "a" },
        { type: "customer", customer_id: "b" }
      ])
      const changed = yield* importing(environment, file)
      assert.deepInclude(changed, { code: 2, stdout: "" })
      assert.match(changed.failure, /^The file has changed since its import began/)
      const anew = yield* importing(environment, file, "--restart", "--json")
      assert.deepInclude(anew.json() as object, { created: 1, rejected: 1 })

      const other = join(dir, "d.ndjson")
      writeLines(other, [{ type: "customer" }])
      writeFileSync(join(dir, "d.import.journal"), "my diary\n")
      assert.match((yield* importing(environment, other)).failure, /is not a journal of an import/)
      rmSync(join(dir, "d.import.journal"))
      writeFileSync(join(dir, "d.import.journal.lock"), `${process.ppid}\n`)
      assert.match((yield* importing(environment, other)).failure, /^The process \d+ is at work on this/)
      rmSync(join(dir, "d.import.journal.lock"))
      mkdirSync(join(dir, "d.rejects.ndjson"))
      assert.match((yield* importing(environment, other)).failure, /rejects\.ndjson cannot be used: it is a folder/)
    })
  )

  it.scopedLive("a service that refuses the client stops it, with the line, and the same command goes on", () =>
    Effect.gen(function* () {
      const { dir, environment, system } = yield* scene
      const file = join(dir, "c.ndjson")
      writeLines(file, [{ type: "customer" }, { type: "customer" }])
      const { rule } = yield* system.faults.add({
        match: { operation: "customers.users.create" },
        fault: { kind: "status", status: 403 }
      })
      const stopped = yield* importing(environment, file)
      assert.deepInclude(stopped, { code: 1, stdout: "" })
      assert.match(
        stopped.failure,
        /^The import has stopped at line [12]\.[\s\S]*run the same command again: it goes on where it was\.$/
      )
      yield* system.faults.remove(rule)
      assert.deepInclude((yield* importing(environment, file, "--json")).json() as object, { created: 2 })
    })
  )

  it.scopedLive(
    "a disk that is full ends it with a sentence",
    (context) =>
      Effect.gen(function* () {
        if (!existsSync("/dev/full")) return context.skip("skipped: there is no /dev/full")
        const { dir, environment } = yield* scene
        const file = join(dir, "c.ndjson")
        writeLines(file, [{ type: "customer" }])
        // The limit on the size of a file stands for a full disk: its write fails in the middle.
        const child = yield* startCommand(
          "bash",
          ["-c", `trap '' XFSZ; ulimit -f 0; exec '${process.execPath}' --import tsx ${cli} users import '${file}'`],
          { env: environment }
        )
        const ended = yield* child.ended
        assert.strictEqual(ended.code, 1)
        assert.match(ended.stderr, /^\S+ cannot be used: it would be too large for this disk\.\n$/)
        assert.lengthOf(yield* imported(environment, dir), 0)
      }),
    patience
  )
})

describe("the pace", () => {
  it.effect("so many turns a second, and none while the service asks to wait", () =>
    Effect.gen(function* () {
      const pace = Pace.make(10)
      let turns = 0
      yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 40 }),
          () =>
            Effect.zipRight(
              pace.turn,
              Effect.sync(() => turns++)
            ),
          { concurrency: 4 }
        )
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(turns, 1)
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(turns, 10)
      yield* pace.pause(Duration.seconds(30))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(turns, 10)
      yield* TestClock.adjust("2 seconds")
      assert.isAbove(turns, 11)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(turns, 40)
    })
  )

  it.scopedLive("a 429 is no failure of a line: the import waits as long as Retry-After says", () =>
    Effect.gen(function* () {
      const { dir, environment, system } = yield* scene
      const file = join(dir, "c.ndjson")
      writeLines(file, [{ type: "customer" }, { type: "customer" }, { type: "customer" }])
      yield* system.faults.add({
        match: { operation: "customers.users.create", times: 20 },
        fault: { kind: "status", status: 429, retry_after: { form: "seconds", seconds: 0 } }
      })
      assert.deepInclude((yield* importing(environment, file, "--json")).json() as object, { created: 3, rejected: 0 })
      assert.lengthOf(yield* system.journal.list({ operation: "customers.users.create" }), 23)
    })
  )
})

describe("export", () => {
  const many = {
    accounts: [
      {
        ...seed.accounts[0],
        account_id: "T12345678",
        customers: Array.from({ length: 250 }, (_, index) => ({ customer_id: `c${index}`, email: `c${index}@example.com` }))
      }
    ]
  }

  it.scopedLive("goes on behind the last whole line, and the file has its name only when it is whole", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({ seed: many })
      const environment = environmentOf(system)
      const dir = yield* folder
      const file = join(dir, "all.ndjson")
      const exporting = (...args: ReadonlyArray<string>) => operate(environment, "users", "export", file, "--rate", "0", ...args)
      // The second page fails, also when it is asked for again.
      const { rule } = yield* system.faults.add({
        match: { operation: "customers.users.list", calls: [2, 3, 4, 5] },
        fault: { kind: "status", status: 503, retry_after: { form: "seconds", seconds: 0 } }
      })
      const stopped = yield* exporting()
      assert.strictEqual(stopped.code, 1)
      assert.isFalse(existsSync(file))
      const part = `${file}.part`
      assert.lengthOf(linesOf(part), 100)
      yield* system.faults.remove(rule)
      assert.match((yield* exporting()).failure, /is of an export that has not ended\. Go on with it by --resume/)
      writeFileSync(part, '{"customer_id":"half', { flag: "a" })
      const end = yield* exporting("--resume")
      assert.deepInclude(end, { code: 0, stdout: `250 customers are in ${file}.\n` })
      assert.isFalse(existsSync(part))
      const ids = (yield* Effect.forEach(linesOf(file), (line) => Schema.decode(Line)(line))).map(
        ({ customer_id }) => customer_id
      )
      assert.sameMembers(ids, many.accounts[0]?.customers.map(({ customer_id }) => customer_id) ?? [])
      assert.match((yield* exporting("--resume")).failure, /is whole already/)
      assert.match((yield* exporting()).failure, /is there already/)
      // What was exported can be imported.
      const other = yield* DinteroEmbedded.serve({ seed })
      assert.deepInclude((yield* importing(environmentOf(other), file, "--json")).json() as object, { created: 250, rejected: 0 })
    })
  )

  it.scopedLive(
    "a reader that goes away ends it with a sentence",
    () =>
      Effect.gen(function* () {
        const system = yield* DinteroEmbedded.serve({ seed: many })
        const child = yield* startCommand(
          "bash",
          ["-c", `'${process.execPath}' --import tsx ${cli} users export - --rate 1 | head -n 1`],
          { env: environmentOf(system) }
        )
        const ended = yield* child.ended
        assert.lengthOf(ended.stdout.trimEnd().split("\n"), 1)
        assert.match(ended.stderr, /^The reader of the output has closed it\. .*\n$/)
      }),
    patience
  )
})
