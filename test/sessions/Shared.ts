/**
 * Sessions that processes share, measured.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Either, Layer } from "effect"
import { Customers, Sessions, TokenStore } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { open } from "../stores/Stores.js"
import { compiled } from "../utils/Programs.js"
import { audience, client, password, seed } from "./System.js"
import * as Wire from "./Wire.js"
import { type Point, points, resume, type Setup } from "./Worker.js"

export type Rotation = Setup["rotation"]

const workerOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

interface Running {
  readonly child: ChildProcess
  readonly send: (message: unknown) => void
  /** The next message of the process. Dies when the process ends. */
  readonly told: Effect.Effect<string>
  readonly ended: Effect.Effect<NodeJS.Signals | null>
}

/** A process that runs this file. It ends with the scope. */
export const spawned = (file: string) =>
  Effect.acquireRelease(
    Effect.map(
      Effect.promise(() => compiled(workerOf(file))),
      (program): Running => {
        const child = spawn(process.execPath, [program, "work"], {
          stdio: ["ignore", "ignore", "pipe", "ipc"]
        })
        const messages: Array<string> = []
        let errors = ""
        let isEnded = false
        let changed = () => {}
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
          errors += text
        })
        child.on("message", (message) => {
          messages.push(String(message))
          changed()
        })
        child.once("close", () => {
          isEnded = true
          changed()
        })
        return {
          child,
          send: (message) => void child.send(Object(message) === message ? { ...Object(message) } : String(message)),
          told: Effect.async((resume) => {
            changed = () => {
              const message = messages.shift()
              if (message !== undefined) resume(Effect.succeed(message))
              else if (isEnded) resume(Effect.dieMessage(`a process ended: ${errors}`))
              else return
              changed = () => {}
            }
            changed()
          }),
          ended: Effect.async((resume) => {
            if (isEnded) return resume(Effect.succeed(child.signalCode))
            child.once("close", (_, signal) => resume(Effect.succeed(signal)))
          })
        }
      }
    ),
    ({ child, ended }) => {
      child.kill("SIGKILL")
      return ended
    }
  )

const start = spawned("./Worker.ts")

/** A served system of its own. */
export const serve = (rotation: Rotation, given: Seed.Seed = seed) =>
  DinteroEmbedded.serve({
    seed: given,
    passwordHashing: PasswordHashing.fastForTests,
    // So short that a test can end in it, and longer than a dead holder's lease.
    refreshTokens: { rotation, grace: "30 seconds" }
  })

/** Logs Ada in, under each of these names. */
const logIn = (setup: Pick<Setup, "url" | "kind" | "place">, subjects: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const store = yield* open(setup.kind, setup.place)
    yield* Effect.gen(function* () {
      const customers = yield* Customers
      const sessions = yield* Sessions
      for (const subject of subjects) {
        const login = yield* customers.password.login({ type: "customer", email: "ada@example.com", password, audience })
        yield* Effect.scoped(sessions.start(login, { id: subject }))
      }
    }).pipe(
      Effect.provide(
        Sessions.layer().pipe(
          Layer.provideMerge(client({ baseUrl: `${setup.url}/v1` })),
          Layer.provide(Layer.succeed(TokenStore, store)),
          Layer.provide(FetchHttpClient.layer)
        )
      )
    )
  })

export interface Killed {
  readonly point: Point
  /** `recovered`, or the error that the second process got. */
  readonly end: string
  /** ms that the second process waited for its token. */
  readonly waited: number
  readonly signal: NodeJS.Signals | null
}

export const leaseMillis = 1_500

/** A process is killed at each point of a rotation, and this one goes on with its session. */
export const kills = (rotation: Rotation, place: string) =>
  Effect.gen(function* () {
    const { url } = yield* serve(rotation)
    yield* logIn({ url, kind: "file", place }, points)
    return yield* Effect.forEach(
      points,
      (point) =>
        Effect.gen(function* () {
          const running = yield* start
          const through = yield* Wire.proxy(url, point === "sent" ? "requests" : point === "acted" ? "answers" : "nothing", () =>
            running.child.kill("SIGKILL")
          )
          const common = { url, kind: "file", place, rotation, lease: leaseMillis, subject: point } as const
          running.send({ ...common, through, dieAt: point } satisfies Setup)
          yield* running.told
          running.send("round")
          const signal = yield* running.ended
          const [waited, end] = yield* resume({ ...common, through: url, dieAt: null }).pipe(
            // Another than the one that is stored, as after a refusal; when a new one was stored meanwhile it will do.
            Effect.flatMap(({ tokens }) => (point === "stored" ? tokens.get : tokens.forceRefresh)),
            Effect.timeoutFail({ duration: "15 seconds", onTimeout: () => ({ _tag: "hangs" }) }),
            Effect.either,
            Effect.timed
          )
          return {
            point,
            end: Either.match(end, { onLeft: ({ _tag }) => _tag, onRight: () => "recovered" }),
            waited: Duration.toMillis(waited),
            signal
          } satisfies Killed
        }).pipe(Effect.scoped),
      { concurrency: 2 }
    )
  }).pipe(Effect.scoped)

export interface Rounds {
  readonly rounds: number
  readonly refreshes: number
  readonly refused: number
  /** Rounds in which not all processes had the same new token. */
  readonly differing: number
  readonly failures: ReadonlyArray<string>
  readonly millis: number
}

/** In each round all processes need another token than the one that they have, at the same time. */
export const shared = (kind: Setup["kind"], place: string, rotation: Rotation, rounds: number, processes = 8) =>
  Effect.gen(function* () {
    const { journal, url } = yield* serve(rotation)
    yield* logIn({ url, kind, place }, ["ada"])
    const all = yield* Effect.all(Array.from({ length: processes }, () => start))
    for (const { send } of all) {
      send({ url, through: url, kind, place, rotation, lease: 15_000, subject: "ada", dieAt: null } satisfies Setup)
    }
    const toldByAll = Effect.all(
      all.map(({ told }) => told),
      { concurrency: "unbounded" }
    )
    yield* toldByAll
    let refreshes = 0
    let refused = 0
    let differing = 0
    let last = ""
    const failures: Array<string> = []
    const startedAt = performance.now()
    for (let round = 0; round < rounds; round++) {
      yield* journal.clear
      for (const { send } of all) send("round")
      const tokens = yield* toldByAll
      yield* toldByAll
      const [token = ""] = tokens
      if (new Set(tokens).size !== 1 || token === last) differing++
      last = token
      failures.push(...tokens.filter((text) => text.startsWith("failed")))
      const calls = yield* journal.list({ operation: "auth.token" })
      refreshes += calls.length
      refused += calls.filter(({ status }) => status !== 200).length
    }
    const millis = performance.now() - startedAt
    return { rounds, refreshes, refused, differing, failures: failures.slice(0, 5), millis } satisfies Rounds
  }).pipe(Effect.scoped)

export { points }
