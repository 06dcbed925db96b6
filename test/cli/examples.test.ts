import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Operator from "../../src/cli/operator/Operator.js"
import { cli, folder, root, run, startCommand } from "./Child.js"
import { environmentOf, operate } from "./Operated.js"

describe("every example runs, and ends by itself", () => {
  for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"))) {
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const { code, signal, stderr, stdout } = yield* run(`examples/${name}`, [])
          assert.deepStrictEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" }, stdout)
          // No token, no secret.
          assert.notMatch(stdout, /eyJ[\w-]{20}|public-and|public-as|correct horse/)
        }),
      180_000
    )
  }
})

const Made = Schema.Struct({ id: Schema.String })

const Token = Schema.Struct({ access_token: Schema.String })

/** What the reader of an example has: a client and a grant of their own, files, and the password of a customer. */
const scene = Effect.gen(function* () {
  const system = yield* DinteroEmbedded.serve()
  const environment = environmentOf(system)
  const dir = yield* folder
  const made = (...args: ReadonlyArray<string>) =>
    Effect.flatMap(operate(environment, ...args, "--json"), ({ json }) => Schema.decodeUnknown(Made)(json()))
  const client = yield* made("clients", "create", "--name", "Example")
  const grant = yield* made("grants", "create", client.id, "--scope", "read:customers")
  const { access_token } = yield* Schema.decodeUnknown(Token)((yield* operate(environment, "token", "--show", "--json")).json())
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
  write("token.txt", access_token)
  write("settings.json", (yield* operate(environment, "settings", "get")).stdout)
  write("customer.json", '{"type":"customer","email":"eva@example.com"}')
  write("customers.ndjson", '{"type":"customer","email":"a@example.com"}\n{"type":"customer","email":"b@example.com"}\n')
  return {
    dir,
    environment: {
      ...environment,
      DINTERO_LOGIN_EMAIL: "ada@example.com",
      DINTERO_LOGIN_PASSWORD: DinteroEmbedded.demoPassword
    },
    filled: (example: string) => example.replaceAll("CLIENT_ID", client.id).replaceAll("GRANT_ID", grant.id)
  }
})

/** Of the words of a line without anything else that a shell reads. */
const words = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([whole, double, single]) => double ?? single ?? whole)

const needsShell = (line: string): boolean => /[<>|$]/.test(line)

const helpExamples = Operator.tree
  .flatMap((node) => ("leaves" in node ? node.leaves : [node]))
  .flatMap(({ examples }) => examples)

// What shells make of the completions is tested in operator.test.ts.
const docsExamples = [...readFileSync(join(root, "docs/cli.md"), "utf8").matchAll(/^effect-dintero (.*)$/gm)].flatMap(
  ([, example = ""]) => (/^serve|^--completions/.test(example) ? [] : [example])
)

describe("every example of the operators' commands does what it says", () => {
  for (const example of new Set([...helpExamples, ...docsExamples])) {
    it.scopedLive(
      example,
      () =>
        Effect.gen(function* () {
          const { dir, environment, filled } = yield* scene
          const isExport = example.startsWith("users export")
          const inFolder = (word: string) =>
            /^[\w-]+\.(?:json|ndjson|txt)$/.test(word) ? join(dir, isExport ? `new-${word}` : word) : word
          if (!needsShell(example)) {
            const { code, failure } = yield* operate(environment, ...words(filled(example)).map(inFolder))
            return assert.strictEqual(code, 0, failure)
          }
          const call = `set -o pipefail; effect-dintero() { '${process.execPath}' --import "$LOADER" '${join(root, cli)}' "$@"; }; effect-dintero ${filled(example)}`
          const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href
          const ended = yield* Effect.flatMap(
            startCommand("bash", ["-c", call], {
              cwd: dir,
              env: { ...environment, LOADER: loader, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") }
            }),
            (child) => child.ended
          )
          assert.deepInclude(ended, { code: 0, stderr: "" })
        }),
      180_000
    )
  }

  it("the docs name every command", () => {
    for (const example of helpExamples) {
      const [first = "", second = ""] = example.split(" ")
      assert.isTrue(
        docsExamples.some((other) => other === first || other.startsWith(`${first} `)),
        `${first} ${second}`
      )
    }
  })
})
