/**
 * The same store in several processes, some of which are killed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Array, Duration, Effect, Option, Redacted } from "effect"
import { compiled } from "../utils/Programs.js"
import { until } from "../utils/Until.js"
import { following } from "./Conformance.js"
import { type Kind, open } from "./Stores.js"

const { STORE_KILLS, STORE_ROUNDS } = process.env

const worker = fileURLToPath(new URL("./Worker.ts", import.meta.url))

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly until: (pattern: RegExp) => Effect.Effect<void>
  readonly ended: Effect.Effect<number | null>
}

export const start = (kind: Kind, place: string, task: "count" | "churn" | "come-and-go", times = 0) =>
  Effect.acquireRelease(
    Effect.map(
      Effect.promise(() => compiled(worker)),
      (program): Running => {
        const child = spawn(process.execPath, [program, kind, task, String(times)], {
          env: { ...process.env, STORE_PLACE: place },
          stdio: ["ignore", "pipe", "pipe"]
        })
        let output = ""
        let code: number | null | undefined
        const changed = new Set<() => void>()
        const notify = () => {
          for (const listener of [...changed]) listener()
        }
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding("utf8").on("data", (text: string) => {
            output += text
            notify()
          })
        }
        child.once("close", (status) => {
          code = status
          notify()
        })
        const when = <A>(look: () => Effect.Effect<A> | undefined) =>
          Effect.async<A>((resume) => {
            const listener = () => {
              const found = look()
              if (found === undefined) return
              changed.delete(listener)
              resume(found)
            }
            changed.add(listener)
            listener()
            return Effect.sync(() => changed.delete(listener))
          })
        return {
          child,
          output: () => output,
          until: (pattern) =>
            when(() => {
              if (pattern.test(output)) return Effect.void
              return code === undefined ? undefined : Effect.dieMessage(`the process ended: ${output}`)
            }),
          ended: when(() => (code === undefined ? undefined : Effect.succeed(code)))
        }
      }
    ),
    ({ child, ended }) => {
      child.kill("SIGKILL")
      return ended
    }
  )

export const processes = (
  kind: Kind,
  place: () => string,
  options: { readonly skip?: boolean; readonly note?: string; readonly kills: number }
) => {
  describe.skipIf(options.skip === true)(`${kind}: processes${options.note ?? ""}`, () => {
    // 200 by hand: each of them is written to the disk.
    const rounds = Number(STORE_ROUNDS ?? 50)
    // A process takes a second to start: more of them by hand.
    const kills = Number(STORE_KILLS ?? options.kills)
    it.scopedLive(
      `8 processes that count ${rounds} times each lose nothing`,
      () =>
        Effect.gen(function* () {
          const running = yield* Effect.all(
            Array.makeBy(8, () => start(kind, place(), "count", rounds)),
            { concurrency: "unbounded" }
          )
          const codes = yield* Effect.all(
            running.map(({ ended }) => ended),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(codes, Array.replicate(0, 8), running.map(({ output }) => output()).join("\n"))
          const store = yield* open(kind, place())
          const entry = yield* Effect.flatten(store.read("counter"))
          assert.strictEqual(Redacted.value(entry.value), String(8 * rounds))
        }),
      240_000
    )

    it.scopedLive(
      "what another process removes is reported, and what it writes is not",
      () =>
        Effect.gen(function* () {
          const seen = yield* following(yield* open(kind, place()))
          yield* start(kind, place(), "churn")
          yield* until(() => seen.has("other"))
          assert.deepStrictEqual([...seen], ["other"])
        }),
      240_000
    )

    it.scopedLive(
      `a process killed ${kills} times leaves whole entries, and no lease that outlasts its time`,
      () =>
        Effect.gen(function* () {
          const store = yield* open(kind, place())
          for (let kill = 0; kill < kills; kill++) {
            const running = yield* start(kind, place(), "churn")
            yield* running.until(/ready\n\d+/)
            yield* Effect.sleep(Duration.micros(BigInt(Math.floor(Math.random() * 60_000))))
            running.child.kill("SIGKILL")
            yield* running.ended
            const acknowledged = [...running.output().matchAll(/^(\d+) \d+\n/gm)].map(([, number]) => Number(number))
            const entry = yield* Effect.flatten(store.read("churn"))
            const value = Redacted.value(entry.value)
            assert.match(value, /^\d+ x{20000} end$/)
            // What was acknowledged is there, and at most one more: the write whose answer the process did not live to print.
            const [stored] = value.split(" ").map(Number)
            const last = acknowledged.at(-1) ?? 0
            assert.include([last, last + 1], stored)
            yield* store.read("other")
            // Only its end can give the lease of the killed process to the next: the test's own time is the limit.
            let given = yield* store.lease("churn", Duration.millis(100))
            while (Option.isNone(given)) {
              yield* Effect.sleep("5 millis")
              given = yield* store.lease("churn", Duration.millis(100))
            }
            const lease = yield* given
            const written = yield* store.write("churn", entry.value, { expected: Option.some(entry.version), fence: lease.fence })
            assert.isTrue(Option.isSome(written))
            yield* store.release("churn", lease)
          }
        }),
      240_000
    )
  })
}
