/**
 * The parts of the inspector page that need no browser.
 */
import { execFileSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import * as PageModule from "../../scripts/lib/PageModule.js"
import * as FaultScript from "../../src/layers/embedded/controls/faults/FaultScript.js"
import * as InspectorPage from "../../src/layers/embedded/inspector/InspectorPage.js"
import * as PageFiles from "../../src/layers/embedded/inspector/PageFiles.js"
import { parser, type ServerSentEvent } from "../../src/layers/embedded/inspector/page/ServerSentEvents.js"
import { type Caller, quoted, write } from "../../src/layers/embedded/inspector/page/sections/Calls.js"
import { fieldOf, kinds, ruleOf, sayFault, sayMatch } from "../../src/layers/embedded/inspector/page/sections/FaultRules.js"
import { tokenIn } from "../../src/layers/embedded/inspector/page/Token.js"
import { counted, duration, hasWords, joined } from "../../src/layers/embedded/inspector/page/Words.js"

/** What a shell or an environment can hold. */
const text = fc.string({ unit: fc.constantFrom(..."'\"\\$`#~ \n;&|*?!=aé😀") })

describe("the words of the inspector page", () => {
  it("shows the two largest units of a duration, and loses less than the smaller one", () => {
    const seconds: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, min: 60, s: 1 }
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (whole) => {
        const parts = duration(whole * 1_000)
          .replaceAll(",", "")
          .split(/(?<=[a-z]) /)
          .map((part) => part.split(" "))
        const units = parts.map(([, unit = ""]) => seconds[unit] ?? Number.NaN)
        const shown = parts.reduce((sum, [amount], index) => sum + Number(amount) * (units[index] ?? 0), 0)
        const precision = parts.length === 1 ? 1 : (units.at(-1) ?? 0)
        assert.isAtMost(parts.length, 2)
        assert.isAtMost(shown, whole)
        // A unit that is 0 is left out, and so the two that are shown may be far apart.
        assert.isBelow(whole - shown, precision)
      })
    )
  })

  it("writes short durations in milliseconds, and long ones without a sign", () => {
    assert.deepStrictEqual([0, 0.04, 1.25, 12.5, 999, 1_000, -90_000].map(duration), [
      "0 ms",
      "0 ms",
      "1.3 ms",
      "13 ms",
      "999 ms",
      "1 s",
      "1 min 30 s"
    ])
  })

  it("counts", () => {
    assert.deepStrictEqual(
      [counted(0, "request"), counted(1, "request"), counted(1_234, "request"), counted(2, "day of grace", "days of grace")],
      ["0 requests", "1 request", "1,234 requests", "2 days of grace"]
    )
    assert.strictEqual(joined("; ", "", "a", false, undefined, "b"), "a; b")
  })

  it("finds what has each word of a filter, in any order and in any case", () => {
    void fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z@.]{1,8}$/), { minLength: 1 }),
        fc.stringMatching(/^[0-9]{1,4}$/),
        (words, other) => {
          const filter = ` ${[...words].reverse().join("  ").toUpperCase()} `
          assert.isTrue(hasWords(filter, words))
          assert.isFalse(hasWords(`${filter} ${other}`, words))
        }
      )
    )
    assert.isTrue(hasWords("", [null, undefined]))
  })
})

describe("the token in the address of the inspector page", () => {
  it("is found whatever is in it", () => {
    void fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (token) => {
        assert.strictEqual(tokenIn(`http://127.0.0.1:1/#token=${encodeURIComponent(token)}`), token)
      })
    )
    assert.deepStrictEqual(
      [tokenIn("http://127.0.0.1:1/#clock"), tokenIn("token=a"), tokenIn("#a=b&token=%")],
      [undefined, undefined, "%"]
    )
  })
})

describe("server-sent events", () => {
  const line = fc.stringMatching(/^[a-z: {}"]{0,9}$/).map((each) => each.trimStart())

  it("are the same however the stream is cut, and whatever ends its lines", () => {
    void fc.assert(
      fc.property(
        fc.array(fc.record({ event: fc.stringMatching(/^[a-z]{1,7}$/), data: fc.array(line, { minLength: 1, maxLength: 3 }) })),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.array(fc.nat(400)),
        (events, end, cuts) => {
          const stream = events.flatMap(({ data, event }) => [
            ": a comment",
            `event: ${event}`,
            ...data.map((each) => `data: ${each}`),
            ""
          ])
          // The line end of a next line, so that the last CR is not taken for half of one.
          const whole = `${stream.map((each) => each + end).join("")}:${end}`
          const heard: Array<ServerSentEvent> = []
          const parse = parser((event) => heard.push(event))
          const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
          for (const [index, place] of places.entries()) parse(whole.slice(place, places[index + 1] ?? whole.length))
          assert.deepStrictEqual(
            heard,
            events.map(({ data, event }) => ({ event, data: data.join("\n") }))
          )
        }
      )
    )
  })
})

describe("the calls that the inspector page shows", () => {
  it("quotes any text as one word of a shell", () => {
    void fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
        const printed = execFileSync("sh", ["-c", `printf '%s\\0' ${words.map(quoted).join(" ")}`], { encoding: "utf8" })
        assert.deepStrictEqual(printed.split("\0").slice(0, -1), words)
      }),
      { numRuns: 20 }
    )
  })

  it("writes an environment that a shell reads as it was meant", () => {
    void fc.assert(
      fc.property(text, text, (clientId, secret) => {
        const caller: Caller = { baseUrl: "http://127.0.0.1:1/v1", accountId: "T12345678", clientId, secret, audience: "for it" }
        const script = `${write("env", caller)}printf '%s\\0' "$DINTERO_CLIENT_ID" "$DINTERO_CLIENT_SECRET" "$DINTERO_AUDIENCE"`
        const printed = execFileSync("sh", ["-c", script], { encoding: "utf8" })
        assert.deepStrictEqual(printed.split("\0").slice(0, -1), [clientId, secret, "for it"])
      }),
      { numRuns: 20 }
    )
  })
})

describe("the fault rules of the inspector page", () => {
  const keys = FaultScript.Fault.members.map(({ fields }) => fields.kind.literals[0])

  it.effect("are accepted as the form begins, for every kind, and said", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      for (const kind of keys) {
        const fields = Object.fromEntries(
          kinds[kind].fields.map(({ name, options, value = "" }) => [
            name,
            options === undefined ? value : (Object.keys(options)[0] ?? "")
          ])
        )
        const { rules } = yield* FaultScript.decode({ rules: [ruleOf(kind, fields)] })
        assert.strictEqual(rules[0]?.fault.kind, kind)
        assert.deepStrictEqual(rules[0]?.match, {})
        if (rules[0] !== undefined) said.push(sayFault(rules[0].fault))
      }
      assert.deepStrictEqual(said, [
        "Answer with a status 503",
        "Delay by 2 s",
        "Close the connection, before the operation is carried out",
        "Reset the connection, before the operation is carried out",
        "Stall, before the operation is carried out",
        "Cut the answer off in the middle",
        "Answer with garbage",
        "Answer with HTML",
        "Expire the token"
      ])
    })
  )

  it("keep what was typed: numbers as numbers, texts as texts, and what is no number as it is", () => {
    assert.deepStrictEqual(
      ruleOf("status", {
        status: "429",
        code: "123",
        message: "",
        form: "date",
        seconds: "x",
        operation: "auth.token",
        account_id: "",
        calls: " 1, 2;x ",
        probability: ".5",
        times: "1e1"
      }),
      {
        match: { operation: "auth.token", calls: [1, 2, "x"], probability: 0.5, times: 10 },
        fault: { kind: "status", status: 429, code: "123", retry_after: { form: "date", seconds: "x" } }
      }
    )
  })

  it("name the field that is wrong, and say which requests are meant", () => {
    const names = ["match.calls[0]", "fault.retry_after.seconds", "fault"].map((path) => fieldOf({ path, message: "" }))
    assert.deepStrictEqual(names, ["calls", "seconds", "fault"])
    assert.strictEqual(sayMatch(), "every request")
    assert.strictEqual(
      sayMatch({ operation: "auth.token", account_id: "T12345678", calls: [3], probability: 0.5, times: 1 }),
      "auth.token, account T12345678, call 3, with probability 0.5, at most 1 time"
    )
  })
})

describe("the document of the inspector page", () => {
  it("is the same in the package", async () => {
    const text = PageModule.text()
    const module = await import(`data:text/javascript,${encodeURIComponent(text)}`)
    assert.deepStrictEqual(module.read(), PageFiles.read())
    // The licences of its libraries.
    assert.deepStrictEqual(text.match(/^\/\*\n(.+)$/gm), [
      "/*\n@preact/signals",
      "/*\n@preact/signals-core",
      "/*\nhtm",
      "/*\npreact"
    ])
    assert.include(text, "Jason Miller")
  })

  it.effect("has one script and one style, which end where they should", () =>
    Effect.gen(function* () {
      const { html } = yield* InspectorPage.load
      const { script, style } = PageFiles.read()
      assert.deepStrictEqual(html.split(/<\/?script[^>]*>/).length, 3)
      assert.strictEqual(html.split(/<\/?script[^>]*>/)[1], script)
      assert.strictEqual(html.split(/<\/?style[^>]*>/)[1], style)
      assert.notInclude(script, "<!--")
      assert.notMatch(script, /\beval\(|new Function/)
    })
  )
})
