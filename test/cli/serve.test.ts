import { execFile, execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Schema } from "effect"
import { Auth, Customers, Dintero } from "effect-dintero"
import { needed } from "../utils/Needed.js"
import { cli, connect, firstLine, folder, run, start, takenPort, untilClosed } from "./Child.js"

// For a machine that is busy with something else.
const patience = 180_000

const Printed = Schema.Struct({
  url: Schema.String,
  account_id: Schema.String,
  client_id: Schema.String,
  client_secret: Schema.String,
  audience: Schema.String,
  customer: Schema.NullOr(Schema.Struct({ email: Schema.String, password: Schema.Redacted(Schema.String) })),
  admin_token: Schema.String,
  inspector_url: Schema.String,
  docs_url: Schema.String
})

const decode = Schema.decode(Schema.parseJson(Printed), { onExcessProperty: "error" })

const serveJson = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* start(cli, ["serve", "--json", ...args])
    const line = yield* firstLine(child)
    return { child, line, printed: yield* decode(line) }
  })

/** The client as an application would configure it. */
const clientOf = (variables: ReadonlyArray<readonly [string, string]>) =>
  Dintero.layerConfig.pipe(
    Layer.provide(NodeHttpClient.layerUndici),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(variables))))
  )

const clientOfJson = (printed: typeof Printed.Type) =>
  clientOf([
    ["DINTERO_ACCOUNT_ID", printed.account_id],
    ["DINTERO_CLIENT_ID", printed.client_id],
    ["DINTERO_CLIENT_SECRET", printed.client_secret],
    ["DINTERO_BASE_URL", printed.url]
  ])

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const seedOf = (secret: string) =>
  JSON.stringify({
    accounts: [
      {
        account_id: "T00000001",
        clients: [{ client_id: "it's-me", client_secret: secret, grants: [{ scope: ["admin:customers"] }] }]
      }
    ]
  })

const hasCurl = (() => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()

const hasIpv6 = Effect.async<boolean>((resume) => {
  const server = createServer().once("error", () => resume(Effect.succeed(false)))
  server.listen(0, "::1", () => server.close(() => resume(Effect.succeed(true))))
})

const noCurl = "no curl; install it with apt-get install curl"
const curlNeeded = needed(hasCurl, noCurl)

const bash = (command: string) =>
  Effect.async<{ readonly failed: boolean; readonly stdout: string; readonly stderr: string }>((resume) => {
    execFile("bash", ["-c", command], (error, stdout, stderr) =>
      resume(Effect.succeed({ failed: error !== null, stdout, stderr }))
    )
  })

describe("the output has the values for a first call", () => {
  it.scopedLive(
    "--json prints one line with which a token, the settings and a login work",
    () =>
      Effect.gen(function* () {
        const { child, line, printed } = yield* serveJson()
        assert.match(printed.url, /^http:\/\/127\.0\.0\.1:\d+$/)
        assert.strictEqual(printed.account_id, "T12345678")
        yield* Effect.gen(function* () {
          const auth = yield* Auth
          const customers = yield* Customers
          const token = yield* auth.token({ grant_type: "client_credentials", audience: printed.audience })
          assert.isAbove(token.expires_in, 0)
          assert.isDefined((yield* customers.settings.get()).users)
          const { email, password } = printed.customer ?? assert.fail("there is no customer")
          const session = yield* customers.password.login({ type: "customer", email, password, audience: printed.audience })
          assert.isDefined(session.refresh_token)
        }).pipe(Effect.provide(clientOfJson(printed)))
        yield* child.signal("SIGTERM")
        const ended = yield* child.ended
        assert.deepStrictEqual(ended, { code: 0, signal: null, stdout: `${line}\n`, stderr: "" })
      }),
    patience
  )

  it.scopedLive(
    "the text has variables that configure the client, and a curl command that gets a token",
    (context) =>
      Effect.gen(function* () {
        const dir = yield* folder
        const seed = join(dir, "seed.json")
        writeFileSync(seed, seedOf("a'secret\"with$every`quote\\"))
        const child = yield* start(cli, ["serve", "--seed", seed])
        const text = yield* child.until(/Ctrl-C stops it/)
        assert.notInclude(text, "\u001B", "colour, although nobody looks")
        const variables = [...text.matchAll(/^ {2}(DINTERO_\w+)=(.*)$/gm)]
        assert.deepStrictEqual(
          variables.map(([, name]) => name),
          ["DINTERO_ACCOUNT_ID", "DINTERO_CLIENT_ID", "DINTERO_CLIENT_SECRET", "DINTERO_BASE_URL"]
        )
        // As a shell reads them.
        const { stdout } = yield* bash(`${variables.map(([line]) => line).join("\n")}
        printf '%s\\n' "$DINTERO_ACCOUNT_ID" "$DINTERO_CLIENT_ID" "$DINTERO_CLIENT_SECRET" "$DINTERO_BASE_URL"`)
        const values = stdout.split("\n")
        const settings = yield* Effect.provide(
          getSettings,
          clientOf(variables.map(([, name = ""], index) => [name, values[index] ?? ""] as const))
        )
        assert.isDefined(settings.users)

        const curl = /^ {2}curl (?:.*\n)+?(?=\n)/m.exec(text)?.[0] ?? assert.fail("there is no curl line")
        if (curlNeeded.isSkipped) return context.skip(`skipped: ${noCurl}`)
        const pasted = yield* bash(curl)
        assert.isFalse(pasted.failed, pasted.stderr)
        assert.match(pasted.stdout, /^\{"access_token":"[^"]+".*\}\n$/)
      }),
    patience
  )
})

describe("a seed", () => {
  it.scopedLive(
    "may begin with a byte order mark, and may come from standard input",
    () =>
      Effect.gen(function* () {
        const seed = join(yield* folder, "seed.json")
        writeFileSync(seed, `\uFEFF${seedOf("a-secret")}`)
        assert.strictEqual((yield* serveJson("--seed", seed)).printed.client_secret, "a-secret")
        const child = yield* start(cli, ["serve", "--json", "--seed", "-"], { input: seedOf("another-secret") })
        const printed = yield* decode(yield* firstLine(child))
        assert.strictEqual(printed.client_secret, "another-secret")
        assert.isDefined((yield* Effect.provide(getSettings, clientOfJson(printed))).users)
      }),
    patience
  )
})

describe("a database", () => {
  it.scopedLive(
    "keeps changes and secrets across a restart",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        const [db, seed, other] = [join(dir, "kept.db"), join(dir, "seed.json"), join(dir, "other.json")]
        writeFileSync(seed, seedOf("first-secret"))
        writeFileSync(other, seedOf("another-secret"))

        const first = yield* serveJson("--db", db, "--seed", seed)
        yield* Effect.flatMap(Customers, (customers) =>
          customers.settings.update({ users: { customer_id_format: "sequence" } })
        ).pipe(Effect.provide(clientOfJson(first.printed)))
        yield* first.child.signal("SIGINT")
        assert.strictEqual((yield* first.child.ended).code, 0)

        const second = yield* serveJson("--db", db, "--seed", seed)
        const settings = yield* Effect.provide(getSettings, clientOfJson(second.printed))
        assert.strictEqual(settings.users?.customer_id_format, "sequence")
        yield* second.child.signal("SIGINT")
        assert.deepInclude(yield* second.child.ended, { code: 0, stderr: "" })

        const third = yield* serveJson("--db", db, "--seed", other)
        yield* third.child.signal("SIGINT")
        assert.include(
          (yield* third.child.ended).stderr,
          "already has the account T00000001. It keeps the secrets of its first start"
        )
      }),
    patience
  )
})

/** A token request whose body stays out. The server has it when it answers `100 Continue`. */
const beginTokenRequest = (printed: typeof Printed.Type) =>
  Effect.gen(function* () {
    const body = JSON.stringify({ grant_type: "client_credentials", audience: printed.audience })
    const connection = yield* connect(printed.url)
    yield* connection.send(
      [
        `POST /v1/accounts/${printed.account_id}/auth/token HTTP/1.1`,
        `Host: ${new URL(printed.url).host}`,
        `Authorization: Basic ${Buffer.from(`${printed.client_id}:${printed.client_secret}`).toString("base64")}`,
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
        "Expect: 100-continue",
        "\r\n"
      ].join("\r\n")
    )
    yield* connection.until(/100 Continue/)
    return { finish: Effect.zipRight(connection.send(body), connection.until(/access_token/)) }
  })

describe("an end", () => {
  it.scopedLive(
    "Ctrl-C refuses further connections, finishes the requests that are being answered, and exits with 0",
    () =>
      Effect.gen(function* () {
        const { child, printed } = yield* serveJson()
        const request = yield* beginTokenRequest(printed)
        yield* child.signal("SIGINT")
        yield* untilClosed(printed.url)
        assert.match(yield* request.finish, /HTTP\/1\.1 200 OK[\s\S]*"access_token":/)
        const { code, stderr } = yield* child.ended
        assert.strictEqual(code, 0)
        assert.isAtMost(stderr.split("\n").length, 2, stderr)
      }),
    patience
  )

  it.scopedLive(
    "a second Ctrl-C ends the command at once",
    () =>
      Effect.gen(function* () {
        const { child, printed } = yield* serveJson()
        yield* beginTokenRequest(printed)
        yield* child.signal("SIGINT")
        // From now on it is another one.
        yield* child.untilError(/Press Ctrl-C again to stop at once/)
        yield* child.signal("SIGINT")
        // Otherwise it would wait for the body, and then end well.
        assert.strictEqual((yield* child.ended).signal, "SIGINT")
      }),
    patience
  )
})

/** One sentence on stderr, nothing else, and 1, or 2 for a command that was used wrongly. */
const fails = (args: ReadonlyArray<string>, sentence: string | RegExp, expected: 1 | 2 = 1) =>
  Effect.gen(function* () {
    const { code, stderr, stdout } = yield* run(cli, args)
    if (typeof sentence === "string") assert.strictEqual(stderr, `${sentence}\n`)
    else assert.match(stderr, sentence)
    assert.notMatch(stderr, /^\s+at /m, "a stack")
    assert.strictEqual(stdout, "")
    assert.strictEqual(code, expected)
  })

describe("a failure is one sentence", () => {
  it.scopedLive(
    "a port that is taken",
    () =>
      Effect.flatMap(takenPort, (port) =>
        fails(
          ["serve", "--port", String(port)],
          `Port ${port} on 127.0.0.1 is already in use: stop the program that has it, or choose another port (0 takes a free one).`
        )
      ),
    patience
  )

  it.live(
    "a port that is not a number",
    () => fails(["serve", "--port", "http"], "--port http is not a port: give a number from 0 to 65535 (0 takes a free one).", 2),
    patience
  )

  it.scopedLive(
    "a seed that does not exist, is not JSON, or has wrong fields",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        const seed = join(dir, "seed.json")
        yield* fails(["serve", "--seed", seed], `The seed ${seed} cannot be used: there is no such file.`)
        writeFileSync(seed, `{\n  "accounts": [],\n}`)
        yield* fails(
          ["serve", "--seed", seed],
          `The seed ${seed} cannot be used: it is not JSON, line 3, column 1: expected a field name in double quotes.`
        )
        writeFileSync(
          seed,
          `{ "accounts": [{ "account_id": "T00000001", "clients": [{ "client_id": "c", "client_secret": "hush", "grants": [{ "scope": "x" }] }] }] }`
        )
        yield* fails(
          ["serve", "--seed", seed],
          `The seed ${seed} cannot be used: accounts[0].clients[0].grants[0].scope: expected an array, got a string`
        )
        writeFileSync(seed, `{ "accounts": [{ "account_id": "hush", "customers": [{ "email": "hush" }] }] }`)
        yield* fails(
          ["serve", "--seed", seed],
          /^The seed .* cannot be used: it has 2 errors:\n {2}accounts\[0\]\.account_id: (?!.*hush).*\n {2}accounts\[0\]\.customers\[0\]\.email: (?!.*hush).*\n$/
        )
      }),
    patience
  )

  it.scopedLive(
    "a seed that is UTF-16, or says a thing twice",
    () =>
      Effect.gen(function* () {
        const seed = join(yield* folder, "seed.json")
        const cannot = `The seed ${seed} cannot be used:`
        writeFileSync(seed, `\uFEFF${seedOf("hush")}`, "utf16le")
        yield* fails(["serve", "--seed", seed], `${cannot} it is UTF-16, not UTF-8: save it as UTF-8.`)
        writeFileSync(
          seed,
          `{ "accounts": [\n{ "account_id": "T00000001",\n"customers": [{ "email": "a@b.no", "email": "hush@b.no" }] }] }`
        )
        yield* fails(["serve", "--seed", seed], `${cannot} accounts[0].customers[0].email: stands twice on line 3`)
      }),
    patience
  )

  it.live(
    "an empty seed on standard input",
    () =>
      fails(
        ["serve", "--seed", "-"],
        "The seed of standard input cannot be used: it is not JSON, line 1, column 1: expected a value, and the text ends here."
      ),
    patience
  )

  it.scopedLive(
    "a database that is a directory, or a file that is not a database",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        yield* fails(["serve", "--db", dir], `The database ${dir} cannot be used: it is a directory.`)
        const file = join(dir, "notes.txt")
        writeFileSync(file, "This is not a database, and long enough not to be taken for the beginning of one.\n".repeat(20))
        yield* fails(["serve", "--db", file], `The database ${file} cannot be used: it is not a SQLite database.`)
      }),
    patience
  )

  it.scopedLive(
    "a database that this user may not write",
    (context) =>
      Effect.gen(function* () {
        // Nothing is forbidden to root, so the command runs as nobody then, if nobody may read this folder.
        const uid = process.getuid?.() === 0 ? 65534 : undefined
        const readable = yield* run(cli, ["--version"], { uid })
        if (readable.code !== 0) return context.skip("skipped: the command cannot run as another user here")
        const dir = yield* folder
        chmodSync(dir, 0o755)
        const closed = join(dir, "closed")
        mkdirSync(closed, { mode: 0o555 })
        const db = join(closed, "new.db")
        assert.deepStrictEqual(yield* run(cli, ["serve", "--db", db], { uid }), {
          code: 1,
          signal: null,
          stdout: "",
          stderr: `The database ${db} cannot be used: this process may not read and write it.\n`
        })
      }),
    patience
  )

  it.scopedLive(
    "a package that is not installed",
    () =>
      Effect.gen(function* () {
        const hidden = `
        import { register } from "node:module"
        register("data:text/javascript," + encodeURIComponent(\`
          export const resolve = async (specifier, context, next) => {
            if (specifier !== "libsql") return next(specifier, context)
            throw Object.assign(new Error("Cannot find package 'libsql' imported from here"), { code: "ERR_MODULE_NOT_FOUND" })
          }
        \`))`
        const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hidden)}`
        const { code, stderr } = yield* run(cli, ["serve"], { env: { NODE_OPTIONS } })
        assert.match(
          stderr,
          /^effect-dintero serve needs libsql, which is not installed\. Install it with: npm install "libsql@\^[\d.]+"\n$/
        )
        assert.strictEqual(code, 1)
        assert.strictEqual((yield* run(cli, ["--help"], { env: { NODE_OPTIONS } })).code, 0)
      }),
    patience
  )
})

describe("the network", () => {
  it.scopedLive(
    "--host takes an IPv6 address with brackets as without",
    (context) =>
      Effect.gen(function* () {
        if (!(yield* hasIpv6)) return context.skip("skipped: this machine has no ::1")
        for (const host of ["::1", "[::1]"]) {
          const { child, printed } = yield* serveJson("--host", host)
          assert.match(printed.url, /^http:\/\/\[::1\]:\d+$/)
          assert.isDefined((yield* Effect.provide(getSettings, clientOfJson(printed))).users)
          yield* child.signal("SIGINT")
          assert.deepInclude(yield* child.ended, { code: 0, stderr: "" })
        }
      }),
    patience
  )

  it.scopedLive(
    "warns that the demo's secrets are public, and prints an address that clients can use",
    () =>
      Effect.gen(function* () {
        const { child, printed } = yield* serveJson("--host", "0.0.0.0")
        assert.match(printed.url, /^http:\/\/127\.0\.0\.1:/)
        assert.isDefined((yield* Effect.provide(getSettings, clientOfJson(printed))).users)
        yield* child.signal("SIGINT")
        assert.match((yield* child.ended).stderr, /^Warning: --host 0\.0\.0\.0 .* public.*\n$/)
      }),
    patience
  )
})
