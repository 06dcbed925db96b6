/**
 * A process over a store, for tests that need several: `Worker.ts <kind> <task> <times>`, with the place in `STORE_PLACE`.
 *
 * - `count`: that often reads a number and writes the next
 * - `come-and-go`: that often writes or removes one of 3 keys; prints `key replaced-version new-version` for each change, 0 for none
 * - `churn`: writes, removes, leases and releases until it is killed; prints each number once its write is acknowledged
 */
import { Duration, Effect, Option, Redacted } from "effect"
import { type Kind, open } from "./Stores.js"

const [kind, task, times] = process.argv.slice(2)

const work = Effect.gen(function* () {
  // Seam: the test that starts this process names the kind.
  const store = yield* open(kind as Kind, process.env.STORE_PLACE ?? "")
  process.stdout.write("ready\n")
  if (task === "count") {
    let refused = 0
    for (let round = 0; round < Number(times); ) {
      const entry = yield* store.read("counter")
      const value = Option.match(entry, { onNone: () => 0, onSome: (some) => Number(Redacted.value(some.value)) })
      const written = yield* store.write("counter", Redacted.make(String(value + 1)), {
        expected: Option.map(entry, ({ version }) => version)
      })
      if (Option.isSome(written)) round++
      else refused++
    }
    process.stdout.write(`refused ${refused}\n`)
    return
  }
  if (task === "come-and-go") {
    for (let round = 0; round < Number(times); round++) {
      const key = `key${Math.floor(Math.random() * 3)}`
      const entry = yield* store.read(key)
      const expected = Option.map(entry, ({ version }) => version)
      const replaced = Option.getOrElse(expected, () => 0)
      if (Option.isSome(expected) && Math.random() < 0.6) {
        if (yield* store.remove(key, { expected })) process.stdout.write(`${key} ${replaced} 0\n`)
      } else {
        const written = yield* store.write(key, Redacted.make("here"), { expected })
        if (Option.isSome(written)) process.stdout.write(`${key} ${replaced} ${written.value}\n`)
      }
      if (round % 10 === 0) yield* store.sweep?.(10) ?? Effect.void
    }
    return
  }
  for (;;) {
    const lease = yield* store.lease("churn", Duration.millis(300))
    const entry = yield* store.read("churn")
    const number = Option.match(entry, {
      onNone: () => 1,
      onSome: ({ value }) => Number(Redacted.value(value).split(" ")[0]) + 1
    })
    const expected = Option.map(entry, ({ version }) => version)
    const written = yield* store.write("churn", Redacted.make(`${number} ${"x".repeat(20_000)} end`), {
      expected,
      fence: Option.getOrUndefined(lease)?.fence
    })
    if (Option.isSome(written)) process.stdout.write(`${number} ${written.value}\n`)
    if (Option.isSome(lease)) yield* store.release("churn", lease.value)
    // Another entry, that comes and goes.
    const other = yield* store.read("other")
    if (Option.isNone(other)) yield* store.write("other", Redacted.make("here"), { expected: Option.none() })
    else yield* store.remove("other", { expected: Option.some(other.value.version) })
  }
})

void Effect.runPromise(Effect.scoped(work)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
