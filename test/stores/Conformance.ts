/**
 * The behaviour that every token store must have.
 */
import { assert, describe, it } from "@effect/vitest"
import { Array, Cause, Duration, Effect, Exit, Fiber, FastCheck as fc, Option, Redacted, Scope, Stream, TestClock } from "effect"
import type { TokenStoreError, TokenStoreService } from "effect-dintero"
import { until } from "../utils/Until.js"

export type Ability = "timeToLive" | "removals" | "sweep"

/** What each store does that a store need not do. A store without a name here does nothing of it. */
export const abilities: Readonly<Record<string, ReadonlyArray<Ability>>> = {
  memory: ["timeToLive", "removals", "sweep"],
  "memory+encrypted": ["timeToLive", "removals", "sweep"],
  file: ["timeToLive", "removals", "sweep"],
  "file+encrypted": ["timeToLive", "removals", "sweep"],
  redis: ["timeToLive", "removals"],
  "redis+encrypted": ["timeToLive", "removals"],
  "redis of the caller": ["timeToLive", "removals"]
}

export interface Subject {
  /** The same store each time, unless it lives in memory. */
  readonly open: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope>
  readonly reopens: boolean
  /** How often a property is tried. */
  readonly runs: number
  /** The ways in which a stored entry can be damaged. There are none for a store in memory. */
  readonly damages?: ReadonlyArray<Damage>
}

export interface Damage {
  readonly name: string
  readonly is: "unreadable" | "foreign"
  /** Damages the stored form of the entry with this key. */
  readonly inflict: (key: string) => Effect.Effect<void, TokenStoreError>
}

const none = { expected: Option.none<number>() }
const at = (version: number, fence?: number) => ({ expected: Option.some(version), fence })
const text = (value: string) => Redacted.make(value)
const newKey = () => `K.${crypto.randomUUID()}`

const valueOf = (store: TokenStoreService, key: string) =>
  Effect.map(
    store.read(key),
    Option.map(({ value }) => Redacted.value(value))
  )

/** For conditions that are known to hold. */
const must = <A, E>(effect: Effect.Effect<Option.Option<A>, E>) => Effect.flatMap(effect, (option) => Effect.orDie(option))

export const conformance = (
  name: string,
  subject: () => Subject,
  options: { readonly skip?: boolean; readonly timeout?: number; readonly note?: string } = {}
) => {
  const timeout = options.timeout ?? 60_000
  const check = (title: string, body: (store: TokenStoreService) => Effect.Effect<void, TokenStoreError, Scope.Scope>) =>
    it.scopedLive(title, () => Effect.flatMap(subject().open, body), timeout)

  const can = abilities[name] ?? []

  /** The same with the clock of the store. `passes` lets some time pass. */
  const checkTime = (
    ability: Ability,
    title: string,
    body: (store: TokenStoreService, passes: Effect.Effect<void>) => Effect.Effect<void, TokenStoreError, Scope.Scope>
  ) => {
    if (!can.includes(ability)) return
    const isTest = name.startsWith("memory")
    const program = () =>
      Effect.flatMap(subject().open, (store) => body(store, isTest ? TestClock.adjust("10 millis") : Effect.sleep("10 millis")))
    if (isTest) it.scoped(title, program, timeout)
    else it.scopedLive(title, program, timeout)
  }

  describe.skipIf(options.skip === true)(`${name}: conformance${options.note ?? ""}`, () => {
    check("reads what was written, and nothing before and after", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        assert.isTrue(Option.isNone(yield* store.read(key)))
        for (const value of ["token", "", 'æøå 🎫 \n\t"\\\u0000 {}', "x".repeat(100_000)]) {
          const version = yield* must(store.write(key, text(value), none))
          const read = yield* must(store.read(key))
          assert.strictEqual(Redacted.value(read.value), value)
          assert.strictEqual(read.version, version)
          assert.isTrue(yield* store.remove(key, at(version)))
          assert.isTrue(Option.isNone(yield* store.read(key)))
        }
      })
    )

    check("writes only in place of what is expected", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        assert.isTrue(Option.isNone(yield* store.write(key, text("a"), at(1))))
        const first = yield* must(store.write(key, text("a"), none))
        assert.isTrue(Option.isNone(yield* store.write(key, text("b"), none)))
        assert.isTrue(Option.isNone(yield* store.write(key, text("b"), at(first + 1))))
        assert.isTrue(Option.isNone(yield* store.write(key, text("b"), at(first - 1))))
        const second = yield* must(store.write(key, text("b"), at(first)))
        assert.isAbove(second, first)
        assert.isTrue(Option.isNone(yield* store.write(key, text("c"), at(first))))
        assert.isTrue(Option.contains(yield* valueOf(store, key), "b"))
      })
    )

    check("removes only what is expected", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        assert.isTrue(yield* store.remove(key, none))
        assert.isFalse(yield* store.remove(key, at(1)))
        const first = yield* must(store.write(key, text("a"), none))
        assert.isFalse(yield* store.remove(key, none))
        assert.isFalse(yield* store.remove(key, at(first + 1)))
        const second = yield* must(store.write(key, text("b"), at(first)))
        assert.isFalse(yield* store.remove(key, at(first)))
        assert.isTrue(yield* store.remove(key, at(second)))
        assert.isFalse(yield* store.remove(key, at(second)))
      })
    )

    check("keeps keys apart, those that differ in capitals too", (store) =>
      Effect.gen(function* () {
        const id = crypto.randomUUID().slice(0, 8)
        const keys = [
          ".",
          "..",
          "con",
          "a.lock",
          "-",
          "_",
          `${id}a`,
          `${id}A`,
          `${id}a.`,
          "a".repeat(128),
          "A".repeat(128),
          "aA".repeat(64)
        ]
        for (const key of keys) yield* must(store.write(key, text(key), none))
        for (const key of keys) assert.isTrue(Option.contains(yield* valueOf(store, key), key), key)
        for (const key of keys) {
          const { version } = yield* must(store.read(key))
          assert.isTrue(yield* store.remove(key, at(version)))
        }
      })
    )

    check("takes no other key, and shows none", (store) =>
      Effect.gen(function* () {
        for (const key of ["", "a/b", "../up", "a\\b", "a b", "ø", "a{b}", "a\n", "a".repeat(129)]) {
          const exits = yield* Effect.all([
            Effect.exit(store.read(key)),
            Effect.exit(store.write(key, text("x"), none)),
            Effect.exit(store.remove(key, none)),
            Effect.exit(store.lease(key, Duration.seconds(1))),
            Effect.exit(store.release(key, { fence: 1 }))
          ])
          for (const exit of exits) {
            const defect = defectOf(exit)
            assert.instanceOf(defect, RangeError)
            if (key.length > 3) assert.notInclude(String(defect), key)
          }
        }
        const forever = yield* Effect.exit(store.lease("a", Duration.infinity))
        assert.instanceOf(defectOf(forever), RangeError)
      })
    )

    check("versions and fences only rise, across removals and openings", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        let version = 0
        let fence = 0
        let current = store
        for (let round = 0; round < 4; round++) {
          const lease = yield* must(current.lease(key, Duration.seconds(10)))
          assert.isAbove(lease.fence, fence)
          fence = lease.fence
          for (let writes = 0; writes < 2; writes++) {
            const entry = yield* current.read(key)
            const next = yield* must(
              current.write(key, text("x"), { expected: Option.map(entry, (some) => some.version), fence })
            )
            assert.isAbove(next, version)
            assert.isTrue(Number.isSafeInteger(next))
            version = next
          }
          assert.isTrue(yield* current.remove(key, at(version, fence)))
          yield* current.release(key, lease)
          if (subject().reopens) current = yield* subject().open
        }
      })
    )

    check("a lease has one holder, ends by itself, and can be given back", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        const both = yield* Effect.all(
          Array.makeBy(8, () => store.lease(key, Duration.minutes(5))),
          { concurrency: "unbounded" }
        )
        const [first, ...others] = Array.getSomes(both)
        assert.isDefined(first)
        assert.lengthOf(others, 0)
        assert.isTrue(Option.isSome(yield* store.lease(newKey(), Duration.seconds(1))), "another key is another lease")
        assert.isTrue(Option.isNone(yield* store.lease(key, Duration.millis(1))))
        const brief = newKey()
        yield* must(store.lease(brief, Duration.millis(20)))
        // However busy the machine is: nobody gives it back, so that only its end can give it to the next.
        while (Option.isNone(yield* store.lease(brief, Duration.minutes(5)))) yield* Effect.sleep("10 millis")
        yield* store.release(key, first)
        const second = yield* must(store.lease(key, Duration.minutes(5)))
        assert.isAbove(second.fence, first.fence)
        yield* store.release(key, first)
        assert.isTrue(Option.isNone(yield* store.lease(key, Duration.seconds(1))), "the first may not end the second")
        yield* store.release(key, second)
        const third = yield* must(store.lease(key, Duration.seconds(60)))
        assert.isAbove(third.fence, second.fence)
      })
    )

    check("refuses the slow holder of an earlier lease", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        const slow = yield* must(store.lease(key, Duration.millis(20)))
        const version = yield* must(store.write(key, text("before"), { ...none, fence: slow.fence }))
        yield* Effect.sleep("60 millis")
        const next = yield* must(store.lease(key, Duration.seconds(60)))
        assert.isTrue(Option.isNone(yield* store.write(key, text("late"), at(version, slow.fence))))
        assert.isFalse(yield* store.remove(key, at(version, slow.fence)))
        assert.isTrue(Option.isNone(yield* store.write(key, text("never given"), at(version, next.fence + 1))))
        const written = yield* must(store.write(key, text("after"), at(version, next.fence)))
        assert.isTrue(Option.contains(yield* valueOf(store, key), "after"))
        assert.isTrue(Option.isSome(yield* store.write(key, text("unfenced"), at(written))))
      })
    )

    check("what is unreadable is replaced and removed only when it is asked for, and what is foreign never", (store) =>
      Effect.gen(function* () {
        const orNone = { ...none, orUnreadable: true }
        for (const { inflict, is, name } of subject().damages ?? []) {
          const key = newKey()
          const first = yield* must(store.write(key, text("before"), none))
          yield* inflict(key)
          const fails = (effect: Effect.Effect<unknown, TokenStoreError>) =>
            Effect.map(Effect.either(effect), (end) =>
              assert.strictEqual(end._tag === "Left" ? end.left.reason : "it succeeded", is, name)
            )
          yield* fails(store.read(key))
          if (is === "foreign") {
            yield* fails(store.write(key, text("after"), orNone))
            yield* fails(store.remove(key, orNone))
            yield* fails(store.read(key))
            continue
          }
          const changed = yield* Effect.either(store.write(key, text("other"), none))
          assert.isFalse(changed._tag === "Right" && Option.isSome(changed.right), name)
          yield* fails(store.read(key))
          const written = yield* Effect.all(
            Array.makeBy(3, (index) => store.write(key, text(`after ${index}`), orNone)),
            { concurrency: "unbounded" }
          )
          assert.lengthOf(Array.getSomes(written), 1, `${name}: one of three replaces it`)
          const entry = yield* must(store.read(key))
          assert.isAbove(entry.version, first)
          assert.strictEqual(Redacted.value(entry.value), `after ${written.findIndex(Option.isSome)}`, name)
          const lease = yield* must(store.lease(key, Duration.seconds(60)))
          yield* store.release(key, lease)
          yield* inflict(key)
          assert.isTrue(yield* store.remove(key, orNone), name)
          assert.isTrue(Option.isNone(yield* store.read(key)), name)
          yield* must(store.write(key, text("again"), none))
        }
        // Without damage it is what it is without the word.
        const key = newKey()
        const version = yield* must(store.write(key, text("a"), orNone))
        assert.isTrue(Option.isNone(yield* store.write(key, text("b"), orNone)))
        assert.isFalse(yield* store.remove(key, orNone))
        assert.isTrue(Option.isSome(yield* store.write(key, text("b"), { ...at(version), orUnreadable: true })))
      })
    )

    check("8 fibers that count together lose nothing", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        const once: Effect.Effect<void, TokenStoreError> = Effect.gen(function* () {
          const entry = yield* store.read(key)
          const value = Option.match(entry, { onNone: () => 0, onSome: (some) => Number(Redacted.value(some.value)) })
          const expected = Option.map(entry, ({ version }) => version)
          if (Option.isNone(yield* store.write(key, text(String(value + 1)), { expected }))) yield* once
        })
        yield* Effect.all(
          Array.makeBy(8, () => Effect.repeatN(once, 24)),
          { concurrency: "unbounded", discard: true }
        )
        assert.isTrue(Option.contains(yield* valueOf(store, key), "200"))
      })
    )

    check("an interrupted write is made or not, and is in nobody's way", (store) =>
      Effect.gen(function* () {
        const key = newKey()
        yield* must(store.write(key, text("0"), none))
        for (let round = 1; round <= 40; round++) {
          const { version } = yield* must(store.read(key))
          const fiber = yield* Effect.fork(store.write(key, text(String(round)), at(version)))
          yield* Effect.sleep(Duration.micros(BigInt(round * 100)))
          yield* Fiber.interrupt(fiber)
          const { value } = yield* must(store.read(key))
          assert.match(Redacted.value(value), /^\d+$/)
        }
        const { version } = yield* must(store.read(key))
        const last = store.write(key, text("last"), at(version))
        // A write that was on its way when its caller was interrupted may still have come first.
        const written = yield* last
        if (Option.isNone(written)) yield* must(store.write(key, text("last"), at((yield* must(store.read(key))).version)))
        assert.isTrue(Option.contains(yield* valueOf(store, key), "last"))
      })
    )

    check("does what a model of it does, whatever it is asked", (store) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), (commands) =>
            Effect.runPromise(againstModel(store, commands))
          ),
          { numRuns: subject().runs }
        )
      )
    )

    check("interleaved changes form one chain: no version is replaced twice", (store) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(fc.constantFrom("write", "remove", "lease", "fenced"), { minLength: 1, maxLength: 8 }), {
              minLength: 2,
              maxLength: 5
            }),
            (fibers) => Effect.runPromise(oneChain(store, fibers))
          ),
          { numRuns: Math.ceil(subject().runs / 2) }
        )
      )
    )

    check("does what it is known to do, and leaves out what it does not do", (store) =>
      Effect.sync(() => {
        assert.strictEqual(store.removals !== undefined, can.includes("removals"), "removals")
        assert.strictEqual(store.sweep !== undefined, can.includes("sweep"), "sweep")
      })
    )

    check("takes a time to live, whether it heeds it or not", (store) =>
      Effect.gen(function* () {
        for (const timeToLive of [Duration.hours(1), Duration.days(36_500), Duration.infinity]) {
          const key = newKey()
          const version = yield* must(store.write(key, text("a"), none, { timeToLive }))
          const next = yield* must(store.write(key, text("b"), at(version), { timeToLive }))
          assert.isAbove(next, version)
          assert.isTrue(Option.contains(yield* valueOf(store, key), "b"))
          assert.isTrue(yield* store.remove(key, at(next)))
        }
      })
    )

    checkTime("timeToLive", "an entry is there for its time, and then counts as removed for each operation", (store, passes) =>
      Effect.gen(function* () {
        const [key, unleased, stays] = [newKey(), newKey(), newKey()]
        yield* must(store.write(stays, text("stays"), none, long))
        const { fence } = yield* must(store.lease(key, Duration.minutes(5)))
        const version = yield* must(store.write(key, text("a"), { ...none, fence }, brief))
        const other = yield* must(store.write(unleased, text("a"), none, brief))
        yield* untilGone(store, key, passes)
        yield* untilGone(store, unleased, passes)
        for (const [gone, was] of [
          [key, version],
          [unleased, other]
        ] as const) {
          assert.isTrue(Option.isNone(yield* store.write(gone, text("b"), at(was))))
          assert.isFalse(yield* store.remove(gone, at(was)))
          assert.isTrue(yield* store.remove(gone, none))
          assert.isTrue(yield* store.remove(gone, { ...none, orUnreadable: true }))
        }
        assert.isTrue(Option.isNone(yield* store.lease(key, Duration.minutes(5))), "the lease does not end with the entry")
        assert.isTrue(Option.isNone(yield* store.write(key, text("b"), { ...none, fence: fence + 1 })))
        assert.isFalse(yield* store.remove(key, { ...none, fence: fence + 1 }))
        assert.isAbove(yield* must(store.write(key, text("b"), { ...none, fence })), version)
        assert.isTrue(Option.contains(yield* valueOf(store, key), "b"))
        assert.isTrue(Option.isSome(yield* store.lease(unleased, Duration.minutes(5))))
        assert.isAbove(yield* must(store.write(unleased, text("b"), none)), other)
        assert.isTrue(Option.contains(yield* valueOf(store, stays), "stays"))
      })
    )

    checkTime("timeToLive", "the last write decides how long an entry stays", (store, passes) =>
      Effect.gen(function* () {
        for (const later of [undefined, long]) {
          const [key, witness] = [newKey(), newKey()]
          const renewed = (millis: number): Effect.Effect<Duration.Duration, TokenStoreError> =>
            Effect.gen(function* () {
              const timeToLive = Duration.millis(millis)
              const version = yield* must(store.write(key, text("a"), none, { timeToLive }))
              const written = yield* store.write(key, text("stays"), at(version), later)
              if (Option.isSome(written)) return timeToLive
              // The machine is so busy that it was over before.
              return yield* renewed(2 * millis)
            })
          const timeToLive = yield* renewed(100)
          // It ends after the first write of the other would have ended.
          yield* must(store.write(witness, text("a"), none, { timeToLive }))
          yield* untilGone(store, witness, passes)
          const { version } = yield* must(store.read(key))
          assert.isTrue(Option.contains(yield* valueOf(store, key), "stays"))
          yield* must(store.write(key, text("a"), at(version), brief))
          yield* untilGone(store, key, passes)
        }
      })
    )

    checkTime(
      "timeToLive",
      "versions and fences only rise across entries that are over, removals and openings",
      (store, passes) =>
        Effect.gen(function* () {
          const key = newKey()
          let version = 0
          let fence = 0
          let current = store
          for (let round = 0; round < 6; round++) {
            const lease = yield* must(current.lease(key, Duration.minutes(5)))
            assert.isAbove(lease.fence, fence)
            fence = lease.fence
            const next = yield* must(current.write(key, text("x"), { ...none, fence }, round % 2 === 0 ? brief : long))
            assert.isAbove(next, version)
            version = next
            if (round % 2 === 0) yield* untilGone(current, key, passes)
            else assert.isTrue(yield* current.remove(key, at(version, fence)))
            yield* current.release(key, lease)
            if (subject().reopens) current = yield* subject().open
          }
        })
    )

    if (can.includes("removals")) {
      check("reports each removal, by whoever it is, and nothing else", (store) =>
        Effect.gen(function* () {
          const seen = yield* following(store)
          const other = subject().reopens ? yield* subject().open : store
          const [written, leased, first, second, bad] = [newKey(), newKey(), newKey(), newKey(), newKey()]
          const version = yield* must(store.write(written, text("a"), none))
          yield* must(other.write(written, text("b"), at(version), long))
          yield* store.release(leased, yield* must(store.lease(leased, Duration.minutes(5))))
          assert.isFalse(yield* store.remove(written, at(version)))
          assert.isTrue(yield* store.remove(leased, none))
          const expected = [first, second]
          for (const [key, by] of [
            [first, store],
            [second, other]
          ] as const) {
            assert.isTrue(yield* by.remove(key, at(yield* must(store.write(key, text("a"), none)))))
          }
          const damage = subject().damages?.find(({ is }) => is === "unreadable")
          if (damage !== undefined) {
            yield* must(store.write(bad, text("a"), none))
            yield* damage.inflict(bad)
            assert.isTrue(yield* other.remove(bad, { ...none, orUnreadable: true }))
            expected.push(bad)
          }
          yield* until(() => expected.every((key) => seen.has(key)))
          for (const key of [written, leased]) assert.isFalse(seen.has(key), "nothing was removed")
        })
      )

      check("each subscriber gets all, until its own scope ends", (store) =>
        Effect.gen(function* () {
          const removed = (key: string) =>
            Effect.flatMap(must(store.write(key, text("a"), none)), (version) => store.remove(key, at(version)))
          const [both, one] = [newKey(), newKey()]
          const scope = yield* Scope.make()
          const brief = yield* Scope.extend(store.removals ?? Effect.dieMessage("it reports nothing"), scope)
          const first = new Set<string>()
          const fiber = yield* Effect.fork(Stream.runForEach(brief, (key) => Effect.sync(() => first.add(key))))
          const second = yield* following(store)
          yield* removed(both)
          yield* until(() => first.has(both) && second.has(both))
          yield* Scope.close(scope, Exit.void)
          yield* Fiber.join(fiber)
          yield* removed(one)
          yield* until(() => second.has(one))
          assert.isFalse(first.has(one))
        })
      )
    }

    checkTime("sweep", "a sweep removes what is over and nothing else, and looks at no more than it may", (store, passes) =>
      Effect.gen(function* () {
        const sweep = (limit: number) =>
          Effect.tap(store.sweep?.(limit) ?? Effect.dieMessage("it sweeps nothing"), ({ examined, removed }) => {
            assert.isAtMost(examined, limit)
            assert.isAtMost(removed, examined)
          })
        const stays = Array.makeBy(10, newKey)
        const over = Array.makeBy(10, newKey)
        for (const [index, key] of stays.entries())
          yield* must(store.write(key, text(key), none, index % 2 === 0 ? long : undefined))
        const versions = yield* Effect.forEach(over, (key) => must(store.write(key, text("a"), none, brief)))
        for (const key of over) yield* untilGone(store, key, passes)
        assert.deepStrictEqual(yield* sweep(0), { examined: 0, removed: 0 })
        let removed = 0
        for (let sweeps = 0; removed < over.length; sweeps++) {
          assert.isBelow(sweeps, 1_000, "it does not come round")
          removed += (yield* sweep(7)).removed
        }
        for (const key of stays) assert.isTrue(Option.contains(yield* valueOf(store, key), key))
        for (const [index, key] of over.entries()) {
          assert.isTrue(Option.isNone(yield* store.read(key)))
          assert.isAbove(yield* must(store.write(key, text("again"), none)), versions[index] ?? 0)
        }
      })
    )

    checkTime("sweep", "an entry that is written again while it is swept stays", (store, passes) =>
      Effect.gen(function* () {
        const sweep = Effect.suspend(() => store.sweep?.(50) ?? Effect.dieMessage("it sweeps nothing"))
        const keys = Array.makeBy(5, newKey)
        for (let round = 0; round < 5; round++) {
          const other = subject().reopens ? yield* subject().open : store
          for (const key of keys) yield* must(store.write(key, text("a"), none, brief))
          for (const key of keys) yield* untilGone(store, key, passes)
          const [written] = yield* Effect.all(
            [
              Effect.forEach(keys, (key) => must(other.write(key, text("again"), none)), { concurrency: "unbounded" }),
              Effect.repeatN(sweep, 9)
            ],
            { concurrency: "unbounded" }
          )
          for (const [index, key] of keys.entries()) {
            const entry = yield* must(store.read(key))
            assert.strictEqual(entry.version, written[index])
            assert.isTrue(yield* store.remove(key, at(entry.version)))
          }
        }
      })
    )
  })
}

const brief = { timeToLive: Duration.millis(50) }
const long = { timeToLive: Duration.hours(1) }

const untilGone = (store: TokenStoreService, key: string, passes: Effect.Effect<void>) =>
  Effect.gen(function* () {
    while (Option.isSome(yield* store.read(key))) yield* passes
  })

/** The keys that the store has reported so far. */
export const following = (store: TokenStoreService): Effect.Effect<ReadonlySet<string>, TokenStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const seen = new Set<string>()
    const keys = yield* store.removals ?? Effect.dieMessage("it reports nothing")
    yield* Effect.forkScoped(Stream.runForEach(keys, (key) => Effect.sync(() => seen.add(key))))
    return seen
  })

const defectOf = (exit: Exit.Exit<unknown, unknown>): unknown => (Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined)

const command = fc.record({
  do: fc.constantFrom("read", "write", "remove", "lease", "release"),
  expect: fc.constantFrom("none", "current", "current", "current", "earlier", "later"),
  fence: fc.constantFrom("none", "none", "current", "earlier")
})

type Command = typeof command extends fc.Arbitrary<infer A> ? A : never

const againstModel = (store: TokenStoreService, commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const key = newKey()
    let entry: { version: number; value: string } | undefined
    let lastVersion = 0
    const fences: Array<number> = []
    let held = false
    for (const [index, { do: operation, expect, fence: which }] of commands.entries()) {
      const expected =
        expect === "none" ? undefined : expect === "current" ? entry?.version : lastVersion + (expect === "later" ? 1 : -1)
      // A lease that was given back may be refused or not: the model asks only for the one that is held, and for overtaken ones.
      const fence = which === "current" && held ? fences.at(-1) : which === "earlier" ? fences.at(-2) : undefined
      const condition = { expected: Option.fromNullable(expected), fence }
      const holds = expected === entry?.version && (fence === undefined || (held && fence === fences.at(-1)))
      switch (operation) {
        case "read": {
          const read = Option.getOrUndefined(yield* store.read(key))
          assert.deepStrictEqual(read && { version: read.version, value: Redacted.value(read.value) }, entry)
          break
        }
        case "write": {
          const written = yield* store.write(key, text(`value ${index}`), condition)
          assert.strictEqual(Option.isSome(written), holds)
          if (Option.isSome(written)) {
            assert.isAbove(written.value, lastVersion)
            lastVersion = written.value
            entry = { version: written.value, value: `value ${index}` }
          }
          break
        }
        case "remove": {
          assert.strictEqual(yield* store.remove(key, condition), holds)
          if (holds) entry = undefined
          break
        }
        case "lease": {
          const lease = yield* store.lease(key, Duration.minutes(5))
          assert.strictEqual(Option.isSome(lease), !held)
          if (Option.isSome(lease)) {
            assert.isAbove(lease.value.fence, fences.at(-1) ?? 0)
            fences.push(lease.value.fence)
            held = true
          }
          break
        }
        default: {
          const released = which === "earlier" ? fences.at(-2) : fences.at(-1)
          if (released !== undefined) {
            yield* store.release(key, { fence: released })
            if (released === fences.at(-1)) held = false
          }
        }
      }
    }
  })

const oneChain = (store: TokenStoreService, fibers: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.gen(function* () {
    const key = newKey()
    const replaced: Array<number | undefined> = []
    const versions: Array<number> = []
    const fences: Array<number> = []
    let removals = 0
    yield* Effect.forEach(
      fibers,
      (operations) =>
        Effect.gen(function* () {
          for (const operation of operations) {
            const lease =
              operation === "lease" || operation === "fenced" ? yield* store.lease(key, Duration.minutes(5)) : Option.none()
            if (Option.isSome(lease)) fences.push(lease.value.fence)
            const entry = yield* store.read(key)
            const expected = Option.map(entry, ({ version }) => version)
            const condition = { expected, fence: Option.getOrUndefined(lease)?.fence }
            if (operation === "remove" && Option.isSome(expected)) {
              if (yield* store.remove(key, condition)) {
                replaced.push(expected.value)
                removals++
              }
            } else if (operation !== "lease") {
              const written = yield* store.write(key, text("x"), condition)
              if (Option.isSome(written)) {
                if (Option.isSome(expected)) {
                  assert.isAbove(written.value, expected.value)
                  replaced.push(expected.value)
                } else replaced.push(undefined)
                versions.push(written.value)
              }
            }
            if (Option.isSome(lease)) yield* store.release(key, lease.value)
          }
        }),
      { concurrency: "unbounded", discard: true }
    )
    const numbers = replaced.filter((version) => version !== undefined)
    assert.strictEqual(new Set(numbers).size, numbers.length, "a version was replaced twice")
    assert.strictEqual(new Set(versions).size, versions.length, "a version was given twice")
    assert.strictEqual(new Set(fences).size, fences.length, "a fence was given twice")
    for (const version of numbers) assert.include(versions, version)
    const last = yield* store.read(key)
    const left = versions.filter((version) => !numbers.includes(version))
    assert.deepStrictEqual(left, Option.match(last, { onNone: () => [], onSome: ({ version }) => [version] }))
    // Each first write but one follows a removal.
    const firsts = replaced.length - numbers.length
    assert.strictEqual(firsts, removals + (Option.isSome(last) ? 1 : 0))
  })
