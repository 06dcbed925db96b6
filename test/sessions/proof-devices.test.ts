/**
 * Customers with three devices each, at a web server of eight processes. Each customer signs one device out.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it, type TestContext } from "@effect/vitest"
import { Effect, Layer, Queue, Redacted } from "effect"
import { Customers, Sessions, TokenStore } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { directory, open } from "../stores/Stores.js"
import { samples, tell } from "../utils/Claim.js"
import * as RedisServer from "../utils/RedisServer.js"
import type { Answer, Ask, Setup } from "./DeviceWorker.js"
import { audience, client, password, seed } from "./System.js"

const processCount = 8
const { count, note } = samples(100, 5)

const worker = fileURLToPath(new URL("./DeviceWorker.ts", import.meta.url))
const emails = Array.from({ length: count }, (_, number) => `customer-${number}@example.com`)

const start = (setup: Setup) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, ["--import", "tsx", worker], { stdio: ["ignore", "ignore", "inherit", "ipc"] })),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    const inbox = yield* Queue.unbounded<Answer | "ended">()
    child.on("message", (answer: Answer) => void Queue.unsafeOffer(inbox, answer))
    child.once("close", () => void Queue.unsafeOffer(inbox, "ended"))
    child.send(setup)
    return (ask: Ask): Effect.Effect<Answer> =>
      Effect.gen(function* () {
        child.send({ ...ask })
        const answer = yield* Queue.take(inbox)
        return answer === "ended" ? yield* Effect.dieMessage("a process ended") : answer
      })
  })

/** The ids of the three devices of each customer. */
const signedIn = (setup: Setup) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    return yield* Effect.forEach(emails, (email) =>
      Effect.forEach(["phone", "laptop", "tablet"], (label) =>
        customers.password.login({ type: "customer", email, password, audience }).pipe(
          Effect.flatMap((login) => sessions.start(login, { label })),
          Effect.map(({ id }) => Redacted.value(id)),
          Effect.scoped
        )
      )
    )
  }).pipe(
    Effect.provide(
      Sessions.layer().pipe(
        Layer.provideMerge(client({ baseUrl: `${setup.url}/v1` })),
        Layer.provide(Layer.scoped(TokenStore, open(setup.kind, setup.place))),
        Layer.provide(FetchHttpClient.layer)
      )
    )
  )

/** In an order of its own for each process, so that they do not meet at the same session all the time. */
const turned = (ids: ReadonlyArray<string>, by: number) => {
  const from = Math.floor((by * ids.length) / processCount)
  return [...ids.slice(from), ...ids.slice(0, from)]
}

const signsOneOut = (context: TestContext, kind: Setup["kind"], place: string) =>
  Effect.gen(function* () {
    const { journal, url } = yield* DinteroEmbedded.serve({
      seed: {
        accounts: seed.accounts.map((account) => ({
          ...account,
          customers: emails.map((email, number) => ({
            customer_id: `customer-${number}`,
            email,
            password: Redacted.value(password)
          }))
        }))
      },
      passwordHashing: PasswordHashing.fastForTests,
      refreshTokens: { rotation: "strict" }
    })
    const setup = { url, kind, place } satisfies Setup
    const devices = yield* signedIn(setup)
    const phones = devices.map(([phone = ""]) => phone)
    const others = devices.flatMap(([, ...rest]) => rest)
    const all = yield* Effect.all(Array.from({ length: processCount }, () => start(setup)))
    const askAll = (ask: (index: number) => Ask) =>
      Effect.map(
        Effect.forEach(all, (send, index) => send(ask(index)), { concurrency: "unbounded" }),
        (answers) => answers.flat()
      )
    const differing = (answers: Answer, expected: string) => answers.filter((answer) => answer !== expected)

    const before = yield* askAll((index) => ({ what: "call", ids: turned(devices.flat(), index) }))
    assert.deepStrictEqual(differing(before, "ok"), [])
    // Each process signs out the phones of some customers, while the others renew the tokens of the other devices.
    const mixed = yield* askAll((index) =>
      index % 2 === 0
        ? { what: "end", ids: phones.filter((_, number) => (number % (processCount / 2)) * 2 === index) }
        : { what: "refresh", ids: turned(others, index) }
    )
    assert.deepStrictEqual(differing(mixed, "ok"), [])

    const after = yield* askAll((index) => ({ what: "refresh", ids: turned(others, index) }))
    const calls = yield* askAll((index) => ({ what: "call", ids: turned(others, index) }))
    // Every process notices the sign-outs, each in its time.
    const ended = yield* Effect.repeat(
      askAll(() => ({ what: "call", ids: phones })),
      { until: (answers) => answers.every((answer) => answer !== "ok") }
    )
    const refused = (yield* journal.list({ operation: "auth.token" })).filter(({ status }) => status !== 200)

    tell(context, {
      measured: `${calls.filter((answer) => answer === "ok").length} of ${others.length * processCount} calls of the other devices succeed; ${refused.length} refused refreshes`
    })
    assert.deepStrictEqual(differing(after, "ok"), [])
    assert.deepStrictEqual(differing(calls, "ok"), [])
    assert.lengthOf(ended, phones.length * processCount)
    assert.deepStrictEqual(
      ended.filter((tag) => tag !== "SessionNotFound" && tag !== "SessionExpired"),
      []
    )
    assert.deepStrictEqual(refused, [])
  }).pipe(Effect.scoped)

describe(`${processCount} processes, ${count} customers with 3 devices each: one device is signed out, and the other two stay signed in${note}`, () => {
  it.scopedLive("over a file", (context) => Effect.flatMap(directory, (place) => signsOneOut(context, "file", place)), 900_000)
  it.scopedLive.skipIf(!RedisServer.available)(
    `over Redis${RedisServer.note}`,
    (context) => Effect.flatMap(RedisServer.make, ({ url }) => signsOneOut(context, "redis", Redacted.value(url))),
    900_000
  )
})
