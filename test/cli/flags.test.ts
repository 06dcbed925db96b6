import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, DateTime, Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { Auth, Customers, Dintero } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Child, cli, connect, firstLine, folder, run, start, untilClosed } from "./Child.js"

// For a machine that is busy with something else.
const patience = 180_000

const Printed = Schema.Struct({
  url: Schema.String,
  account_id: Schema.String,
  client_id: Schema.String,
  client_secret: Schema.String,
  admin_token: Schema.String
})

const decode = Schema.decode(Schema.parseJson(Printed))

type System = typeof Printed.Type & { readonly child: Child }

const serveWith = (options: { readonly env?: Readonly<Record<string, string>> }, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* start(cli, ["serve", "--json", ...args], options)
    return { child, ...(yield* decode(yield* firstLine(child))) }
  })

const serve = (...args: ReadonlyArray<string>) => serveWith({}, ...args)

const clientOf = ({ account_id, client_id, client_secret, url }: System) =>
  Dintero.layerConfig.pipe(
    Layer.provide(NodeHttpClient.layerUndici),
    Layer.provide(
      Layer.setConfigProvider(
        ConfigProvider.fromMap(
          new Map([
            ["DINTERO_ACCOUNT_ID", account_id],
            ["DINTERO_CLIENT_ID", client_id],
            ["DINTERO_CLIENT_SECRET", client_secret],
            ["DINTERO_BASE_URL", url]
          ])
        )
      )
    )
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** A request as it is, byte by byte. */
const request = (system: System, line: string, ...headers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const connection = yield* connect(system.url)
    yield* connection.send([line, `Host: ${new URL(system.url).host}`, ...headers, "", ""].join("\r\n"))
    return connection
  })

const get = (system: System, path: string) =>
  Effect.scoped(Effect.flatMap(request(system, `GET ${path} HTTP/1.1`, "Connection: close"), ({ until }) => until(/\r\n\r\n/)))

const controlsOf = ({ admin_token, url }: System) =>
  Effect.flatMap(Layer.build(NodeHttpClient.layerUndici), (context) =>
    Effect.provide(DinteroEmbedded.connect({ url, adminToken: Redacted.make(admin_token) }), context)
  )

const stop = ({ child }: System, signal: NodeJS.Signals = "SIGINT") => Effect.zipRight(child.signal(signal), child.ended)

/** One sentence on stderr, nothing else, and 1. */
const fails = (args: ReadonlyArray<string>, sentence: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const ended = yield* run(cli, ["serve", ...args], { env })
    assert.deepStrictEqual(ended, { code: 1, signal: null, stdout: "", stderr: `${sentence}\n` })
  })

const password = "correct horse battery staple"

/** All that may never be in a log, of a client that gets a token, reads, logs in and refreshes. */
const useAll = (system: System) =>
  Effect.gen(function* () {
    const auth = yield* Auth
    const customers = yield* Customers
    const audience = `https://api.dintero.com/v1/accounts/${system.account_id}`
    const { access_token } = yield* auth.token({ grant_type: "client_credentials", audience })
    yield* customers.settings.get()
    const session = yield* customers.password.login({
      type: "customer",
      email: "ada@example.com",
      password: Redacted.make(password),
      audience
    })
    const refused = yield* Effect.flip(
      customers.password.login({
        type: "customer",
        email: "ada@example.com",
        password: Redacted.make("wrong-password"),
        audience
      })
    )
    assert.strictEqual(refused._tag, "CredentialsRefused")
    yield* get(system, "/v1/nothing?access_token=in-the-query")
    return [
      system.client_secret,
      system.admin_token,
      Redacted.value(access_token),
      Redacted.value(session.access_token),
      ...(session.refresh_token === undefined ? [] : [Redacted.value(session.refresh_token)]),
      Buffer.from(`${system.client_id}:${system.client_secret}`).toString("base64"),
      password,
      "wrong-password",
      "in-the-query"
    ]
  }).pipe(Effect.provide(clientOf(system)))

describe("the log of requests", () => {
  it.scopedLive(
    "--log text writes a line for each request to stderr, without colour and without a secret",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--log", "text")
        const secrets = yield* useAll(system)
        const { code, stderr, stdout } = yield* stop(system)
        assert.strictEqual(code, 0)
        assert.lengthOf(stdout.trimEnd().split("\n"), 1)
        assert.notInclude(stderr, "\u001B")
        assert.match(stderr, /^\d\d:\d\d:\d\d 200 POST {3}\/v1\/accounts\/T12345678\/auth\/token {2}auth\.token {2}\d+ ms$/m)
        assert.match(stderr, / 200 GET {4}\/v1\/accounts\/T12345678\/customers\/settings {2}customers\.settings\.get {2}\d+ ms$/m)
        assert.match(stderr, / 403 POST {3}\/v1\/accounts\/T12345678\/customers\/login {2}customers\.password\.login /m)
        assert.match(stderr, / 404 GET {4}\/v1\/nothing {2}no such operation /m)
        for (const secret of secrets) assert.notInclude(stderr, secret)
      }),
    patience
  )

  it.scopedLive(
    "--log json writes an object for each request and for each notice",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--log", "json", "--remote-controls")
        const secrets = yield* useAll(system)
        const { stderr, stdout } = yield* stop(system)
        assert.lengthOf(stdout.trimEnd().split("\n"), 1)
        const lines = stderr
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown)
        assert.deepInclude(lines[0], { type: "warning" })
        const requests = yield* Schema.decodeUnknown(
          Schema.Array(
            Schema.Struct({
              type: Schema.Literal("request"),
              id: Schema.Int,
              at: Schema.String,
              method: Schema.String,
              path: Schema.String,
              status: Schema.NullOr(Schema.Int),
              operation: Schema.NullOr(Schema.String),
              account_id: Schema.NullOr(Schema.String),
              client_id: Schema.NullOr(Schema.String),
              duration_millis: Schema.Number,
              fault: Schema.Null,
              near_misses: Schema.Array(Schema.Unknown),
              hint: Schema.NullOr(Schema.String)
            })
          ),
          { onExcessProperty: "error" }
        )(lines.slice(1))
        assert.sameMembers(
          requests.map(({ operation, status }) => `${operation} ${status}`),
          [
            "auth.token 200",
            "auth.token 200",
            "customers.settings.get 200",
            "customers.password.login 200",
            "customers.password.login 403",
            "null 404"
          ]
        )
        for (const secret of secrets) assert.notInclude(stderr, secret)
      }),
    patience
  )

  it.scopedLive(
    "--quiet prints one line, --log none prints the banner, and neither logs requests",
    () =>
      Effect.gen(function* () {
        for (const [args, banner] of [
          [["--quiet"], /^effect-dintero [\d.]+ at (http:\S+), inspector at http:\S+\/#token=[\w-]{32}\n$/],
          [["--log", "none"], /^effect-dintero [\d.]+: Dintero's Customers and Auth at (http:\S+)\n[\s\S]*Ctrl-C stops it\.\n$/]
        ] as const) {
          const child = yield* start(cli, ["serve", ...args])
          const url = banner.exec(yield* child.until(banner))?.[1] ?? assert.fail("no address")
          assert.strictEqual(yield* Effect.promise(() => fetch(`${url}/v1/nothing`).then(({ status }) => status)), 404)
          yield* child.signal("SIGINT")
          const { code, stderr } = yield* child.ended
          assert.deepStrictEqual([code, stderr], [0, ""])
        }
      }),
    patience
  )

  it.scopedLive(
    "without --json the log is on, and FORCE_COLOR overrides NO_COLOR",
    () =>
      Effect.gen(function* () {
        const child = yield* start(cli, ["serve"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })
        const text = yield* child.until(/Ctrl-C stops it/)
        assert.include(text, "\u001B[1m")
        const url = /DINTERO_BASE_URL=(http:\S+)\/v1/.exec(text)?.[1] ?? assert.fail("no address")
        yield* Effect.promise(() => fetch(`${url}/v1/nothing`))
        assert.include(yield* child.untilError(/no such operation/), "\u001B[33m404\u001B[0m")
      }),
    patience
  )

  it.scopedLive(
    "escapes control characters of a path, and a hint names the nearest operation",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--log", "text")
        const connection = yield* request(system, "GET /v1/accounts/T12345678/customers/setings HTTP/1.1")
        yield* connection.until(/\r\n\r\n/)
        // Node takes neither; if it did, log.test.ts says what would be left of them.
        for (const path of ["/v1/\u009B31mred", "/v1/\u001B[31mred"]) assert.match(yield* get(system, path), /^HTTP\/1\.1 400 /)
        const { stderr } = yield* stop(system)
        assert.include(stderr, "nearest: GET /v1/accounts/{aid}/customers/settings (/settings instead of /setings)")
        assert.notMatch(stderr.replaceAll("\n", ""), /\p{C}/u)
      }),
    patience
  )

  it.scopedLive(
    "5,000 requests are 5,000 lines",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--log", "json")
        yield* Effect.forEach(
          Array.from({ length: 5_000 }, (_, i) => i),
          (i) => Effect.promise(() => fetch(`${system.url}/v1/nothing/${i}`).then((response) => response.arrayBuffer())),
          { concurrency: 32, discard: true }
        )
        const { stderr } = yield* stop(system)
        const paths = new Set([...stderr.matchAll(/"path":"\/v1\/nothing\/(\d+)"/g)].map(([, id]) => id))
        assert.strictEqual(paths.size, 5_000)
        assert.lengthOf(stderr.trimEnd().split("\n"), 5_000)
      }),
    patience
  )
})

/** The server cuts off after 10 s what it still waits for. Here it never does, so that what it would wait for holds it up for ever. */
const withoutGrace = `--import=data:text/javascript,${encodeURIComponent(
  "const real = setTimeout; globalThis.setTimeout = (f, ms, ...rest) => real(ms === 10_000 ? () => {} : f, ms, ...rest)"
)}`

describe("--registers", () => {
  it.scopedLive(
    "look-ups find what the file has, and a file with a wrong entry is refused",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "registers.json")
        const place = { country: "no", postal_code: "0001", postal_place: "OWN" }
        const write = (postalPlaces: ReadonlyArray<object>) => writeFileSync(file, JSON.stringify({ postalPlaces }))
        write([place])
        const system = yield* serve("--registers", file)
        const found = yield* Effect.flatMap(Customers, ({ addresses, organizations }) =>
          Effect.all([
            addresses.postalPlace({ country: "no", postal_code: "0001" }),
            Effect.flip(addresses.postalPlace({ country: "no", postal_code: "0349" })),
            organizations.search("no", { name: "equinor" })
          ])
        ).pipe(Effect.provide(clientOf(system)))
        assert.deepStrictEqual(found[0], { ...place, country: "NO" })
        assert.strictEqual(found[1]._tag, "NotFound")
        // The register that the file does not have is the public one.
        assert.lengthOf(found[2].items, 1)
        const cannot = `The registers ${file} cannot be used:`
        write([place, place])
        yield* fails(["--registers", file], `${cannot} postalPlaces[1]: is the same as postalPlaces[0]`)
        rmSync(file)
        yield* fails(["--registers", file], `${cannot} there is no such file.`)
      }),
    patience
  )
})

describe("--config", () => {
  /** The status of a login with a wrong password, and whether a refresh gives another refresh token. */
  const behaviour = (system: System) =>
    Effect.gen(function* () {
      const auth = yield* Auth
      const customers = yield* Customers
      const login = (secret: string) =>
        customers.password.login({
          type: "customer",
          email: "ada@example.com",
          password: Redacted.make(secret),
          audience: `https://api.dintero.com/v1/accounts/${system.account_id}`
        })
      const refused = yield* Effect.flip(login("wrong-password"))
      const { refresh_token } = yield* login(password)
      const refreshed = yield* auth.token({
        grant_type: "refresh_token",
        refresh_token: refresh_token ?? assert.fail("no refresh token")
      })
      return [refused._tag === "CredentialsRefused" && refused.request.status, refreshed.refresh_token !== undefined]
    }).pipe(Effect.provide(clientOf(system)))

  it.scopedLive(
    "the system answers as the file says, a flag comes before it, and a wrong file is refused by the names of its fields",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "dintero.json")
        const write = (config: unknown) => writeFileSync(file, JSON.stringify(config))
        write({ wrongCredentialStatus: 400, refreshTokens: { rotation: "none" } })
        assert.deepStrictEqual(yield* behaviour(yield* serve("--config", file)), [400, false])
        assert.deepStrictEqual(yield* behaviour(yield* serve("--config", file, "--rotate-refresh-tokens")), [400, true])
        write({ refreshTokens: { rotation: "until-used" } })
        assert.deepStrictEqual(yield* behaviour(yield* serve("--config", file)), [403, true])
        const cannot = `The configuration ${file} cannot be used:`
        write({ assumed: { unknownTag: "refuse" } })
        yield* fails(["--config", file], `${cannot} assumed.unknownTag: expected one of "refused", "ignored", got a string`)
        write({ assumed: { unknownTags: "ignored" }, db: "x" })
        const { stderr } = yield* run(cli, ["serve", "--config", file])
        assert.match(
          stderr,
          /^The configuration .* cannot be used: it has 2 errors:\n {2}db: is not a known field\n {2}assumed\.unknownTags: is not a known field\n$/
        )
        rmSync(file)
        yield* fails(["--config", file], `${cannot} there is no such file.`)
      }),
    patience
  )
})

describe("--faults", () => {
  const script = (kind: object) => JSON.stringify({ rules: [{ match: { operation: "auth.keys", calls: [1] }, fault: kind }] })

  it.scopedLive(
    "makes the faults of the file, also with an existing database",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        const [db, file] = [join(dir, "kept.db"), join(dir, "faults.json")]
        writeFileSync(
          file,
          JSON.stringify({ rules: [{ match: { operation: "auth.token", calls: [1] }, fault: { kind: "status", status: 418 } }] })
        )
        for (const _ of ["new", "kept"]) {
          const system = yield* serve("--log", "text", "--db", db, "--faults", file)
          const failed = yield* Effect.flip(Effect.provide(getSettings, clientOf(system)))
          assert.strictEqual(failed._tag, "UnexpectedStatus")
          const { stderr } = yield* stop(system)
          assert.match(stderr, /^\S+ 418 POST {3}\S+ {2}auth\.token {2}\d+ ms {2}\[fault 1: status\]\n$/)
        }
      }),
    patience
  )

  it.scopedLive(
    "refuses an invalid file",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "faults.json")
        const cannot = `The fault script ${file} cannot be used:`
        yield* fails(["--faults", file], `${cannot} there is no such file.`)
        writeFileSync(file, `{\n  "rules": [,]\n}`)
        yield* fails(["--faults", file], `${cannot} it is not JSON, line 2, column 13: expected a value or ].`)
        writeFileSync(file, script({ kind: "status", status: 200 }))
        yield* fails(["--faults", file], `${cannot} rules[0].fault.status: expected a status from 400 to 599`)
      }),
    patience
  )

  it.scopedLive(
    "after the signal a delayed request is answered, and stalls and event streams do not delay the end",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "faults.json")
        writeFileSync(
          file,
          JSON.stringify({
            rules: [
              { match: { operation: "auth.keys", calls: [1] }, fault: { kind: "delay", millis: 500 } },
              { match: { operation: "auth.keys" }, fault: { kind: "stall", when: "before_commit" } }
            ]
          })
        )
        const system = yield* serveWith({ env: { NODE_OPTIONS: withoutGrace } }, "--log", "text", "--faults", file)
        const controls = yield* controlsOf(system)
        const events = yield* Effect.fork(Stream.runDrain(controls.journal.changes()))
        const path = "/v1/accounts/T12345678/auth/keys"
        const delayed = yield* request(system, `GET ${path} HTTP/1.1`)
        const stalled = yield* request(system, `GET ${path} HTTP/1.1`)
        // Both have been counted, so both are being answered.
        yield* Effect.repeat(controls.faults.list, {
          until: (rules) => rules[1]?.applied === 1
        })
        yield* system.child.signal("SIGTERM")
        const { code, stderr } = yield* system.child.ended
        // By the operation itself, which wants a token.
        assert.match(yield* delayed.until(/\}/), /^HTTP\/1\.1 401 [\s\S]*\}$/)
        assert.strictEqual(yield* stalled.until(/./), "")
        yield* Fiber.await(events)
        assert.strictEqual(code, 0)
        // What was answered at last is in the log.
        assert.match(stderr, / 401 GET .*\[fault 1: delay\] {2}There is no Authorization header$/m)
        assert.match(stderr, / cut GET .*\[fault 2: stall\]$/m)
      }),
    patience
  )
})

describe("--strict", () => {
  it.scopedLive(
    "exits with 1 and a sentence when there were requests for no operation",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--strict")
        yield* get(system, "/v1/accounts/T12345678/customers/setings")
        const { code, stderr } = yield* stop(system)
        assert.deepStrictEqual(
          [code, stderr],
          [
            1,
            "1 request was for no operation of the API: GET /v1/accounts/T12345678/customers/setings (nearest: customers.settings.get, with /settings instead of /setings).\n"
          ]
        )
        const good = yield* serve("--strict")
        yield* Effect.provide(getSettings, clientOf(good))
        assert.deepInclude(yield* stop(good), { code: 0, stderr: "" })
      }),
    patience
  )
})

describe("--limit-guessing", () => {
  it.scopedLive(
    "makes a customer wait after five failed logins, and the controls let them in again",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--limit-guessing")
        const { accounts, clock } = yield* controlsOf(system)
        yield* clock.freeze
        const audience = `https://api.dintero.com/v1/accounts/${system.account_id}`
        const login = (secret: string) =>
          Effect.flatMap(Customers, (customers) =>
            Effect.match(
              customers.password.login({ type: "customer", email: "ada@example.com", password: Redacted.make(secret), audience }),
              { onFailure: ({ _tag }) => _tag, onSuccess: () => "in" }
            )
          )
        yield* Effect.gen(function* () {
          yield* Effect.all(
            Array.from({ length: 5 }, () => login("wrong-password")),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(yield* login(password), "CredentialsRefused")
          yield* clock.advance("1 second")
          assert.strictEqual(yield* login("wrong-password"), "CredentialsRefused")
          assert.strictEqual(yield* login(password), "CredentialsRefused")
          const [ada] = yield* accounts.customers(system.account_id)
          yield* accounts.unblock(system.account_id, ada?.customer_id ?? "")
          assert.strictEqual(yield* login(password), "in")
        }).pipe(Effect.provide(clientOf(system)))
      }),
    patience
  )
})

describe("--reproducible", () => {
  it.scopedLive(
    "the clock stands still",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--reproducible", "a text", "--log", "json")
        const { now } = yield* Effect.flatMap(controlsOf(system), ({ clock }) => clock.state)
        assert.strictEqual(DateTime.formatIso(now), "2026-01-01T00:00:00.000Z")
        yield* get(system, "/v1/nothing")
        assert.include((yield* stop(system)).stderr, '"at":"2026-01-01T00:00:00.000Z"')
      }),
    patience
  )
})

describe("the admin token", () => {
  it.scopedLive(
    "is random, from a file or from the environment, and the controls require it",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "token")
        writeFileSync(file, "of-the-file\n")
        const env = { EFFECT_DINTERO_ADMIN_TOKEN: "of-the-environment" }
        for (const [system, expected] of [
          [yield* serveWith({ env: { EFFECT_DINTERO_ADMIN_TOKEN: "" } }), /^[\w-]{32}$/],
          [yield* serveWith({ env }), /^of-the-environment$/],
          [yield* serveWith({ env }, "--admin-token-file", file), /^of-the-file$/]
        ] as const) {
          assert.match(system.admin_token, expected)
          assert.isFalse((yield* Effect.flatMap(controlsOf(system), ({ clock }) => clock.state)).is_frozen)
          const refused = yield* Effect.flip(
            Effect.flatMap(controlsOf({ ...system, admin_token: "another" }), ({ clock }) => clock.state)
          )
          assert.strictEqual(refused._tag, "ControlsUnavailable")
          yield* stop(system)
        }
      }),
    patience
  )

  it.scopedLive(
    "is refused if it cannot be used, and is not shown",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "token")
        const flag = ["--admin-token-file", file]
        yield* fails(flag, `The admin token file ${file} cannot be used: there is no such file.`)
        writeFileSync(file, "\n")
        yield* fails(flag, `The admin token of ${file} cannot be used: it is empty.`)
        writeFileSync(file, "two words")
        const letters = "it may only have letters, digits and - . _ ~ + /, and = at its end."
        yield* fails(flag, `The admin token of ${file} cannot be used: ${letters}`)
        const env = { EFFECT_DINTERO_ADMIN_TOKEN: "short" }
        yield* fails(
          ["--remote-controls"],
          "The admin token of EFFECT_DINTERO_ADMIN_TOKEN cannot be used: with --remote-controls it needs 16 characters or more, since other machines may try to guess it.",
          env
        )
      }),
    patience
  )
})

describe("warnings", () => {
  it.scopedLive(
    "are about the access of other machines",
    () =>
      Effect.gen(function* () {
        const system = yield* serve("--remote-controls", "--host", "0.0.0.0", "--reproducible", "x")
        const { stderr } = yield* stop(system)
        assert.deepStrictEqual(stderr.trimEnd().split("\n"), [
          "Warning: --host 0.0.0.0 offers this system to the network, and the secrets of the demo seed are public: use --seed with secrets of your own.",
          "Warning: --host 0.0.0.0 offers this system to the network, and with --reproducible anyone can compute its codes and sign its tokens.",
          "Warning: --remote-controls lets every machine that has the admin token read and change everything in this system, over a connection that is not encrypted."
        ])
      }),
    patience
  )
})

describe("--watch-seed", () => {
  const account = (account_id: string, lifetime: number) => ({
    account_id,
    access_token_lifetime: lifetime,
    clients: [{ client_id: "shop", client_secret: `secret-of-${account_id}`, grants: [{ scope: ["admin:customers"] }] }]
  })

  const tokenOf = (system: System, account_id: string) =>
    Effect.flatMap(Auth, (auth) =>
      auth.token({ grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${account_id}` })
    ).pipe(Effect.provide(clientOf({ ...system, account_id, client_secret: `secret-of-${account_id}` })))

  it.scopedLive(
    "replaces the accounts that have changed, keeps the others, and says so",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        const seed = join(dir, "seed.json")
        const write = (...accounts: ReadonlyArray<object>) => writeFileSync(seed, JSON.stringify({ accounts }))
        write(account("T00000001", 100), account("T00000002", 200))
        const system = yield* serve("--seed", seed, "--watch-seed")
        const { untilError } = system.child
        assert.strictEqual((yield* tokenOf(system, "T00000001")).expires_in, 100)
        const { access_token } = yield* tokenOf(system, "T00000002")
        const isAccepted = Effect.promise(() =>
          fetch(`${system.url}/v1/accounts/T00000002/customers/settings`, {
            headers: { authorization: `Bearer ${Redacted.value(access_token)}` }
          }).then(({ ok }) => ok)
        )

        // As vi and many others save: into another file, which then takes the place of the first.
        renameSync(seed, `${seed}~`)
        writeFileSync(join(dir, "new"), JSON.stringify({ accounts: [account("T00000001", 111), account("T00000002", 200)] }))
        renameSync(join(dir, "new"), seed)
        yield* untilError(/has changed: replaced T00000001\.\n/)
        assert.strictEqual((yield* tokenOf(system, "T00000001")).expires_in, 111)
        assert.isTrue(yield* isAccepted, "a token of the other account")

        writeFileSync(seed, readFileSync(seed, "utf8").slice(0, 40))
        yield* untilError(/Warning: The seed \S+ cannot be used: it is not JSON, line 1, column \d+: .*; nothing was changed\.\n/)
        assert.strictEqual((yield* tokenOf(system, "T00000002")).expires_in, 200)

        write(account("T00000002", 222), account("T00000003", 300))
        yield* untilError(/has changed: replaced T00000002 and added T00000003\.\n/)
        yield* untilError(/no longer has T00000001: the system keeps the removed accounts\.\n/)
        assert.strictEqual((yield* tokenOf(system, "T00000001")).expires_in, 111)
        assert.strictEqual((yield* tokenOf(system, "T00000003")).expires_in, 300)

        rmSync(seed)
        yield* untilError(/cannot be used: there is no such file; nothing was changed\.\n/)
        mkdirSync(seed)
        yield* untilError(/cannot be used: it is a directory; nothing was changed\.\n/)
        const { code, stderr } = yield* stop(system)
        assert.strictEqual(code, 0)
        assert.lengthOf(stderr.trimEnd().split("\n"), 6, stderr)
      }),
    patience
  )
})

describe("a seed that takes long", () => {
  const slowSeed = (dir: string, length: number): string => {
    const file = join(dir, "slow.json")
    const customers = Array.from({ length }, (_, i) => ({ email: `c${i}@example.com`, password: "1234" }))
    const clients = [{ client_id: "shop", client_secret: "secret", grants: [{ scope: ["admin:customers"] }] }]
    writeFileSync(file, JSON.stringify({ accounts: [{ account_id: "T00000001", clients, customers }] }))
    return file
  }

  it.scopedLive(
    "reports the start and when it listens, as text and as JSON",
    () =>
      Effect.gen(function* () {
        const seed = slowSeed(yield* folder, 12)
        const text = yield* serve("--seed", seed)
        const lines = (yield* stop(text)).stderr.trimEnd().split("\n")
        assert.strictEqual(lines[0], "Seeding 12 customers: 12 passwords have to be hashed first.")
        for (const line of lines.slice(1, -1))
          assert.match(line, /^(?:Passwords hashed|Customers written): \d+ of 12 \(\d+ %\)\.$/)
        assert.match(lines.at(-1) ?? "", /^Listening at http:\/\/127\.0\.0\.1:\d+ after \d+\.\d s\.$/)
        assert.include(lines.at(-1), ` ${text.url} `)

        const json = yield* serve("--log", "json", "--seed", seed)
        const notices = (yield* stop(json)).stderr
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        assert.deepStrictEqual(notices[0], {
          type: "notice",
          message: "Seeding 12 customers: 12 passwords have to be hashed first."
        })
        assert.match(notices.at(-1).message, /^Listening at http/)
      }),
    patience
  )

  it.scopedLive(
    "is stopped by Ctrl-C at once",
    () =>
      Effect.gen(function* () {
        const child = yield* start(cli, ["serve", "--seed", slowSeed(yield* folder, 5_000)])
        yield* child.untilError(/^Seeding 5000 customers: 5000 passwords have to be hashed first\.\n/)
        yield* child.signal("SIGINT")
        // Of those passwords most are left: all of them take minutes.
        const { code, stdout } = yield* child.ended
        assert.deepStrictEqual([code, stdout], [0, ""])
      }),
    patience
  )
})

it.scopedLive(
  "a second signal ends the command at once",
  () =>
    Effect.gen(function* () {
      const system = yield* serve("--log", "text")
      const body = yield* request(
        system,
        "POST /v1/accounts/T12345678/auth/token HTTP/1.1",
        `Authorization: Basic ${Buffer.from(`${system.client_id}:${system.client_secret}`).toString("base64")}`,
        "Content-Type: application/json",
        "Content-Length: 10",
        "Expect: 100-continue"
      )
      yield* body.until(/100 Continue/)
      yield* system.child.signal("SIGTERM")
      yield* untilClosed(system.url)
      yield* system.child.untilError(/Finishing the requests that are being answered/)
      yield* system.child.signal("SIGTERM")
      assert.strictEqual((yield* system.child.ended).signal, "SIGTERM")
    }),
  patience
)
