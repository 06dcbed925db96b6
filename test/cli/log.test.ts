import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, FastCheck, PubSub, Scope, Stream } from "effect"
import type { Controls, JournalEntry, Message } from "effect-dintero/embedded"
import * as Lines from "../../src/cli/Lines.js"
import type { Log } from "../../src/cli/Log.js"
import * as LogLine from "../../src/cli/LogLine.js"
import * as Printable from "../../src/cli/Printable.js"
import * as RequestLog from "../../src/cli/RequestLog.js"
import * as SeedProgress from "../../src/cli/SeedProgress.js"
import * as SeedWatch from "../../src/cli/SeedWatch.js"

const at = DateTime.unsafeMake(new Date(2026, 10, 21, 9, 5, 7).getTime())

const entry: JournalEntry.JournalEntry = {
  id: 7,
  at,
  duration_millis: 3,
  method: "GET",
  path: "/v1/accounts/T12345678/customers/settings",
  operation: "customers.settings.get",
  account_id: "T12345678",
  caller: { client_id: "demo-client", subject: "the-subject", scopes: ["admin:customers"] },
  customer_ids: ["ada"],
  request: { password: "in-the-request" },
  request_length: null,
  status: 200,
  response: { access_token: "in-the-response" },
  response_length: null,
  fault: null,
  hint: null,
  near_misses: []
}

const unknown: JournalEntry.JournalEntry = {
  ...entry,
  path: "/v1/accounts/T12345678/customers/setings",
  operation: null,
  status: 404,
  near_misses: [
    {
      operation: "customers.settings.get",
      method: "GET",
      path: "/v1/accounts/{aid}/customers/settings",
      why: "/settings instead of /setings"
    }
  ]
}

const message: Message.Message = {
  id: 1,
  at,
  account_id: "T12345678",
  channel: "sms",
  template: "mfa_code",
  recipient: "+4799999999",
  text: "Your code is 123456",
  code: "123456"
}

const plain = LogLine.text(false, () => undefined)

const withoutColour = (text: string): string =>
  text
    .split("\u001B")
    .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, "")))
    .join("")

describe("a line of the log, as text", () => {
  it("has one line for each request if it is not a terminal", () => {
    const path = "/v1/accounts/T12345678/customers/settings"
    assert.strictEqual(plain.request(entry), `09:05:07 200 GET    ${path}  customers.settings.get  3 ms`)
    assert.strictEqual(
      plain.request({ ...entry, status: null, duration_millis: 12_345, fault: { rule: 2, kind: "drop" } }),
      `09:05:07 cut GET    ${path}  customers.settings.get  12.3 s  [fault 2: drop]`
    )
    assert.strictEqual(
      plain.request(unknown),
      "09:05:07 404 GET    /v1/accounts/T12345678/customers/setings  no such operation  3 ms  nearest: GET /v1/accounts/{aid}/customers/settings (/settings instead of /setings)"
    )
    assert.strictEqual(plain.message(message), "09:05:07 sms code 123456 to +4799999999 by sms (mfa_code)")
    assert.strictEqual(
      plain.message({ ...message, channel: "email", template: "change_password", recipient: "a@b.no", code: null }),
      "09:05:07 email change_password to a@b.no"
    )
    assert.strictEqual(plain.said("warning", "mind"), "Warning: mind")
  })

  it("fits the width of a terminal, and keeps the end of the path", () => {
    const narrow = LogLine.text(false, () => 80)
    assert.strictEqual(narrow.request(entry), "09:05:07 200 GET    …/T12345678/customers/settings  customers.settings.get  3 ms")
    assert.lengthOf(narrow.request(entry), 80)
    assert.strictEqual(
      narrow.request(unknown).split("\n")[1],
      `${" ".repeat(20)}nearest: GET /v1/accounts/{aid}/customers/settings (/settings instead of /setings)`
    )
    // However narrow it is.
    assert.include(LogLine.text(false, () => 10).request(entry), "…/settings")
  })

  it("has the same text with and without colour", () => {
    const coloured = LogLine.text(true, () => undefined)
    for (const one of [entry, unknown, { ...entry, status: 503 }, { ...entry, status: null }]) {
      assert.include(coloured.request(one), "\u001B[")
      assert.strictEqual(withoutColour(coloured.request(one)), plain.request(one))
    }
    assert.strictEqual(withoutColour(coloured.message(message)), plain.message(message))
  })

  it.prop("never contains a control character", [FastCheck.string({ unit: "binary" })], ([text]) => {
    const hostile = { ...unknown, path: text, method: text, near_misses: [{ operation: "", method: "", path: "", why: text }] }
    const lines = [
      plain.request(hostile),
      plain.message({ ...message, recipient: text, code: text }),
      plain.said("warning", text.replaceAll("\n", "")),
      LogLine.json.request(hostile),
      LogLine.json.message({ ...message, recipient: text })
    ]
    for (const line of lines) assert.notMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u)
  })

  it("escapes control characters", () => {
    assert.strictEqual(Printable.text("a\u001B[31m\u009B\n\u202E"), "a\\u{1b}[31m\\u{9b}\\u{a}\\u{202e}")
    assert.strictEqual(Printable.text("ærlig, 日本, 👍"), "ærlig, 日本, 👍")
    assert.strictEqual(JSON.parse(Printable.json("a\u009B\u{e0001}")), "a\u009B\u{e0001}")
  })
})

describe("a line of the log, as JSON", () => {
  it("has these fields and no secret", () => {
    assert.deepStrictEqual(JSON.parse(LogLine.json.request({ ...entry, fault: { rule: 1, kind: "delay" } })), {
      type: "request",
      id: 7,
      at: DateTime.formatIso(at),
      method: "GET",
      path: "/v1/accounts/T12345678/customers/settings",
      status: 200,
      operation: "customers.settings.get",
      account_id: "T12345678",
      client_id: "demo-client",
      duration_millis: 3,
      fault: { rule: 1, kind: "delay" },
      near_misses: [],
      hint: null
    })
    assert.deepStrictEqual(JSON.parse(LogLine.json.message(message)), {
      type: "message",
      id: 1,
      at: DateTime.formatIso(at),
      account_id: "T12345678",
      channel: "sms",
      template: "mfa_code",
      recipient: "+4799999999"
    })
    assert.deepStrictEqual(JSON.parse(LogLine.json.said("notice", "so")), { type: "notice", message: "so" })
    for (const line of [LogLine.json.request(entry), plain.request(entry)]) assert.notMatch(line, /in-the-re|the-subject/)
  })
})

describe("lines on their way out", () => {
  it.effect("a burst takes few writes, and all of it is written in order", () =>
    Effect.gen(function* () {
      const written: Array<string> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { add } = yield* Lines.make(
            (text, done) => {
              written.push(text)
              setImmediate(done)
            },
            () => "missing"
          )
          for (let i = 0; i < 4_000; i++) add(String(i))
        })
      )
      assert.strictEqual(written.join(""), Array.from({ length: 4_000 }, (_, i) => `${i}\n`).join(""))
      assert.isBelow(written.length, 10)
    })
  )

  it.live("a slow output gets a count of the dropped lines, and delays nobody", () =>
    Effect.gen(function* () {
      const written: Array<string> = []
      let release: (() => void) | undefined
      const scope = yield* Scope.make()
      const { add } = yield* Lines.make(
        (text, done) => {
          written.push(text)
          if (written.length === 1) release = done
          else setImmediate(done)
        },
        (count) => `${count} missing`
      ).pipe(Scope.extend(scope))
      add("first")
      yield* Effect.sleep("10 millis")
      for (let i = 0; i < 10_000; i++) add(String(i))
      release?.()
      add("last")
      yield* Scope.close(scope, Exit.void)
      const lines = written.join("").trimEnd().split("\n")
      assert.deepStrictEqual(lines.slice(0, 2), ["first", "0"])
      assert.deepStrictEqual(lines.slice(-3), ["4095", "5904 missing", "last"])
      assert.lengthOf(lines, 1 + 4_096 + 1 + 1)
    })
  )

  it.live(
    "an output that nobody reads delays the end only for a moment",
    () =>
      Effect.scoped(
        Effect.map(
          Lines.make(
            () => undefined,
            () => ""
          ),
          ({ add }) => add("never")
        )
      ),
    5_000
  )
})

describe("the progress of a seed", () => {
  const follow = (isTerminal: boolean, millisEach: number, passwords: number, customers: number) => {
    let now = 0
    const said: Array<string> = []
    const progress = SeedProgress.make(
      () => now,
      (text) => void said.push(text),
      isTerminal ? SeedProgress.rewriter((text) => void said.push(text)) : undefined
    )
    const tell = (passwordsHashed: number, customersWritten: number) => {
      progress.onSeeding({ passwords, passwordsHashed, customers, customersWritten })
      now += millisEach
    }
    for (let done = 0; done <= passwords; done++) tell(done, 0)
    for (let done = 200; done <= customers; done += 200) tell(passwords, done)
    progress.listening("http://127.0.0.1:1")
    progress.end()
    return said
  }

  it("is not reported for a small seed", () => {
    assert.deepStrictEqual(follow(false, 1_000, 3, 1_000), [])
    assert.deepStrictEqual(follow(true, 1_000, 3, 1_000), [])
  })

  it("has a line at the start, lines in between, and a line when the system listens", () => {
    assert.deepStrictEqual(follow(false, 1_000, 4, 800), [
      "Seeding 800 customers: 4 passwords have to be hashed first.",
      "Passwords hashed: 2 of 4 (50 %).",
      "Customers written: 0 of 800 (0 %).",
      "Customers written: 400 of 800 (50 %).",
      "Customers written: 800 of 800 (100 %).",
      "Listening at http://127.0.0.1:1 after 9.0 s."
    ])
  })

  it("does not mention passwords if none has to be hashed", () => {
    assert.deepStrictEqual(follow(false, 100, 0, 2_000), [
      "Seeding 2000 customers.",
      "Listening at http://127.0.0.1:1 after 1.1 s."
    ])
    assert.strictEqual(follow(false, 100, 1, 2_000)[0], "Seeding 2000 customers: 1 password has to be hashed first.")
  })

  it("is reported less often the longer the seed takes", () => {
    // An hour of it.
    assert.isBelow(follow(false, 200, 18_000, 0).length, 100)
  })

  it("is one line of a terminal, which is removed at the end", () => {
    const said = follow(true, 200, 4, 0)
    assert.deepStrictEqual(said.slice(0, 3), [
      "Seeding 0 customers: 4 passwords have to be hashed first.",
      "\rPasswords hashed: 1 of 4 (25 %).",
      "\rPasswords hashed: 2 of 4 (50 %)."
    ])
    const blank = `\r${" ".repeat(34)}\r`
    assert.deepStrictEqual(said.slice(-3), [blank, "Listening at http://127.0.0.1:1 after 1.0 s.", "\r\r"])
  })
})

describe("what has changed in a seed", () => {
  const account = (account_id: string, password: string) => ({ account_id, customers: [{ email: "a@b.no", password }] })
  const ids = (accounts: ReadonlyArray<{ readonly account_id: string }>) => accounts.map(({ account_id }) => account_id)

  it("is found for each account, and the order of fields does not matter", () => {
    const differences = SeedWatch.makeDifferences({ accounts: [account("T00000001", "1111"), account("T00000002", "2222")] })
    const next = {
      accounts: [
        { customers: [{ password: "2222", email: "a@b.no" }], account_id: "T00000002" },
        account("T00000003", "3333"),
        account("T00000001", "changed")
      ]
    }
    const first = differences.to(next)
    assert.deepStrictEqual([ids(first.added), ids(first.replaced), first.removed], [["T00000003"], ["T00000001"], []])
    differences.apply(next)
    assert.deepStrictEqual(differences.to(next), { added: [], replaced: [], removed: [] })

    const fewer = { accounts: [account("T00000003", "3333")] }
    assert.deepStrictEqual(differences.to(fewer), { added: [], replaced: [], removed: ["T00000002", "T00000001"] })
    differences.apply(fewer)
    assert.deepStrictEqual(differences.to(fewer).removed, [], "told once")
    assert.deepStrictEqual(differences.to(next), { added: [], replaced: [], removed: [] }, "back, as it still is")
  })
})

describe("what is logged of a system", () => {
  it.live("is every request and message once, also the last ones, without the command's own requests", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const log: Pick<Log, "request" | "message"> = {
        request: ({ id }) => void told.push(`request ${id}`),
        message: ({ id }) => void told.push(`message ${id}`)
      }
      const entries = yield* PubSub.unbounded<JournalEntry.JournalEntry>()
      const messages = yield* PubSub.unbounded<Message.Message>()
      const kept: Array<JournalEntry.JournalEntry> = [1, 2].map((id) => ({ ...entry, id }))
      const journal: Pick<Controls.JournalControl, "changes" | "list"> = {
        changes: () => Stream.fromPubSub(entries),
        list: () => Effect.sync(() => [...kept])
      }
      const outbox: Pick<Controls.OutboxControl, "changes" | "list"> = {
        changes: Stream.fromPubSub(messages),
        list: () => Effect.succeed([message])
      }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { follow } = yield* RequestLog.make(log)
          yield* follow({ journal, outbox }, kept.slice(0, 1), false)
          yield* Effect.sleep("20 millis")
          yield* PubSub.publish(entries, { ...entry, id: 2 })
          yield* PubSub.publish(entries, { ...entry, id: 4 })
          yield* PubSub.publish(messages, { ...message, id: 2 })
          yield* Effect.sleep("20 millis")
          kept.push({ ...entry, id: 3 }, { ...entry, id: 4 })
        })
      )
      assert.sameMembers(told, ["message 1", "request 2", "request 4", "message 2", "request 3"])
    })
  )
})
