/**
 * `effect-dintero compare` as a user starts it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CompareArguments from "../../../src/cli/compare/CompareArguments.js"
import { Report } from "../../../src/cli/compare/Report.js"
import { text } from "../../../src/cli/compare/ReportText.js"
import { DinteroEmbedded, EmbeddedConfig, PasswordHashing } from "../../../src/embedded.js"
import * as ScriptedServer from "../../utils/ScriptedServer.js"
import { cli, firstLine, folder, run, start } from "../Child.js"
import * as Systems from "./Systems.js"

// For a machine that is busy with something else: a test starts up to four programs.
const patience = 600_000

/** In the place of the service, on a port. */
const serve = (config: EmbeddedConfig.EmbeddedConfig = {}) =>
  DinteroEmbedded.serve({ ...config, seed: Systems.seed(Systems.settings), passwordHashing: PasswordHashing.fastForTests })

const environment = (url: string, accountId: string = Systems.account) => ({
  DINTERO_ACCOUNT_ID: accountId,
  DINTERO_CLIENT_ID: "a-client",
  DINTERO_CLIENT_SECRET: Systems.clientSecret,
  DINTERO_BASE_URL: url
})

const decodeReport = Schema.decodeUnknown(Schema.parseJson(Report), { onExcessProperty: "error" })

describe("effect-dintero compare", () => {
  it.scopedLive(
    "reports the differences as JSON, writes a configuration with which serve agrees, and prints no secret",
    () =>
      Effect.gen(function* () {
        const config = { assumed: { unknownTag: "ignored", equalTags: "refused" }, wrongCredentialStatus: 401 } as const
        const service = yield* serve(config)
        const file = join(yield* folder, "dintero.json")
        const env = environment(service.url)
        const first = yield* run(cli, ["compare", "--json", "--strict", "--embedded-config", file], { env })
        const report = yield* decodeReport(first.stdout)
        assert.sameMembers(Systems.differences(report).map(Systems.nameOf), [
          "unknown-tag",
          "equal-tags",
          "wrong-credential-answer"
        ])
        assert.strictEqual(first.code, 1)
        const [runs, failure] = first.stderr.trimEnd().split("\n")
        assert.match(runs ?? "", /^This run is effect-dintero-compare-[0-9a-f]{10}\. If it is killed, /)
        assert.deepStrictEqual(JSON.parse(failure ?? ""), {
          error: { tag: "CommandFailed", message: "There are 3 differences." }
        })
        assert.isTrue(report.not_asked.some(({ assumption }) => assumption === "settings-merge"))
        const written = yield* EmbeddedConfig.parse(readFileSync(file, "utf8"))
        assert.deepInclude(written.assumed, config.assumed)
        for (const secret of [Systems.clientSecret, Systems.account, Systems.hmacKey, ...Object.values(Systems.person)]) {
          assert.notInclude(first.stdout + first.stderr + readFileSync(file, "utf8"), secret)
        }

        const again = yield* run(cli, ["compare", "--strict", "--include-settings", "--config", file], { env })
        assert.strictEqual(again.code, 0, again.stderr)
        assert.match(again.stdout, /^0 differences, \d+ the same, 1 could not be told, \d+ assumptions not asked about$/m)

        const other = yield* start(cli, ["serve", "--json", "--config", file])
        const called: { readonly url: string; readonly client_id: string; readonly client_secret: string } = JSON.parse(
          yield* firstLine(other)
        )
        const served = yield* run(cli, ["compare", "--json"], {
          env: {
            DINTERO_ACCOUNT_ID: "T12345678",
            DINTERO_CLIENT_ID: called.client_id,
            DINTERO_CLIENT_SECRET: called.client_secret,
            DINTERO_BASE_URL: called.url
          }
        })
        const found = yield* decodeReport(served.stdout)
        assert.sameMembers(Systems.differences(found).map(Systems.nameOf), Systems.differences(report).map(Systems.nameOf))
      }),
    patience
  )

  it.scopedLive(
    "refuses a production account, wrong credentials and files that cannot be used before anything is sent, with 2",
    () =>
      Effect.gen(function* () {
        const server = yield* ScriptedServer.make({})
        const env = environment(server.origin)
        const cases: ReadonlyArray<readonly [env: Record<string, string>, message: string]> = [
          [
            environment(server.origin, "P12345678"),
            "P12345678 is a production account, which compare refuses: give a test account (T and 8 digits)."
          ],
          [environment(server.origin, "Pretty"), "Pretty is a production account"],
          [environment(server.origin, "T1"), "DINTERO_ACCOUNT_ID cannot be used: expected P or T and 8 digits"],
          [environment("http://service.example"), "DINTERO_BASE_URL cannot be used: expected https"],
          [{ ...env, DINTERO_AUDIENCE: "the account" }, "DINTERO_AUDIENCE cannot be used: expected the URL of an account"],
          [{ ...env, DINTERO_CLIENT_SECRET: "" }, "DINTERO_CLIENT_SECRET is not set"]
        ]
        for (const [given, message] of cases) {
          const { code, stderr, stdout } = yield* run(cli, ["compare"], { env: given })
          assert.strictEqual(code, 2, message)
          assert.strictEqual(stdout, "")
          assert.isTrue(stderr.startsWith(message), stderr)
          assert.lengthOf(stderr.trimEnd().split("\n"), 1)
        }
        const file = join(yield* folder, "nobody", "dintero.json")
        for (const flag of ["--config", "--embedded-config"]) {
          const { code, stderr } = yield* run(cli, ["compare", flag, file], { env })
          assert.strictEqual(code, 2, stderr)
          assert.include(stderr, file)
        }
        const asJson = yield* run(cli, ["compare", "--json"], { env: environment(server.origin, "P12345678") })
        assert.deepInclude(JSON.parse(asJson.stderr), { error: { tag: "WrongUsage", message: cases[0]?.[1] } })
        assert.strictEqual(server.tokenRequests() + server.resourceRequests(), 0)
      }),
    patience
  )

  it.scopedLive(
    "exits with 1 when the service refuses the client",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serve()
        const env = { ...environment(url), DINTERO_CLIENT_SECRET: "another-secret" }
        assert.deepStrictEqual(yield* run(cli, ["compare"], { env }), {
          code: 1,
          signal: null,
          stdout: "",
          stderr: "The account cannot be asked: The request for an access token was answered with 401.\n"
        })
      }),
    patience
  )

  it.scopedLive(
    "removes what it made after Ctrl-C, and --cleanup removes it after a kill",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const env = environment(service.url)
        const hanging = {
          match: { operation: "customers.tags.setOfCustomer" },
          fault: { kind: "stall", when: "after_commit" }
        } as const
        const customers = Effect.map(Effect.orDie(service.accounts.customers(Systems.account)), (all) =>
          all.flatMap((one) => (one.deleted_at === null ? [one.customer_id] : []))
        )
        const started = Effect.gen(function* () {
          yield* service.faults.script({ rules: [hanging] })
          const child = yield* start(cli, ["compare"], { env })
          const name = /effect-dintero-compare-\w+/.exec(yield* child.untilError(/\n/))?.[0] ?? assert.fail("no name")
          yield* Effect.repeat(Effect.delay(service.faults.list, "20 millis"), { until: ([rule]) => rule?.applied === 1 })
          yield* service.faults.clear
          assert.lengthOf(yield* customers, 2)
          return { child, name }
        })

        const stopped = yield* started
        yield* stopped.child.signal("SIGINT")
        assert.deepInclude(yield* stopped.child.ended, { code: 130, stdout: "" })
        assert.deepStrictEqual(yield* customers, ["ada"])

        const killed = yield* started
        yield* killed.child.signal("SIGKILL")
        yield* killed.child.ended
        assert.lengthOf(yield* customers, 2)
        const cleanup = yield* run(cli, ["compare", "--cleanup", killed.name], { env })
        assert.deepStrictEqual(cleanup, { code: 0, signal: null, stdout: `Nothing of ${killed.name} is left.\n`, stderr: "" })
        assert.deepStrictEqual(yield* customers, ["ada"])
      }),
    patience
  )

  it.scopedLive(
    "says what is wrong with a file of its own",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serve()
        const env = environment(url)
        const file = join(yield* folder, "config.json")
        writeFileSync(file, '{"assumed": {"unknownTag": "refuse", "unknownTags": 1}}')
        const { code, stderr } = yield* run(cli, ["compare", "--config", file], { env })
        assert.strictEqual(code, 2)
        assert.match(stderr, /^The configuration .+ cannot be used: it has 2 errors:\n {2}assumed\.unknownTag/)
        const none = join(file, "none.json")
        const unwritten = yield* run(cli, ["compare", "--embedded-config", none], { env })
        assert.strictEqual(unwritten.code, 2)
        assert.include(unwritten.stderr, `${none} cannot be written`)
        assert.isFalse(existsSync(none))
      }),
    patience
  )

  it.live(
    "--help names every flag and has an example",
    () =>
      Effect.gen(function* () {
        for (const args of [
          ["compare", "--help"],
          ["compare", "-h"]
        ]) {
          const { code, stderr, stdout } = yield* run(cli, args)
          assert.deepStrictEqual([code, stderr, stdout], [0, "", CompareArguments.help])
        }
        for (const flag of ["json", "strict", "include-settings", "embedded-config", "config", "cleanup", "help"]) {
          assert.include(CompareArguments.help, `--${flag}`)
        }
        assert.isBelow(Math.max(...CompareArguments.help.split("\n").map(({ length }) => length)), 81)
        assert.match(CompareArguments.help, /^Example:$/m)
      }),
    patience
  )
})

describe("the arguments of compare", () => {
  const refusal = (...args: ReadonlyArray<string>) => {
    const parsed = CompareArguments.parse(args)
    return Either.isLeft(parsed) ? parsed.left : assert.fail(`${args.join(" ")} was accepted`)
  }

  it("have defaults", () => {
    const defaults = {
      json: false,
      strict: false,
      includeSettings: false,
      embeddedConfig: undefined,
      config: undefined,
      cleanup: undefined
    }
    assert.deepStrictEqual(CompareArguments.parse([]), Either.right(defaults))
    assert.deepStrictEqual(
      CompareArguments.parse(["--json", "--strict", "--include-settings", "--embedded-config=a", "--config", "b"]),
      Either.right({ ...defaults, json: true, strict: true, includeSettings: true, embeddedConfig: "a", config: "b" })
    )
    const cleanup = "effect-dintero-compare-0f3a9c21d4"
    assert.deepStrictEqual(CompareArguments.parse(["--cleanup", cleanup]), Either.right({ ...defaults, cleanup }))
  })

  it("that are wrong are named, with the right call, and exit with 2", () => {
    for (const [args, message] of [
      [["T12345678"], 'compare takes only flags, not "T12345678".'],
      [["--client-secret", "x"], "There is no flag --client-secret of compare."],
      [["--json=yes"], "--json takes no value."],
      [["--config"], "--config needs a value."],
      [["--config", "--json"], "--config needs a value."],
      [["--json", "--json"], "--json is given more than once: give it once."],
      [["--cleanup", "everything"], "--cleanup needs the name of a run, such as effect-dintero-compare-0f3a9c21d4."],
      [["--cleanup", "effect-dintero-compare-a", "--json"], "--cleanup takes no other flag beside it."],
      [["\u001B[31m"], 'compare takes only flags, not "\\u{1b}[31m".']
    ] as const) {
      const refused = refusal(...args)
      assert.strictEqual(refused.message, `${message} effect-dintero compare --help shows the usage.`)
      assert.strictEqual(refused.exitCode, 2)
    }
  })
})

describe("a report for a person", () => {
  it("names the answers, the switch, the reasons and what is left", () => {
    const base = { assumption: "unknown-tag", aspect: null, asks: "What happens?", reason: null }
    const report: Report = {
      version: 1,
      rows: [
        { ...base, ours: "a", theirs: "b", verdict: "differ", change: { assumed: { unknownTag: "ignored" } } },
        { ...base, aspect: "more", ours: "a", theirs: "b", verdict: "differ", change: null },
        { ...base, assumption: "cursor", ours: "a", theirs: "a", verdict: "agree", change: null },
        { ...base, assumption: "last-page", ours: null, theirs: null, verdict: "unclear", change: null, reason: "It is down" }
      ],
      not_asked: [{ assumption: "mfa-channel", why: "It needs a code." }],
      notes: ["A note."],
      leftovers: [{ what: "the tag x", how: "DELETE it" }],
      embedded_config: {}
    }
    assert.strictEqual(
      text(report),
      `Different (2)
  unknown-tag: What happens?
    the service:         b
    the embedded system: a
    to make it agree:    assumed.unknownTag: "ignored"
  unknown-tag, more: What happens?
    the service:         b
    the embedded system: a
    to make it agree:    there is no switch

Could not tell (1)
  last-page: It is down

The same (1)
  cursor: a

Not asked (1)
  mfa-channel: It needs a code.

Notes (1)
  A note.

Could not be undone (1)
  the tag x. By hand: DELETE it

2 differences, 1 the same, 1 could not be told, 1 assumption not asked about
`
    )
  })
})
