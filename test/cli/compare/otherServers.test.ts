/**
 * The comparison against servers that are no embedded system.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Compare from "../../../src/cli/compare/Compare.js"
import * as Target from "../../../src/cli/compare/Target.js"
import * as Twin from "../../../src/cli/compare/Twin.js"
import * as Embedded from "../../../src/embedded.js"
import { account } from "../../utils/Account.js"
import * as RecordedServer from "../../utils/RecordedServer.js"
import * as ScriptedServer from "../../utils/ScriptedServer.js"
import * as Systems from "./Systems.js"

const patience = 180_000

const compareWith = (origin: string, client = { id: "a-client", secret: "a-secret" }) =>
  Effect.gen(function* () {
    const run = "effect-dintero-compare-other"
    const target = yield* Target.make({
      client: yield* HttpClient.HttpClient,
      baseUrl: `${origin}/v1`,
      accountId: account,
      clientId: client.id,
      clientSecret: Redacted.make(client.secret),
      run
    })
    const twin = yield* Twin.make(Embedded, target, run, {})
    return yield* Compare.run({ service: target, embedded: twin.target, notes: twin.notes, includeSettings: true })
  }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

describe("the server that answers as recorded", () => {
  it.scopedLive(
    "differs in what this server does otherwise and was not recorded, and nothing is told that it does not answer",
    () =>
      Effect.gen(function* () {
        const server = yield* RecordedServer.make()
        const { leftovers, rows, ...report } = yield* compareWith(server.origin, RecordedServer.client)
        const found = rows.flatMap((row) => (row.theirs === null ? [] : [[Systems.nameOf(row), row.verdict, row.theirs]]))
        assert.deepStrictEqual(found, [
          // It compares the whole header, and knows neither ETags nor other methods.
          ["scheme-case", "differ", "refused with 401"],
          ["express-habits", "differ", "HEAD alone"],
          // It has this spelling alone.
          ["mfa-oob-spelling", "differ", "mfa_oob"],
          ["audience-hosts", "agree", "also the account as user, and another host of Dintero"],
          // It has no look-ups, and every path needs a token.
          ["look-up-token", "differ", "required"],
          ["wrong-credential-answer, refresh token", "agree", "refused with 403"],
          // It sends a code to everybody.
          ["mfa-unknown-login", "differ", "a success"]
        ])
        assert.deepStrictEqual(report.embedded_config, { assumed: { lookUpToken: "required", wrongRefreshToken: 403 } })
        for (const { reason, theirs } of rows) assert.strictEqual(reason === null, theirs !== null)
        assert.isTrue(rows.some(({ reason }) => reason === "The service: The service does not know customers.users.create"))
      }),
    patience
  )
})

describe("settings that the embedded system does not understand", () => {
  it.scopedLive(
    "are left out, and that is noted; the key of an automatic token that is hidden is replaced",
    () =>
      Effect.gen(function* () {
        const server = yield* ScriptedServer.make({
          resource: ScriptedServer.json(200, {
            users: { customer_id_format: "nanoid" },
            auto_tokens: { email: [{ type: "HMAC-SHA256" }] },
            attributes: [{ name: "size", type: "integer", colour: "of a later version" }],
            a_section_of_a_later_version: {}
          })
        })
        const { notes, rows } = yield* compareWith(server.origin)
        assert.deepStrictEqual(notes, [
          "The embedded system has no settings.users, because it does not understand this account's."
        ])
        const keys = rows.find(({ assumption }) => assumption === "hmac-secrets")
        assert.deepInclude(keys, { ours: "shown", theirs: "hidden", verdict: "differ" })
      }),
    patience
  )
})

describe("a server that is no Dintero", () => {
  const answers: ReadonlyArray<readonly [string, ScriptedServer.Answer]> = [
    ["HTML", ScriptedServer.text(200, "<html></html>", "text/html")],
    ["nothing", ScriptedServer.text(200, "")],
    ["null", ScriptedServer.json(200, null)],
    ["a list of numbers", ScriptedServer.json(200, [1, 2])],
    ["an empty list", ScriptedServer.json(200, [])],
    ["an empty object", ScriptedServer.json(200, {})],
    ["names of Object.prototype", ScriptedServer.text(200, '{"__proto__": 1, "constructor": {"id": 1}, "items": [null]}')],
    ["201 with an object", ScriptedServer.json(201, { id: "1", customer_id: "2", value: 3 })],
    ["401", ScriptedServer.json(401, { error: { errors: [], message: "UNAUTHORIZED" } })],
    ["403 without a body", ScriptedServer.text(403, "")],
    ["404", ScriptedServer.json(404, { error: { code: "NOT FOUND", message: "Customer not found" } })],
    ["500", ScriptedServer.json(500, {})],
    ["half an answer", ScriptedServer.resetMidBody('{"id": "1"}')],
    ["a reset connection", ScriptedServer.reset]
  ]

  for (const [name, resource] of answers) {
    it.scopedLive(
      `answers with ${name}, and each probe has a result`,
      () =>
        Effect.gen(function* () {
          const server = yield* ScriptedServer.make({ resource })
          const report = yield* compareWith(server.origin)
          assert.isAbove(report.rows.length, 50)
          for (const { reason, verdict } of report.rows) assert.strictEqual(reason === null, verdict !== "unclear")
          const unclear = Systems.unclear(report).length
          assert.isAtLeast(unclear, 30)
        }),
      patience
    )
  }
})
