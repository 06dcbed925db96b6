/**
 * The folders of the file store come and go: nothing is left of a removed entry, and no update is lost, whoever stops where.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Array, Chunk, Duration, Effect, Exit, FastCheck as fc, Option, Redacted, Stream, TestClock } from "effect"
import type { TokenStoreService } from "effect-dintero"
import { encode } from "../../src/layers/stores/EntryFile.js"
import { folderOf, keyOf, marker } from "../../src/layers/stores/FileNames.js"
import { samples } from "../utils/Claim.js"
import { fails } from "./Failures.js"
import { start } from "./Processes.js"
import { stepping } from "./Stepping.js"
import { directory, open } from "./Stores.js"

const none = { expected: Option.none<number>() }
const at = (version: number) => ({ expected: Option.some(version) })
const value = Redacted.make("value")
const folders = (place: string) => readdirSync(place).filter((name) => name !== marker)
const textOf = (store: TokenStoreService) =>
  Effect.map(store.read("a"), (entry) =>
    Option.match(entry, { onNone: () => "none", onSome: (some) => Redacted.value(some.value) })
  )

/** The longest operation has fewer calls. */
const steps = 34

describe("file: what is left of a removed entry", () => {
  const logins = samples(10_000, 1_000)

  it.scopedLive(
    `${logins.count} logins and sign-outs leave the directory as it began${logins.note}`,
    () =>
      Effect.gen(function* () {
        const place = yield* directory
        const { store } = yield* stepping(place)
        const before = readdirSync(place)
        yield* Effect.forEach(
          Array.range(1, logins.count),
          (login) =>
            Effect.gen(function* () {
              const key = `session-${login}`
              const version = yield* Effect.flatten(store.write(key, value, none))
              const lease = yield* Effect.flatten(store.lease(key, Duration.minutes(5)))
              assert.isTrue(yield* store.remove(key, { expected: Option.some(version), fence: lease.fence }))
              yield* store.release(key, lease)
              assert.isTrue(Option.isNone(yield* store.read(key)))
            }),
          { concurrency: 16, discard: true }
        )
        assert.deepStrictEqual(readdirSync(place), before)
      }),
    240_000
  )

  it.scopedLive("a release makes no folder, and neither does a removal of nothing", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const { store } = yield* stepping(place)
      yield* store.release("a", { fence: 1 })
      assert.isTrue(yield* store.remove("a", none))
      assert.deepStrictEqual(folders(place), [])
      const lease = yield* Effect.flatten(store.lease("a", Duration.minutes(5)))
      yield* store.release("a", lease)
      yield* store.release("a", lease)
      assert.deepStrictEqual(folders(place), [])
    })
  )

  it.scopedLive("files of others stay, and the entry is removed all the same", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const { store } = yield* stepping(place)
      const version = yield* Effect.flatten(store.write("a", value, none))
      writeFileSync(join(place, "key-a", "README"), "kept")
      assert.isTrue(yield* store.remove("a", at(version)))
      yield* store.sweep?.(10) ?? Effect.void
      assert.include(readdirSync(join(place, "key-a")), "README")
      assert.isTrue(Option.isNone(yield* store.read("a")))
      assert.isAbove(yield* Effect.flatten(store.write("a", value, none)), version)
    })
  )

  it("the key of a folder is the one that it was made for", () =>
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/), (key) => assert.strictEqual(keyOf(folderOf(key)), key))))
})

describe("file: a process that is killed during a removal", () => {
  it.scopedLive(
    "leaves the entry or nothing, at each call of the file system",
    () =>
      Effect.gen(function* () {
        let killed = 0
        for (let call = 1; call <= steps; call++) {
          const place = yield* directory
          const dying = yield* stepping(place)
          const version = yield* Effect.flatten(dying.store.write("a", value, none))
          const { stopped } = yield* dying.until(call, dying.store.remove("a", at(version)))
          if (!stopped) break
          killed++
          const { store } = yield* stepping(place)
          const text = yield* textOf(store)
          assert.include(["value", "none"], text)
          yield* store.sweep?.(10) ?? Effect.void
          assert.strictEqual(yield* textOf(store), text)
          assert.deepStrictEqual(folders(place), text === "value" ? ["key-a"] : [])
          const next = yield* store.write("a", Redacted.make("next"), text === "value" ? at(version) : none)
          assert.isAbove(Option.getOrThrow(next), version)
        }
        assert.isAbove(killed, 8)
      }),
    120_000
  )

  it.scopedLive(
    "a writer that is paused and then killed leaves no damage in a folder that was removed meanwhile",
    () =>
      Effect.gen(function* () {
        let stragglers = 0
        for (let pause = 1; pause <= 8; pause++) {
          for (let half = 1; half <= 16; half++) {
            const place = yield* directory
            const writer = yield* stepping(place)
            const remover = yield* stepping(place)
            const version = yield* Effect.flatten(writer.store.write("a", value, none))
            const paused = yield* writer.until(pause, writer.store.write("a", Redacted.make("late"), at(version)))
            const removing = yield* remover.until(half, remover.store.remove("a", at(version)))
            yield* paused.makeOneCall
            yield* removing.goOn
            const left = existsSync(join(place, "key-a")) ? readdirSync(join(place, "key-a")) : []
            if (left.length > 0 && left.every((name) => name.endsWith(".entry"))) stragglers++
            const { store } = yield* stepping(place)
            const text = yield* textOf(store)
            assert.include(["none", "late"], text, `${pause}, ${half}`)
            yield* store.sweep?.(10) ?? Effect.void
            assert.deepStrictEqual(folders(place), text === "none" ? [] : ["key-a"], `${pause}, ${half}`)
          }
        }
        assert.isAbove(stragglers, 0)
      }),
    120_000
  )
})

describe("file: two processes, one of which removes", () => {
  type Step = "remove" | "write" | "create"
  const run = (store: TokenStoreService, step: Step, name: string, version: number) =>
    step === "remove"
      ? store.remove("a", at(version))
      : Effect.map(store.write("a", Redacted.make(name), step === "write" ? at(version) : none), Option.isSome)

  const pauses = samples(steps, 3)
  for (const [first, second] of [
    ["remove", "remove"],
    ["remove", "write"],
    ["remove", "create"],
    ["write", "remove"],
    ["create", "remove"]
  ] as const) {
    it.scopedLive(
      `${first} is paused at each call, and ${second} too: no update is lost${pauses.note}`,
      () =>
        Effect.gen(function* () {
          for (let i = 1; i <= steps; i++) {
            for (let pause = 0; pause < pauses.count; pause++) {
              const j = pauses.count === steps ? pause + 1 : 1 + ((i * 7 + pause * 11) % steps)
              const place = yield* directory
              const one = yield* stepping(place)
              const two = yield* stepping(place)
              const version = yield* Effect.flatten(one.store.write("a", value, none))
              const left = yield* one.until(i, run(one.store, first, "first", version))
              const right = yield* two.until(j, run(two.store, second, "second", version))
              const made = [yield* Effect.flatten(left.goOn), yield* Effect.flatten(right.goOn)]
              const seen = `${i}, ${j}: ${made}`
              const text = yield* textOf(one.store)
              assert.strictEqual(yield* textOf(two.store), text, seen)
              const created = first === "create" ? made[0] : second === "create" ? made[1] : false
              const removed = (first === "remove" && made[0]) || (second === "remove" && made[1])
              if (first !== "create" && second !== "create")
                assert.lengthOf(
                  made.filter((each) => each),
                  1,
                  seen
                )
              else assert.isTrue(removed, seen)
              if (removed) assert.strictEqual(text, created ? (first === "create" ? "first" : "second") : "none", seen)
              else assert.strictEqual(text, first === "write" ? "first" : "second", seen)
              const last = yield* one.store.read("a")
              if (Option.isSome(last)) assert.isTrue(yield* two.store.remove("a", at(last.value.version)), seen)
              yield* two.store.sweep?.(10) ?? Effect.void
              assert.deepStrictEqual(folders(place), [], seen)
            }
          }
        }),
      240_000
    )
  }
})

describe("file: 8 processes", () => {
  it.scopedLive(
    "that write, remove and sweep the same 3 keys lose no update",
    () =>
      Effect.gen(function* () {
        const place = yield* directory
        const running = yield* Effect.all(
          Array.makeBy(8, () => start("file", place, "come-and-go", 50)),
          { concurrency: "unbounded" }
        )
        for (const { ended, output } of running) assert.strictEqual(yield* ended, 0, output())
        const changes = running.flatMap(({ output }) => [...output().matchAll(/^(key\d) (\d+) (\d+)$/gm)])
        const store = yield* open("file", place)
        for (const key of ["key0", "key1", "key2"]) {
          const ofKey = changes.filter(([, name]) => name === key)
          const replaced = ofKey.map(([, , version]) => Number(version)).filter((version) => version > 0)
          const written = ofKey.map(([, , , version]) => Number(version)).filter((version) => version > 0)
          assert.isNotEmpty(written)
          assert.strictEqual(new Set(replaced).size, replaced.length, "a version was replaced twice")
          assert.strictEqual(new Set(written).size, written.length, "a version was given twice")
          const last = yield* store.read(key)
          assert.deepStrictEqual(
            written.filter((version) => !replaced.includes(version)),
            Option.match(last, { onNone: () => [], onSome: ({ version }) => [version] })
          )
          if (Option.isSome(last)) assert.isTrue(yield* store.remove(key, at(last.value.version)))
        }
        yield* store.sweep?.(10) ?? Effect.void
        assert.deepStrictEqual(folders(place), [])
      }),
    240_000
  )
})

describe("file: time to live", () => {
  it.scoped("an entry ends at its time for each operation, and a sweep removes it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const place = yield* directory
      const { store } = yield* stepping(place)
      const version = yield* Effect.flatten(store.write("a", value, none, { timeToLive: Duration.seconds(10) }))
      yield* store.write("b", value, none, { timeToLive: Duration.infinity })
      yield* TestClock.adjust("9999 millis")
      assert.isTrue(Option.isSome(yield* store.read("a")))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isNone(yield* store.read("a")))
      assert.isTrue(Option.isNone(yield* store.write("a", value, at(version))))
      assert.isFalse(yield* store.remove("a", at(version)))
      const next = yield* Effect.flatten(store.write("a", value, none, { timeToLive: Duration.seconds(10) }))
      assert.isAbove(next, version)
      const kept = yield* Effect.flatten(store.write("a", value, at(next)))
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Option.isSome(yield* store.read("a")), "a write without a time lasts")
      yield* store.write("a", value, at(kept), { timeToLive: Duration.seconds(10) })
      yield* TestClock.adjust("10 seconds")
      const sweep = store.sweep ?? (() => Effect.dieMessage("it has no sweep"))
      assert.deepStrictEqual(yield* sweep(10), { examined: 2, removed: 1 })
      assert.deepStrictEqual(folders(place), ["key-b"])
    })
  )

  it.scoped("a sweep looks at a limited number, goes on where the last one ended, and begins again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const place = yield* directory
      const { store } = yield* stepping(place)
      const keys = Array.makeBy(10, (index) => `k${index}`)
      for (const key of keys) yield* store.write(key, value, none, { timeToLive: Duration.seconds(key < "k5" ? 10 : 1000) })
      // What killed processes leave.
      mkdirSync(join(place, `new-${"0".repeat(32)}`))
      mkdirSync(join(place, "key-z"))
      yield* TestClock.adjust("10 seconds")
      const sweep = store.sweep ?? (() => Effect.dieMessage("it has no sweep"))
      assert.deepStrictEqual(yield* sweep(4), { examined: 4, removed: 4 })
      assert.deepStrictEqual(yield* sweep(4), { examined: 4, removed: 1 })
      assert.deepStrictEqual(yield* sweep(4), { examined: 4, removed: 0 })
      assert.deepStrictEqual(
        folders(place),
        keys.slice(5).map((key) => `key-${key}`)
      )
      yield* TestClock.adjust("1000 seconds")
      assert.deepStrictEqual(yield* sweep(100), { examined: 5, removed: 5 })
      assert.deepStrictEqual(yield* sweep(0), { examined: 0, removed: 0 })
    })
  )

  it.scoped("a folder stays until the clock has passed its last version, so that no version is given twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const place = yield* directory
      const { store } = yield* stepping(place)
      const version = yield* Effect.flatten(store.write("a", value, none))
      yield* TestClock.setTime(1_700_000_000_000)
      assert.isTrue(yield* store.remove("a", at(version)))
      assert.isAbove(yield* Effect.flatten(store.write("a", value, none)), version)
    })
  )

  it.scopedLive("a folder of an earlier release is read, and disappears like another", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const id = "a".repeat(32)
      mkdirSync(join(place, "key-a"), { recursive: true, mode: 0o700 })
      writeFileSync(join(place, "key-a", `3.${id}.head`), "", { mode: 0o600 })
      const state = { version: 7, value: "earlier", fence: 5, lease: null }
      writeFileSync(join(place, "key-a", `3.${id}.entry`), encode(state), { mode: 0o600 })
      const { store } = yield* stepping(place)
      assert.strictEqual(yield* textOf(store), "earlier")
      assert.isTrue(yield* store.remove("a", at(7)))
      assert.deepStrictEqual(readdirSync(place), [])
    })
  )

  it.scoped("a value that an earlier release has written does not end at the time of the value before", () =>
    Effect.gen(function* () {
      const place = yield* directory
      yield* TestClock.setTime(1_800_000_000_000)
      const id = "a".repeat(32)
      mkdirSync(join(place, "key-a"), { recursive: true, mode: 0o700 })
      writeFileSync(join(place, "key-a", `3.${id}.head`), "", { mode: 0o600 })
      const state = { version: 8, value: "later", fence: 0, lease: null, expires: { version: 7, at: 1 } }
      writeFileSync(join(place, "key-a", `3.${id}.entry`), encode(state), { mode: 0o600 })
      const { store } = yield* stepping(place)
      assert.strictEqual(yield* textOf(store), "later")
    })
  )
})

describe("file: a directory that is moved", () => {
  it.scopedLive("is unavailable, and never without an entry", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const { store } = yield* stepping(place)
      yield* Effect.flatten(store.write("a", value, none))
      let done = false
      const away = Effect.promise(async () => {
        while (!done) {
          renameSync(place, `${place}-away`)
          await new Promise<void>((resume) => setImmediate(resume))
          renameSync(`${place}-away`, place)
          await new Promise<void>((resume) => setImmediate(resume))
        }
      })
      const counted = { value: 0, none: 0, unavailable: 0 }
      const reads = Effect.forEach(
        Array.range(1, 2000),
        () =>
          Effect.map(Effect.either(textOf(store)), (end) => {
            if (end._tag === "Left") {
              assert.strictEqual(end.left.reason, "unavailable")
              counted.unavailable++
            } else if (end.right === "none") counted.none++
            else counted.value++
          }),
        { discard: true }
      ).pipe(Effect.ensuring(Effect.sync(() => (done = true))))
      yield* Effect.all([reads, away], { concurrency: "unbounded" })
      assert.strictEqual(counted.none, 0)
      assert.isAbove(counted.unavailable, 0)
      assert.strictEqual(yield* textOf(store), "value")
    })
  )

  it.scopedLive("and replaced is unavailable too", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const { store } = yield* stepping(place)
      yield* Effect.flatten(store.write("a", value, none))
      renameSync(place, `${place}-away`)
      yield* fails(store.read("a"), "unavailable")
      mkdirSync(place, { mode: 0o700 })
      yield* fails(store.read("a"), "unavailable")
      yield* fails(store.write("b", value, none), "unavailable")
      assert.deepStrictEqual(readdirSync(place), [])
    })
  )
})

describe("file: removals", () => {
  it.scopedLive("of all processes are reported once each, also when the key has an entry again", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const store = yield* open("file", place)
      const { store: other } = yield* stepping(place)
      const removed = yield* store.removals ?? Effect.dieMessage("it has no removals")
      const keys = Array.makeBy(20, (index) => `K${index}`)
      for (const [index, key] of keys.entries()) {
        const by = index % 2 === 0 ? store : other
        const version = yield* Effect.flatten(by.write(key, value, none))
        const lease = yield* by.lease(key, Duration.minutes(1))
        assert.isFalse(yield* by.remove(key, at(version + 1)))
        assert.isTrue(yield* by.remove(key, at(version)))
        yield* by.release(key, Option.getOrThrow(lease))
        yield* Effect.flatten(by.write(key, value, none))
      }
      const heard = yield* Stream.runCollect(Stream.take(removed, keys.length))
      assert.deepStrictEqual(Chunk.toReadonlyArray(heard), keys)
    })
  )

  it.scopedLive("a remover that is killed at any call is reported when its entry is gone", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const store = yield* open("file", place)
      const removed = yield* store.removals ?? Effect.dieMessage("it has no removals")
      const gone: Array<string> = []
      for (let call = 1; call <= 20; call++) {
        const key = `k${call}`
        const dying = yield* stepping(place)
        const version = yield* Effect.flatten(dying.store.write(key, value, none))
        yield* dying.until(call, dying.store.remove(key, at(version)))
        if (Option.isNone(yield* store.read(key))) gone.push(key)
      }
      const heard = yield* Stream.runCollect(Stream.take(removed, gone.length))
      assert.sameMembers([...heard], gone)
    })
  )

  it.scopedLive("the stream fails when the directory is gone", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const store = yield* open("file", place)
      const removed = yield* store.removals ?? Effect.dieMessage("it has no removals")
      rmSync(place, { recursive: true })
      yield* fails(Stream.runDrain(removed), "unavailable")
      yield* fails(store.removals ?? Effect.void, "unavailable")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(store.read("a"))))
    })
  )
})
