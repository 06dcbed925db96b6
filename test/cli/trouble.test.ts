/** What `serve` says when its database cannot be written or is changed from outside. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import Libsql from "libsql"
import { cli, firstLine, folder, start, startCommand } from "./Child.js"

const getToken = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/v1/accounts/T12345678/auth/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from("somebody:a-secret").toString("base64")}`,
        "content-type": "application/json"
      },
      body: JSON.stringify({ grant_type: "client_credentials", audience: "https://api.dintero.com/v1/accounts/T12345678" })
    })
    return { status: response.status, text: await response.text() }
  })

describe("trouble with the database", () => {
  it.scopedLive("a file that cannot be written at the start: one sentence, and no stack", () =>
    Effect.gen(function* () {
      const db = join(yield* folder, "dintero.db")
      // A limit on the size of files stands for a full disk, which a test cannot make without rights that it may not have.
      const serve = ["serve", "--json", "--db", db]
      const child = yield* startCommand("bash", [
        "-c",
        'ulimit -f 100; exec "$@"',
        "-",
        process.execPath,
        "--import",
        "tsx",
        cli,
        ...serve
      ])
      const { code, stderr, stdout } = yield* child.ended
      assert.deepStrictEqual(
        [code, stdout, stderr],
        [1, "", `The database ${db} cannot be used: its file cannot be read or written, as on a disk that is full or damaged.\n`]
      )
    })
  )

  it.scopedLive("--log json: an unexpected error is one line of JSON, and nothing else", () =>
    Effect.gen(function* () {
      const db = join(yield* folder, "dintero.db")
      const child = yield* start(cli, ["serve", "--json", "--log", "json", "--db", db])
      const { url } = JSON.parse(yield* firstLine(child))
      yield* Effect.sync(() => {
        const other = new Libsql(db)
        other.exec("PRAGMA foreign_keys = OFF")
        other.exec("ALTER TABLE api_clients RENAME TO gone")
        other.close()
      })
      assert.strictEqual((yield* getToken(url)).status, 500)
      yield* child.untilError(/"type":"request"/)
      yield* child.signal("SIGTERM")
      const { stderr } = yield* child.ended
      const types = stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).type)
      assert.deepStrictEqual([...types].sort(), ["error", "request"])
    })
  )
})
