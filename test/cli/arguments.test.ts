import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck } from "effect"
import { DinteroEmbedded, Seed } from "effect-dintero/embedded"
import * as Arguments from "../../src/cli/Arguments.js"
import * as FirstCall from "../../src/cli/FirstCall.js"
import * as JsonFile from "../../src/cli/JsonFile.js"
import * as JsonSyntax from "../../src/internal/JsonSyntax.js"
import { cli, folder, run } from "./Child.js"

const refusal = (...args: ReadonlyArray<string>): string => {
  const parsed = Arguments.parse(args)
  return Either.isLeft(parsed) ? parsed.left.message : assert.fail(`${args.join(" ")} was accepted`)
}

describe("arguments", () => {
  const defaults = {
    _tag: "Serve",
    port: 0,
    host: "127.0.0.1",
    db: undefined,
    seed: undefined,
    watchSeed: false,
    faults: undefined,
    registers: undefined,
    config: undefined,
    strict: false,
    limitGuessing: false,
    rotateRefreshTokens: false,
    reproducible: undefined,
    timeLimits: {},
    adminTokenFile: undefined,
    remoteControls: false,
    json: false,
    quiet: false,
    log: "text"
  } as const

  it("serve has defaults", () => {
    assert.deepStrictEqual(Arguments.parse(["serve"]), Either.right(defaults))
    assert.deepStrictEqual(
      Arguments.parse(["serve", "--port=4711", "--host", "::1", "--db", "a b.db", "--seed", "-", "--json"]),
      Either.right({ ...defaults, port: 4711, host: "::1", db: "a b.db", seed: "-", json: true, log: "none" })
    )
    assert.deepStrictEqual(
      Arguments.parse(
        "serve --seed s --watch-seed --faults f --registers e --config c --strict --limit-guessing --rotate-refresh-tokens --reproducible r --time-limits headers=1.5,stop=none --admin-token-file t --remote-controls --json --log json".split(
          " "
        )
      ),
      Either.right({
        ...defaults,
        seed: "s",
        watchSeed: true,
        faults: "f",
        registers: "e",
        config: "c",
        strict: true,
        limitGuessing: true,
        rotateRefreshTokens: true,
        reproducible: "r",
        timeLimits: { headers: 1_500, stop: Number.POSITIVE_INFINITY },
        adminTokenFile: "t",
        remoteControls: true,
        json: true,
        log: "json"
      })
    )
    assert.deepStrictEqual(Arguments.parse(["serve", "--quiet"]), Either.right({ ...defaults, quiet: true, log: "none" }))
  })

  it("options that exclude each other are refused with a sentence", () => {
    assert.strictEqual(refusal("serve", "--watch-seed"), "--watch-seed needs --seed FILE: without it there is no file to watch.")
    assert.strictEqual(
      refusal("serve", "--watch-seed", "--seed", "-"),
      "--watch-seed needs --seed with a file: standard input cannot be watched."
    )
    assert.strictEqual(
      refusal("serve", "--quiet", "--log", "json"),
      "--quiet and --log cannot be used together: --quiet switches the log off."
    )
    assert.strictEqual(refusal("serve", "--log", "xml"), "--log xml is not a format: give text, json or none.")
    assert.strictEqual(refusal("serve", "--port", "1", "--port", "1"), "--port is given more than once: give it once.")
    assert.strictEqual(refusal("serve", "--json", "--json"), "--json is given more than once: give it once.")
  })

  it("invalid arguments are refused and named", () => {
    for (const port of ["", "abc", "-1", "65536", "1e3", "0x50", "80.5", " 80", "99999999999"]) {
      assert.include(refusal("serve", `--port=${port}`), port === "" ? "--port needs a value" : `--port ${port} is not a port`)
    }
    for (const [given, wrong] of [
      ["body", '"body" is none: their names are headers, body, request, stop.'],
      ["feet=3", '"feet=3" is none'],
      ["body=3;stop=1", '"body=3;stop=1" is none'],
      ["body=0", "body=0: give a number of seconds above 0, or none for no limit."],
      ["body=3s", "body=3s: give a number"],
      ["stop=9999999", "stop=9999999: give a number"],
      ["body=3,body=4", "body more than once"]
    ] as const) {
      assert.include(refusal("serve", "--time-limits", given), wrong)
    }
    assert.include(refusal("serve", "--prot", "80"), "no flag --prot")
    assert.include(refusal("serve", "-x"), "no flag -x")
    assert.include(refusal("serve", "--no-json"), "no flag --no-json")
    assert.include(refusal("serve", "--toString"), "no flag --toString")
    assert.include(refusal("serve", "--db", "--json"), "--db needs a value")
    assert.include(refusal("serve", "--seed"), "--seed needs a value")
    assert.include(refusal("serve", "--json=yes"), "--json takes no value")
    assert.include(refusal("sevre"), `no command "sevre"`)
    assert.include(refusal("serve", "now"), `not "now"`)
    // Without the password of a URL that lacks its flag.
    assert.include(refusal("serve", "postgres://user:secret@host/db"), `not "postgres://host/db"`)
    assert.include(refusal("postgres://user:secret@host/db"), `no command "postgres://host/db"`)
    assert.include(refusal(), "effect-dintero serve")
  })

  it.live(
    "--help names every flag, --version is the package's",
    () =>
      Effect.gen(function* () {
        const help = yield* run(cli, ["serve", "--help"])
        assert.deepInclude(help, { code: 0, stderr: "" })
        const flags =
          "port host db seed watch-seed faults config strict limit-guessing rotate-refresh-tokens reproducible time-limits json log quiet admin-token-file remote-controls help version"
        for (const flag of flags.split(" ")) assert.include(help.stdout, `--${flag}`)
        assert.include(help.stdout, "EFFECT_DINTERO_ADMIN_TOKEN")
        assert.isAtMost(Math.max(...help.stdout.split("\n").map((line) => line.length)), 80)
        assert.match((yield* run(cli, ["--version"])).stdout, /^\d+\.\d+\.\d+\n$/)
      }),
    180_000
  )
})

describe("the text of a file", () => {
  const text = '{ "accounts": [] }'
  const swapped = (of: string) => Buffer.from(of, "utf16le").swap16()
  const wide = "it is UTF-16, not UTF-8: save it as UTF-8."
  const cases: ReadonlyArray<readonly [name: string, bytes: Buffer, expected: string]> = [
    ["UTF-8", Buffer.from(`${text} æøå`), `${text} æøå`],
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${text}`), text],
    ["nothing", Buffer.alloc(0), ""],
    ["UTF-16, as Windows writes it", Buffer.from(`\uFEFF${text}`, "utf16le"), wide],
    ["UTF-16 without a mark", Buffer.from(text, "utf16le"), wide],
    ["UTF-16, the other way round", swapped(`\uFEFF${text}`), wide],
    ["UTF-16, the other way round and without a mark", swapped(text), wide],
    ["Latin-1", Buffer.from(`${text} æøå`, "latin1"), "it is not UTF-8 text: save it as UTF-8."]
  ]
  for (const [name, bytes, expected] of cases) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "seed.json")
        writeFileSync(file, bytes)
        const read = yield* Effect.merge(JsonFile.readText("seed", file))
        assert.strictEqual(
          typeof read === "string" ? read : read.message.replace(`The seed ${file} cannot be used: `, ""),
          expected
        )
      })
    )
  }
})

describe("where a text stops being JSON", () => {
  const faults: ReadonlyArray<readonly [string, number, number, string]> = [
    ["", 1, 1, "expected a value, and the text ends here"],
    [`{"a": 1,}`, 1, 9, "expected a field name in double quotes"],
    ["{\n  a: 1}", 2, 3, "expected a field name in double quotes, or }"],
    [`{"a" 1}`, 1, 6, "expected : after the field name"],
    [`{"a": 1 "b"`, 1, 9, "expected , or }"],
    ["[1 2]", 1, 4, "expected , or ]"],
    ["[1,\r\n 2,\r\n]", 3, 1, "expected a value"],
    ["[1, x]", 1, 5, "expected a value"],
    ["[01]", 1, 3, "expected , or ]"],
    ["{} {}", 1, 4, "expected nothing after the end of the JSON value"],
    [`["a\nb"]`, 1, 2, "this text is not closed on its line, or has an escape that JSON does not have"],
    [`["\\x"]`, 1, 2, "this text is not closed on its line, or has an escape that JSON does not have"],
    [`{"a": [1`, 1, 9, "expected , or ], and the text ends here"],
    ["// no\n{}", 1, 1, "expected a value"]
  ]
  for (const [text, line, column, message] of faults) {
    it(JSON.stringify(text), () => {
      assert.throws(() => JSON.parse(text) as unknown)
      assert.deepStrictEqual(JsonSyntax.find(text), { line, column, message })
    })
  }

  it.prop("none in what is JSON, one in its beginnings", [FastCheck.json()], ([text]) => {
    assert.isUndefined(JsonSyntax.find(text))
    const half = text.slice(0, text.length / 2)
    let isJson = true
    try {
      JSON.parse(half)
    } catch {
      isJson = false
    }
    assert.strictEqual(JsonSyntax.find(half) === undefined, isJson)
  })
})

describe("a field that an object has twice", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<readonly [path: string, message: string]>]> = [
    [`{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}`, []],
    [`{"a": 1, "a": 1}`, [["a", "stands twice on line 1"]]],
    [
      `{\n"accounts": [\n{}, { "id": 1,\n"x": [{}, {}, 3],\n"id": [] }]}`,
      [["accounts[1].id", "stands on line 3 and again on line 5"]]
    ],
    // However it is written, the name is the same.
    [
      `{"\\u0061": {"__proto__": 1, "__proto__": 2},\n"a": 1}`,
      [
        ["a.__proto__", "stands twice on line 1"],
        ["a", "stands on line 1 and again on line 2"]
      ]
    ],
    [
      `{"a": 1,\n"a": 2,\n"a": 3}`,
      [
        ["a", "stands on line 1 and again on line 2"],
        ["a", "stands on line 2 and again on line 3"]
      ]
    ]
  ]
  for (const [text, issues] of cases) {
    it(JSON.stringify(text), () => {
      assert.deepStrictEqual(
        JsonSyntax.issues(text),
        issues.map(([path, message]) => ({ path, message }))
      )
    })
  }

  it.prop("is not in what has been written from values", [FastCheck.json()], ([text]) => {
    assert.deepStrictEqual(JsonSyntax.issues(text), [])
  })
})

describe("the text for a person", () => {
  const call: FirstCall.FirstCall = {
    url: "http://127.0.0.1:4711",
    account_id: "T12345678",
    client_id: "id",
    client_secret: "secret",
    audience: "https://api.dintero.com/v1/accounts/T12345678",
    customer: { email: "ada@example.com", password: "correct horse" },
    admin_token: "the-admin-token",
    inspector_url: "http://127.0.0.1:4711/#token=the-admin-token",
    docs_url: "http://127.0.0.1:4711/docs"
  }
  const circumstances = { version: "1.2.3", db: undefined, isKept: false }

  it("has the same text with and without colour", () => {
    const plain = FirstCall.text(call, circumstances, false)
    const coloured = FirstCall.text(call, circumstances, true)
    assert.notStrictEqual(coloured, plain)
    const stripped = coloured.split("\u001B").map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, "")))
    assert.strictEqual(stripped.join(""), plain)
    for (const value of [call.url, "T12345678", "secret", "ada@example.com", "correct horse", "Ctrl-C"])
      assert.include(plain, value)
    for (const value of [call.admin_token, call.inspector_url, call.docs_url]) assert.include(plain, value)
    assert.strictEqual(
      FirstCall.line(call, circumstances),
      "effect-dintero 1.2.3 at http://127.0.0.1:4711, inspector at http://127.0.0.1:4711/#token=the-admin-token\n"
    )
  })

  it("fits a terminal of 80 by 24", () => {
    const { demoPassword, demoSeed } = DinteroEmbedded
    const demo = FirstCall.make(
      { url: "http://127.0.0.1:65535", adminToken: "x".repeat(32) },
      demoSeed,
      Seed.firstClient(demoSeed),
      { demoPassword, demoSeed }
    )
    const lines = FirstCall.text(demo, circumstances, false).split("\n")
    assert.isAtMost(lines.length, 24)
    assert.isAtMost(Math.max(...lines.map((line) => line.length)), 80)
  })

  it("says when the client will not send its secret", () => {
    assert.notInclude(FirstCall.text(call, circumstances, false), "http from another machine needs")
    assert.include(
      FirstCall.text({ ...call, url: "http://10.1.2.3:4711" }, circumstances, false),
      "http from another machine needs"
    )
  })

  it("leaves out values that the seed does not have", () => {
    const text = FirstCall.text(
      { ...call, client_id: null, client_secret: null, customer: null },
      { ...circumstances, db: "a.db", isKept: true },
      false
    )
    assert.notInclude(text, "curl")
    assert.notInclude(text, "null")
    assert.include(text, "a.db, kept from an earlier start")
  })

  it("shows the first client that can get a token and the first customer with a known password", () => {
    const demo = { demoSeed: { accounts: [] }, demoPassword: "" }
    const secret = { client_secret: "s" }
    const seed: Seed.Seed = {
      accounts: [
        {
          account_id: "T12345678",
          clients: [
            { client_id: "people", ...secret, grants: [{ type: "password", scope: [] }] },
            {
              client_id: "machine",
              ...secret,
              grants: [{ type: "client_credentials", scope: [], audience: "https://T12345678@api.dintero.com" }]
            }
          ],
          customers: [
            { email: "hashed@example.com", password_hash: "$scrypt$" },
            { phone_number: "+4711111111", password: "1234" },
            { type: "employee", email: "no-login@example.com", password: "1234" },
            { email: "ada@example.com", password: "5678" }
          ]
        }
      ]
    }
    const made = FirstCall.make({ url: "http://[::]:80", adminToken: "t" }, seed, Seed.firstClient(seed), demo)
    assert.deepStrictEqual(made, {
      url: "http://[::1]:80",
      account_id: "T12345678",
      client_id: "machine",
      client_secret: "s",
      audience: "https://T12345678@api.dintero.com",
      customer: { email: "ada@example.com", password: "5678" },
      admin_token: "t",
      inspector_url: "http://[::1]:80/#token=t",
      docs_url: "http://[::1]:80/docs"
    })
    assert.deepStrictEqual(FirstCall.make({ url: "http://127.0.0.1:80", adminToken: "t" }, { accounts: [] }, undefined, demo), {
      url: "http://127.0.0.1:80",
      account_id: null,
      client_id: null,
      client_secret: null,
      audience: null,
      customer: null,
      admin_token: "t",
      inspector_url: "http://127.0.0.1:80/#token=t",
      docs_url: "http://127.0.0.1:80/docs"
    })
  })
})
