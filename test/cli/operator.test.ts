import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Help from "../../src/cli/operator/Help.js"
import * as Jwt from "../../src/cli/operator/Jwt.js"
import type { Leaf } from "../../src/cli/operator/Leaf.js"
import * as Operator from "../../src/cli/operator/Operator.js"
import * as Output from "../../src/cli/operator/Output.js"
import * as ScriptedServer from "../utils/ScriptedServer.js"
import { cli, folder, run, startCommand } from "./Child.js"
import { environmentOf, operate } from "./Operated.js"

// For a machine that is busy with something else.
const patience = 180_000

const secret = "this-demo-secret-is-public-and-protects-nothing"
const scopes = ["admin:customers", "admin:accounts", "read:accounts", "write:accounts:/auth/users", "write:accounts:/auth/mfa"]

const production = {
  accounts: [
    {
      account_id: "P12345678",
      clients: [{ client_id: "shop", client_secret: secret, grants: [{ type: "client_credentials" as const, scope: scopes }] }],
      customers: [{ customer_id: "ada", email: "ada@example.com" }]
    }
  ]
}

const served = Effect.map(DinteroEmbedded.serve(), (system) => ({ system, environment: environmentOf(system) }))

const leaves: ReadonlyArray<readonly [path: string, leaf: Leaf]> = Operator.tree.flatMap((node) =>
  "leaves" in node ? node.leaves.map((leaf) => [`${node.name} ${leaf.name}`, leaf] as const) : [[node.name, node] as const]
)

const isJwt = /eyJ[\w-]{20}/

/** Reads a field of JSON whose form the test asserts. */
const field = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (part, name) =>
      typeof part === "object" && part !== null ? Object.entries(part).find(([key]) => key === name)?.[1] : undefined,
    value
  )

const text = (value: unknown): string => (typeof value === "string" ? value : assert.fail(`${JSON.stringify(value)} is no text`))

describe("tokens", () => {
  it.scopedLive("token hides the token, and shows it with --show", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const hidden = yield* operate(environment, "token")
      assert.strictEqual(hidden.code, 0)
      assert.match(
        hidden.stdout,
        /^Token {5}\*{8} \(--show prints it\)\nAccount {3}T12345678\nAudience .*\nExpires .* \(in 4 h\)\n$/
      )
      const masked = yield* operate(environment, "token", "--json")
      assert.notMatch(masked.stdout, isJwt)
      const shown = yield* operate(environment, "token", "--show", "--json")
      assert.match(text(field(shown.json(), "access_token")), isJwt)
    })
  )

  it.scopedLive("whoami verifies a token with the keys of the account, and refuses forgeries and expired tokens", () =>
    Effect.gen(function* () {
      const { environment, system } = yield* served
      const own = yield* operate(environment, "whoami", "--json")
      assert.strictEqual(own.code, 0)
      assert.include(JSON.stringify(field(own.json(), "claims")), "admin:customers")
      const keys = yield* operate(environment, "keys", "--json")
      assert.include(keys.stdout, text(field(own.json(), "kid")))

      const token = text(field((yield* operate(environment, "token", "--show", "--json")).json(), "access_token"))
      const file = join(yield* folder, "token")
      const look = (forged: string) =>
        Effect.suspend(() => {
          writeFileSync(file, `${forged}\n`)
          return operate(environment, "whoami", "--token-file", file)
        })
      assert.strictEqual((yield* look(token)).code, 0)
      const [header = "", claims = "", signature = ""] = token.split(".")
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
      const decoded = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as object
      const forgeries: ReadonlyArray<readonly [string, RegExp]> = [
        ["not a token", /it is not a JWT/],
        [`${header}.${claims}`, /it is not a JWT/],
        [`${encode({ ...decoded, alg: "none" })}.${claims}.`, /not signed with RS256/],
        [`${encode({ ...decoded, alg: "HS256" })}.${claims}.${signature}`, /not signed with RS256/],
        [`${encode({ ...decoded, kid: "other" })}.${claims}.${signature}`, /no key of the name/],
        [`${encode({ alg: "RS256" })}.${claims}.${signature}`, /does not name its key/],
        [`${header}.${encode({ sub: "admin" })}.${signature}`, /its signature is not/],
        [`${header}.${claims}.`, /its signature is not/]
      ]
      for (const [forged, why] of forgeries) {
        const refused = yield* look(forged)
        assert.strictEqual(refused.code, 1, forged)
        assert.match(refused.failure, why)
        assert.strictEqual(refused.stdout, "")
      }
      // The header of a token of an earlier release has the name of the key alone.
      assert.strictEqual(Jwt.bareKid("test.dintero.com/0123"), "0123")
      assert.strictEqual(Jwt.bareKid("0123"), "0123")

      // Another system has signed it, with another key.
      const other = yield* DinteroEmbedded.serve()
      const foreign = text(field((yield* operate(environmentOf(other), "token", "--show", "--json")).json(), "access_token"))
      assert.match((yield* look(foreign)).failure, /no key of the name/)
      assert.strictEqual(system.seed.accounts.length, 1)
    })
  )
})

describe("login", () => {
  it.scopedLive("takes email and password from the environment, and hides the session", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const ada = { ...environment, DINTERO_LOGIN_EMAIL: "ada@example.com", DINTERO_LOGIN_PASSWORD: DinteroEmbedded.demoPassword }
      const hidden = yield* operate(ada, "login")
      assert.strictEqual(hidden.code, 0)
      assert.match(hidden.stdout, /^Logged in +ada@example\.com\nAccess token +\*{8} .*\nRefresh token +\*{8}\nExpires /)
      assert.match((yield* operate(ada, "login", "--show", "--json")).stdout, isJwt)
      const wrong = yield* operate({ ...ada, DINTERO_LOGIN_PASSWORD: "wrong-password" }, "login", "--json")
      assert.strictEqual(wrong.code, 1)
      assert.strictEqual(field(JSON.parse(wrong.failure), "error", "tag"), "CredentialsRefused")
      assert.notInclude(wrong.failure, "wrong-password")
      const missing = yield* operate(environment, "login")
      assert.deepInclude(missing, { code: 2 })
      assert.match(missing.failure, /^DINTERO_LOGIN_EMAIL is not set/)
    })
  )
})

describe("clients and grants", () => {
  it.scopedLive("a client is added, gets a grant, works, is changed, gets another secret, and is removed", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const added = yield* operate(environment, "clients", "create", "--name", "Web shop", "--json")
      assert.strictEqual(added.code, 0, added.failure)
      const id = text(field(added.json(), "id"))
      const first = text(field(added.json(), "client_secret"))
      const list = yield* operate(environment, "clients", "list")
      assert.include(list.stdout, id)
      assert.notInclude(list.stdout, first)

      const granted = yield* operate(
        environment,
        "grants",
        "create",
        id,
        "--scope",
        "read:accounts",
        "--type",
        "client_credentials",
        "--json"
      )
      assert.strictEqual(granted.code, 0, granted.failure)
      const grant = text(field(granted.json(), "id"))
      assert.include((yield* operate(environment, "grants", "list", "--client", id)).stdout, grant)
      const own = { ...environment, DINTERO_CLIENT_ID: id, DINTERO_CLIENT_SECRET: first }
      assert.strictEqual((yield* operate(own, "whoami")).code, 0)
      const forbidden = yield* operate(own, "users", "list")
      assert.strictEqual(forbidden.code, 1)
      assert.match(forbidden.failure, /admin:customers[\s\S]*grants update/)

      const updated = yield* operate(
        environment,
        "grants",
        "update",
        grant,
        "--scope",
        "read:accounts",
        "--scope",
        "read:customers",
        "--json"
      )
      assert.deepStrictEqual(field(updated.json(), "scope"), ["read:accounts", "read:customers"])
      assert.strictEqual((yield* operate(own, "users", "list")).code, 0)

      const renamed = yield* operate(environment, "clients", "update", id, "--name", "Old shop")
      assert.include(renamed.stdout, "Old shop")
      assert.deepInclude(yield* operate(environment, "clients", "update", id), {
        code: 2,
        failure: "There is nothing to change: give --name, --description or both."
      })
      const rotated = yield* operate(environment, "clients", "rotate-secret", id)
      const second = /^Secret +(\S+)$/m.exec(rotated.stdout)?.[1] ?? assert.fail(rotated.stdout)
      assert.notStrictEqual(second, first)
      assert.match(rotated.stdout, /not shown again/)
      assert.strictEqual((yield* operate({ ...own, DINTERO_CLIENT_SECRET: second }, "token")).code, 0)
      assert.notInclude((yield* operate(environment, "clients", "get", id)).stdout, second)

      assert.strictEqual((yield* operate(environment, "grants", "delete", grant)).stdout, `The grant ${grant} is removed.\n`)
      assert.strictEqual((yield* operate(environment, "clients", "delete", id)).stdout, `The client ${id} is removed.\n`)
      assert.strictEqual((yield* operate(environment, "clients", "get", id)).code, 1)
    })
  )

  it.scopedLive("a secret that the service sends with a grant is masked", () =>
    Effect.gen(function* () {
      const grant = {
        id: "g",
        client_id: "c",
        audience: "https://api.dintero.com/v1/accounts/T12345678",
        scope: ["a"],
        oidc: { client_id: "x", client_secret: "of-the-provider", authority: "https://id.example.com" }
      }
      const server = yield* ScriptedServer.make({
        token: ScriptedServer.goodToken,
        resource: ScriptedServer.json(200, [grant])
      })
      const environment = {
        DINTERO_ACCOUNT_ID: "T12345678",
        DINTERO_CLIENT_ID: "c",
        DINTERO_CLIENT_SECRET: "s",
        DINTERO_BASE_URL: server.origin
      }
      const list = yield* operate(environment, "grants", "list", "--json")
      assert.strictEqual(list.code, 0, list.failure)
      assert.include(list.stdout, Output.mask)
      assert.notInclude(list.stdout, "of-the-provider")
    })
  )
})

describe("settings and users", () => {
  it.scopedLive("settings are read, replaced by section, and a mask is not written", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const file = join(yield* folder, "settings.json")
      const put = (settings: unknown) =>
        Effect.suspend(() => {
          writeFileSync(file, typeof settings === "string" ? settings : JSON.stringify(settings))
          return operate(environment, "settings", "put", file)
        })
      const auto = (key: string) => ({
        users: { auto_tokens: [{ source: "email", token_type: "hash", type: { type: "HMAC-SHA256", secret: key } }] }
      })
      const before = JSON.parse((yield* operate(environment, "settings", "get")).stdout) as unknown
      assert.isDefined(field(before, "users"))
      const broken = yield* put('{"users": {"password": "hunter2"')
      assert.deepInclude(broken, { code: 2, stdout: "" })
      assert.notInclude(broken.failure, "hunter2")
      const wrong = yield* put({ users: { head: "yes" } })
      assert.strictEqual(wrong.code, 2)
      assert.match(wrong.failure, /users\.head/)
      const masked = yield* put(auto(Output.mask))
      assert.strictEqual(masked.code, 2)
      const missing = yield* operate(environment, "settings", "put", join(file, "none"))
      assert.deepInclude(missing, { code: 2, stdout: "" })
      assert.match(missing.failure, /cannot be used: a part of its path is not a directory\./)
      const changed = yield* put(before)
      assert.strictEqual(changed.code, 0, changed.failure)
    })
  )

  it.scopedLive("a customer is created, found, changed and erased", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const file = join(yield* folder, "customer.json")
      const customer = { type: "customer", customer_id: "bo", email: "bo@example.com", first_name: "Bo", last_name: "Å" }
      writeFileSync(file, JSON.stringify(customer))
      const created = yield* operate(environment, "users", "create", file, "--json")
      assert.strictEqual(field(created.json(), "customer_id"), "bo")
      const again = yield* operate(environment, "users", "create", file, "--json")
      assert.strictEqual(again.code, 1)
      assert.deepInclude(field(JSON.parse(again.failure), "error"), { tag: "Duplicate", field: "customer_id", status: 400 })
      const list = yield* operate(environment, "users", "list", "--email", "bo@")
      assert.strictEqual(
        list.stdout,
        "CUSTOMER_ID  TYPE      NAME  EMAIL           PHONE\nbo           customer  Bo Å  bo@example.com  -\n"
      )
      const page = yield* operate(environment, "users", "list", "--limit", "1")
      const cursor = /^There is more: --after (\S+)$/m.exec(page.stdout)?.[1] ?? assert.fail(page.stdout)
      const rest = yield* operate(environment, "users", "list", "--limit", "1", "--after", cursor, "--json")
      assert.strictEqual(JSON.stringify(field(rest.json(), "users")).includes(cursor), false)
      writeFileSync(file, JSON.stringify({ first_name: null }))
      const updated = yield* operate(environment, "users", "update", "bo", file, "--json")
      assert.isNull(field(updated.json(), "first_name") ?? null)
      assert.strictEqual((yield* operate(environment, "users", "delete", "bo")).stdout, "The customer bo is erased.\n")
      assert.strictEqual((yield* operate(environment, "users", "get", "bo")).code, 1)
      writeFileSync(file, JSON.stringify({ type: "customer", password: "abc" }))
      const short = yield* operate(environment, "users", "create", file)
      assert.strictEqual(short.code, 2)
      assert.notInclude(short.failure, "abc")
    })
  )
})

describe("wrong usage", () => {
  it.scopedLive("says what is wrong and the right call on one screen, with the exit code 2", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [args: string, first: RegExp, call: string]> = [
        ["users get", /^Missing argument <CUSTOMER_ID>\.$/, "effect-dintero users get CUSTOMER_ID [flags]"],
        ["users get a b", /^There is one argument too many: b\.$/, "effect-dintero users get ada"],
        ["users gt", /^users has no command gt\.$/, "users get"],
        ["users", /^users needs a command\.$/, "users list"],
        ["users --limit list", /^Flags come after the command\.$/, "users list"],
        ["users list --bogus", /^There is no flag --bogus\.$/, "effect-dintero users list"],
        ["users list --limit 1e1", /^--limit has to be a whole number from 1 to 100\.$/, "effect-dintero users list"],
        ["users list --limit", /^--limit needs a value\.$/, "effect-dintero users list"],
        ["users list --type any-other", /^--type has to be one of customer, company, /, "effect-dintero users list"],
        ["grants create c", /^--scope SCOPE has to be given\.$/, "effect-dintero grants create"],
        ["token --wizard", /^There is no such flag at this place\.$/, "effect-dintero token"],
        [
          "token --client-secret=hunter2",
          /^There is no flag --client-secret=\.\.\.\. No flag takes a credential/,
          "effect-dintero token"
        ],
        ["--completions tcsh", /^--completions needs the name of a shell/, "effect-dintero --completions bash"]
      ]
      for (const [args, first, call] of cases) {
        const refused = yield* operate({}, ...args.split(" "))
        assert.deepInclude(refused, { code: 2, stdout: "" }, args)
        const lines = refused.failure.split("\n")
        assert.match(lines[0] ?? "", first, args)
        assert.include(refused.failure, call, args)
        assert.isAtMost(lines.length, 24, args)
        assert.notInclude(refused.failure, "\u001B")
        assert.notInclude(refused.failure, "hunter2")
      }
      const asJson = yield* operate({}, "users", "get", "--json")
      assert.strictEqual(field(JSON.parse(asJson.failure), "error", "tag"), "WrongUsage")
    })
  )

  it.scopedLive("credentials that are missing or wrong are named by their variables", () =>
    Effect.gen(function* () {
      const { environment } = yield* served
      const cases: ReadonlyArray<readonly [changed: Readonly<Record<string, string>>, failure: RegExp]> = [
        [{ DINTERO_ACCOUNT_ID: "" }, /^DINTERO_ACCOUNT_ID is not set/],
        [{ DINTERO_CLIENT_SECRET: "" }, /^DINTERO_CLIENT_SECRET is not set/],
        [{ DINTERO_ACCOUNT_ID: "X1" }, /^DINTERO_ACCOUNT_ID cannot be used: expected P or T/],
        [{ DINTERO_BASE_URL: "http://example.com" }, /^DINTERO_BASE_URL cannot be used: expected https/],
        [{ DINTERO_ALLOW_INSECURE: "perhaps" }, /^DINTERO_ALLOW_INSECURE has to be true or false/]
      ]
      for (const [changed, failure] of cases) {
        const refused = yield* operate({ ...environment, ...changed }, "token")
        assert.strictEqual(refused.code, 2)
        assert.match(refused.failure, failure)
        assert.notInclude(refused.failure, secret)
      }
      const wrong = yield* operate({ ...environment, DINTERO_CLIENT_SECRET: "wrong-secret" }, "token")
      assert.strictEqual(wrong.code, 1)
      assert.match(wrong.failure, /Check DINTERO_CLIENT_ID and DINTERO_CLIENT_SECRET/)
      assert.notInclude(wrong.failure, "wrong-secret")
    })
  )
})

describe("a production account", () => {
  it.scopedLive("is changed only with --yes where nobody can be asked; reading is free", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({ seed: production })
      const environment = environmentOf(system)
      assert.strictEqual((yield* operate(environment, "users", "get", "ada")).code, 0)
      for (const args of [
        "users delete ada",
        "clients create",
        "clients delete x",
        "grants delete x",
        "clients rotate-secret x"
      ]) {
        const refused = yield* operate(environment, ...args.split(" "))
        assert.deepInclude(refused, { code: 2, stdout: "" }, args)
        assert.match(refused.failure, /^P12345678 is a production account, .* it needs --yes\.$/)
      }
      assert.isFalse((yield* system.journal.list()).some(({ method }) => method === "DELETE"))
      assert.strictEqual((yield* operate(environment, "users", "delete", "ada", "--yes")).code, 0)
    })
  )
})

/** A terminal: `script` of util-linux gives the command one. What is typed is given when its question is there. */
const atTerminal = (
  environment: Readonly<Record<string, string>>,
  args: string,
  answers: ReadonlyArray<readonly [RegExp, Effect.Effect<string>]>
) =>
  Effect.gen(function* () {
    const fifo = join(yield* folder, "typed")
    writeFileSync(fifo, "")
    // `tail -f` passes on what is typed later, until the shell has ended.
    const child = yield* startCommand(
      "bash",
      ["-c", `tail -n +1 -f --pid=$$ "$TYPED" | script -qefc "'${process.execPath}' --import tsx ${cli} ${args}" /dev/null`],
      { env: { ...environment, TYPED: fifo, TERM: "dumb" } }
    )
    for (const [question, answer] of answers) {
      yield* child.until(question)
      writeFileSync(fifo, `${yield* answer}\r`, { flag: "a" })
    }
    return child
  })

const hasScript = existsSync("/usr/bin/script")

describe("in a terminal", () => {
  it.scopedLive(
    "a question comes before a production account is changed, and its default is no",
    (context) =>
      Effect.gen(function* () {
        if (!hasScript) return context.skip("skipped: no script; install it with apt-get install bsdutils")
        const system = yield* DinteroEmbedded.serve({ seed: production })
        const environment = environmentOf(system)
        const question = /This changes the production account P12345678: continue\? \[y\/N\] /
        const refused = yield* atTerminal(environment, "users delete ada", [[question, Effect.succeed("")]])
        yield* refused.until(/Nothing was changed\./)
        assert.strictEqual((yield* operate(environment, "users", "get", "ada")).code, 0)
        const done = yield* atTerminal(environment, "users delete ada", [[question, Effect.succeed("y")]])
        yield* done.until(/The customer ada is erased\./)
      }),
    patience
  )

  it.scopedLive(
    "login asks for the secret, the password and the one-time code, and shows none of the first two",
    (context) =>
      Effect.gen(function* () {
        if (!hasScript) return context.skip("skipped: no script; install it with apt-get install bsdutils")
        const { environment, system } = yield* served
        const file = join(yield* folder, "settings.json")
        const channel = { challenge_type: "oob", oob_channel: "email" }
        writeFileSync(
          file,
          JSON.stringify({
            users: { customer_id_format: "uuid", mfa: { enabled: true, login: channel, login_recovery: channel } }
          })
        )
        assert.strictEqual((yield* operate(environment, "settings", "put", file)).code, 0)
        const { DINTERO_CLIENT_SECRET: clientSecret = "", ...others } = environment
        const child = yield* atTerminal(others, "login", [
          [/Client secret \(not shown\): /, Effect.succeed(clientSecret)],
          [/Email: /, Effect.succeed("ada@example.com")],
          [/Password \(not shown\): /, Effect.succeed(DinteroEmbedded.demoPassword)],
          [/The one-time code that was sent: /, Effect.succeed("000000")],
          [
            /That code was refused\. The code: /,
            Effect.map(Effect.orDie(system.outbox.awaitNext()), ({ code }) =>
              code === undefined ? "" : Redacted.isRedacted(code) ? text(Redacted.value(code)) : text(code)
            )
          ]
        ])
        const output = yield* child.until(/Logged in +ada@example\.com[\s\S]*Expires/)
        assert.notInclude(output, clientSecret)
        assert.notInclude(output, DinteroEmbedded.demoPassword)
        assert.notMatch(output, isJwt)
        const unasked = yield* operate(
          { ...environment, DINTERO_LOGIN_EMAIL: "ada@example.com", DINTERO_LOGIN_PASSWORD: DinteroEmbedded.demoPassword },
          "login"
        )
        assert.strictEqual(unasked.code, 1)
        assert.include(unasked.failure, "run effect-dintero login in a terminal")
      }),
    patience
  )
})

describe("help", () => {
  it("every command has a help that fits a terminal, with every flag and an example", () => {
    assert.lengthOf(leaves, 4 + 6 + 4 + 2 + 7)
    for (const [path, leaf] of leaves) {
      const help = Help.ofLeaf(path, leaf)
      assert.isNotEmpty(leaf.examples, path)
      for (const line of help.split("\n")) assert.isAtMost(line.length, 80, line)
      for (const { label } of leaf.parameters) assert.include(help, label, path)
      assert.include(help, "--json", path)
      for (const example of leaf.examples) assert.isTrue(example.startsWith(path), `${path}: ${example}`)
    }
  })

  it.scopedLive("completions have every command and flag, and none that is not taken", () =>
    Effect.gen(function* () {
      for (const shell of ["bash", "zsh", "fish"]) {
        const { code, stdout } = yield* operate({}, "--completions", shell)
        assert.strictEqual(code, 0)
        for (const [path, leaf] of leaves) {
          for (const word of path.split(" ")) assert.include(stdout, word, shell)
          for (const { label } of leaf.parameters) {
            if (label.startsWith("--")) assert.include(stdout, label.replace(/ .*$/, "").replace(/^--/, ""), shell)
          }
        }
        for (const flag of ["serve", "watch-seed", "reproducible", "compare", "embedded-config", "cleanup"])
          assert.include(stdout, flag, shell)
        assert.notMatch(stdout, /wizard|log-level/, shell)
      }
    })
  )

  it.scopedLive(
    "bash and the other shells that are here take the completions",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "completions")
        for (const shell of ["bash", "zsh", "fish"].filter((name) => existsSync(`/usr/bin/${name}`))) {
          writeFileSync(file, (yield* operate({}, "--completions", shell)).stdout)
          const checked = yield* Effect.scoped(Effect.flatMap(startCommand(shell, ["-n", file]), ({ ended }) => ended))
          assert.deepInclude(checked, { code: 0, stderr: "" }, shell)
        }
        writeFileSync(file, (yield* operate({}, "--completions", "bash")).stdout)
        const completed = (words: string) =>
          Effect.scoped(
            Effect.flatMap(
              startCommand("bash", [
                "-c",
                `source ${file}; COMP_WORDS=(effect-dintero ${words}); COMP_CWORD=${words.split(" ").length}; _effect-dintero_bash_completions effect-dintero; echo "\${COMPREPLY[@]}"`
              ]),
              ({ ended }) => ended
            )
          ).pipe(Effect.map(({ stdout }) => stdout.trim()))
        assert.strictEqual(yield* completed("us"), "users")
        assert.strictEqual(yield* completed("users im"), "import")
        assert.strictEqual(yield* completed("users import --rest"), "--restart")
        assert.strictEqual(yield* completed("clients rotate-secret --y"), "--yes")
        assert.strictEqual(yield* completed("comp"), "compare")
        assert.strictEqual(yield* completed("compare --emb"), "--embedded-config")
      }),
    patience
  )
})

describe("as a process", () => {
  it.scopedLive(
    "the exit code and the streams are those of the command",
    () =>
      Effect.gen(function* () {
        const { environment } = yield* served
        const list = yield* run(cli, ["users", "list", "--json"], { env: environment })
        assert.deepInclude(list, { code: 0, stderr: "" })
        assert.include(list.stdout, "ada@example.com")
        const none = yield* run(cli, ["users", "get", "nobody", "--json"], { env: environment })
        assert.deepInclude(none, { code: 1, stdout: "" })
        assert.strictEqual(field(JSON.parse(none.stderr), "error", "tag"), "NotFound")
        const { access_token } = (yield* operate(environment, "token", "--show", "--json")).json() as { access_token: string }
        const given = yield* run(cli, ["whoami", "--token-file", "-", "--json"], { env: environment, input: `${access_token}\n` })
        assert.deepInclude(given, { code: 0, stderr: "" })
        const created = yield* run(cli, ["users", "create", "-", "--json"], {
          env: environment,
          input: '{"type":"customer","customer_id":"bo"}'
        })
        assert.deepInclude(created, { code: 0, stderr: "" })
        const updated = yield* run(cli, ["users", "update", "bo", "-"], { env: environment, input: '{"first_name":"Bo"}' })
        assert.match(updated.stdout, /^first_name +Bo$/m)
        const wrong = yield* run(cli, ["users", "gt"], { env: environment })
        assert.deepInclude(wrong, { code: 2, stdout: "" })
        assert.deepInclude(yield* run(cli, ["serve", "--prot", "1"]), { code: 2, stdout: "" })
      }),
    patience
  )

  it.live(
    "says which packages it lacks, and what installs them; help and serve do without them",
    () =>
      Effect.gen(function* () {
        const hidden = `
        import { register } from "node:module"
        register("data:text/javascript," + encodeURIComponent(\`
          export const resolve = async (specifier, context, next) => {
            if (!/^@effect\\\\/(cli|printer)/.test(specifier)) return next(specifier, context)
            throw Object.assign(new Error("Cannot find package '@effect/cli' imported from here"), { code: "ERR_MODULE_NOT_FOUND" })
          }
        \`))`
        const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hidden)}` }
        const refused = yield* run(cli, ["token"], { env })
        assert.strictEqual(refused.code, 1)
        assert.match(
          refused.stderr,
          /^This command needs @effect\/cli.*, which .* not installed\. Install .* with: npm install "@effect\/cli@\^0\.77\.2"/
        )
        assert.deepInclude(yield* run(cli, ["serve", "--help"], { env }), { code: 0, stderr: "" })
      }),
    patience
  )

  it.scopedLive(
    "a Ctrl-C ends it with 130",
    () =>
      Effect.gen(function* () {
        const server = yield* ScriptedServer.make({ token: ScriptedServer.silence })
        const env = {
          DINTERO_ACCOUNT_ID: "T12345678",
          DINTERO_CLIENT_ID: "c",
          DINTERO_CLIENT_SECRET: "s",
          DINTERO_BASE_URL: server.origin
        }
        const child = yield* startCommand(process.execPath, ["--import", "tsx", cli, "token"], { env })
        yield* Effect.repeat(Effect.delay(Effect.sync(server.tokenRequests), "20 millis"), { until: (count) => count > 0 })
        yield* child.signal("SIGINT")
        assert.deepStrictEqual(yield* child.ended, { code: 130, signal: null, stdout: "", stderr: "" })
      }),
    patience
  )
})

describe("tables", () => {
  const columns: ReadonlyArray<Output.Column<readonly [string, string]>> = [
    { title: "ID", of: ([id]) => id },
    { title: "NAME", of: ([, name]) => name, canBeCut: true }
  ]

  it("a name is cut to the width of the terminal, and an id never is", () => {
    const rows = [["0123456789", "A long name that does not fit"]] as const
    assert.strictEqual(Output.tableText(columns, rows, 24), "ID          NAME\n0123456789  A long name…\n")
    // It cannot fit in any case, so it is whole.
    assert.strictEqual(Output.tableText(columns, rows, 5), Output.tableText(columns, rows, undefined))
    assert.include(Output.tableText(columns, rows, undefined), "does not fit")
  })

  it("a text of the service cannot control the terminal", () => {
    assert.notInclude(Output.tableText(columns, [["a\u001B[2J", "b\nc"]], 80), "\u001B")
  })

  it("docs/cli.md names every command", () => {
    const page = readFileSync("docs/cli.md", "utf8")
    for (const { name } of Operator.tree) assert.include(page, `| \`effect-dintero ${name}\``)
  })
})
