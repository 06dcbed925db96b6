/**
 * Several sessions of one customer: who they belong to, which there are, and the end of one of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Fiber, Option, Redacted, TestClock } from "effect"
import { AccessTokens, RefreshPolicy, Session, Sessions, type TokenStore, TokenStoreError, TokenStores } from "effect-dintero"
import * as CustomerId from "../../src/layers/sessions/CustomerId.js"
import { until } from "../utils/Until.js"
import { layer, logIn, newCalls, settings, value } from "./System.js"

/** Starts a session of Ada with this label. */
const device = (label: string) =>
  Effect.flatMap(logIn(), (login) => Effect.flatMap(Sessions, (sessions) => sessions.start(login, { label })))

const labelsOf = (customerId: string) =>
  Effect.flatMap(Sessions, (sessions) =>
    Effect.map(sessions.ofCustomer(customerId), (list) => list.map(({ label }) => Option.getOrElse(label, () => "")))
  )

/** The list is kept in the background of a renewal. */
const listedInTheEnd = (customerId: string, labels: ReadonlyArray<string>) =>
  Effect.repeat(labelsOf(customerId), { until: (list) => list.join() === labels.join() })

const acts = (session: Session.Session) =>
  Effect.match(Session.with(settings, session), { onFailure: ({ _tag }) => _tag, onSuccess: () => "acts" as const })

/** A store that counts what is done to it, and fails or waits where the test says so. */
const watched = Effect.map(TokenStores.memory, (store) => {
  const counts = { reads: 0, writes: 0, removals: 0 }
  const rules: { fails: (key: string, what: "read" | "write" | "remove") => boolean } = { fails: () => false }
  const keys = new Set<string>()
  const asRuled = <A>(key: string, what: "read" | "write" | "remove", effect: Effect.Effect<A, TokenStoreError>) =>
    Effect.suspend(() => (rules.fails(key, what) ? Effect.fail(TokenStoreError.forTest()) : effect))
  const own: TokenStore["Type"] = {
    ...store,
    read: (key) => {
      counts.reads++
      return asRuled(key, "read", store.read(key))
    },
    write: (key, ...rest) => {
      counts.writes++
      keys.add(key)
      return asRuled(key, "write", store.write(key, ...rest))
    },
    remove: (key, condition) => {
      counts.removals++
      return asRuled(key, "remove", store.remove(key, condition))
    }
  }
  const indexKey = () => [...keys].find((key) => key.startsWith("customer-")) ?? "none"
  return { store: own, counts, rules, keys, indexKey }
})

describe("several sessions of one customer", () => {
  it.scoped("are separate: signing out on the phone leaves the laptop and the tablet signed in", () =>
    Effect.gen(function* () {
      const [laptop, phone, tablet] = [yield* device("laptop"), yield* device("phone"), yield* device("tablet")]
      yield* phone.logout
      assert.deepStrictEqual([yield* acts(laptop), yield* acts(phone), yield* acts(tablet)], ["acts", "SessionExpired", "acts"])
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual([yield* acts(laptop), yield* acts(tablet)], ["acts", "acts"])
      assert.deepStrictEqual(yield* labelsOf("ada"), ["tablet", "laptop"])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("are listed with label, start and last use, the newest first, and without a secret", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const laptop = yield* Effect.scoped(device("laptop"))
      yield* TestClock.adjust("1 minute")
      const phone = yield* device("phone")
      const unnamed = yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login))
      yield* TestClock.adjust("2 hours")
      yield* Effect.scoped(Effect.flatMap(sessions.resume(laptop.id), acts))
      yield* TestClock.adjust("1 minute")
      const later = (duration: Duration.DurationInput) => DateTime.addDuration(laptop.startedAt, duration)
      const list = yield* sessions.ofCustomer("ada")
      assert.deepStrictEqual(list, [
        {
          handle: phone.handle,
          customerId: "ada",
          label: Option.some("phone"),
          startedAt: later("1 minute"),
          lastUsedAt: later("1 minute")
        },
        {
          handle: laptop.handle,
          customerId: "ada",
          label: Option.some("laptop"),
          startedAt: laptop.startedAt,
          lastUsedAt: later("121 minutes")
        }
      ])
      const secrets = [laptop, phone].flatMap(({ id }) => [Redacted.value(id)])
      for (const secret of secrets) assert.notInclude(JSON.stringify(list), secret)
      assert.deepStrictEqual(
        (yield* sessions.ofCustomer("grace")).map(({ handle, label }) => [handle, label]),
        [[unnamed.handle, Option.none()]]
      )
      assert.deepStrictEqual(yield* sessions.ofCustomer("nobody"), [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("end one by one, named by id, Redacted id, handle, entry of the list, or session", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const [first, second] = [yield* device("1"), yield* device("2")]
      const [third, fourth, fifth] = [yield* device("3"), yield* device("4"), yield* device("5")]
      const all = [first, second, third, fourth, fifth]
      const [info] = yield* sessions.ofCustomer("ada")
      assert.isTrue(yield* sessions.end(Redacted.value(first.id)))
      assert.isTrue(yield* sessions.end(second.id))
      assert.isTrue(yield* sessions.end({ handle: third.handle }, { customerId: "ada" }))
      assert.isTrue(yield* sessions.end(fourth))
      assert.deepStrictEqual(yield* labelsOf("ada"), ["5"])
      assert.strictEqual(info?.handle, fifth.handle)
      assert.isTrue(yield* sessions.end(info ?? ""))
      assert.deepStrictEqual(yield* labelsOf("ada"), [])
      assert.deepStrictEqual(
        yield* Effect.forEach(all, acts),
        Array.from({ length: 5 }, () => "SessionExpired")
      )
      for (const session of all) assert.isFalse(yield* sessions.end(session))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("that nobody has, or that are somebody else's, are not ended: false, and nothing is written or sent", () =>
    Effect.gen(function* () {
      const { counts, store } = yield* watched
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const grace = yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login))
        yield* newCalls
        const before = { ...counts }
        for (const which of [
          "",
          "ada",
          "x".repeat(100_000),
          Redacted.make("\u0000"),
          { handle: "" },
          { handle: "0".repeat(64) },
          { handle: "../../etc" },
          { handle: grace.handle.toUpperCase() },
          grace.handle
        ]) {
          assert.isFalse(yield* sessions.end(which))
          assert.isFalse(yield* sessions.end(which, { customerId: "ada" }))
        }
        // As a program in JavaScript may pass it that does not know its customer.
        const unknown: { readonly customerId: string } = JSON.parse("{}")
        for (const which of [grace, { handle: grace.handle }, grace.id]) {
          assert.isFalse(yield* sessions.end(which, { customerId: "ada" }))
          assert.isFalse(yield* sessions.end(which, unknown))
        }
        assert.strictEqual(yield* sessions.endAll("ada"), 0)
        assert.strictEqual(yield* sessions.endAll(""), 0)
        assert.deepStrictEqual([counts.writes, counts.removals], [before.writes, before.removals])
        assert.deepStrictEqual(yield* newCalls, [])
        assert.strictEqual(yield* acts(grace), "acts")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("leave nothing in the store after the last one has ended", () =>
    Effect.gen(function* () {
      const { keys, store } = yield* watched
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const [one, two] = [yield* device("one"), yield* device("two")]
        yield* one.logout
        yield* sessions.end(two)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
      assert.strictEqual(keys.size, 3)
      for (const key of keys) assert.isTrue(Option.isNone(yield* store.read(key)))
    })
  )
})

describe("the list of a customer's sessions", () => {
  it.scoped("drops a handle without a session, but not that of a login which is on its way", () =>
    Effect.gen(function* () {
      const { indexKey, keys, store } = yield* watched
      yield* Effect.gen(function* () {
        const [one, two] = [yield* device("one"), yield* device("two")]
        // As after the end of a process between the two steps of a logout.
        const key = [...keys].find((key) => key.endsWith(one.handle)) ?? ""
        const entry = Option.getOrThrow(yield* store.read(key))
        yield* store.remove(key, { expected: Option.some(entry.version) })
        const handles = Effect.map(store.read(indexKey()), (found) => {
          const text = Redacted.value(Option.getOrThrow(found).value)
          return [text.includes(one.handle), text.includes(two.handle)]
        })
        assert.deepStrictEqual(yield* labelsOf("ada"), ["two"])
        assert.deepStrictEqual(yield* handles, [true, true])
        yield* TestClock.adjust("11 minutes")
        assert.deepStrictEqual(yield* labelsOf("ada"), ["two"])
        assert.deepStrictEqual(yield* handles, [false, true])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("when it is damaged, a login replaces it, and a renewal brings back the other sessions", () =>
    Effect.gen(function* () {
      const { indexKey, store } = yield* watched
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const laptop = yield* device("laptop")
        yield* Effect.scoped(device("tablet"))
        const before = Option.getOrThrow(yield* store.read(indexKey()))
        const text = Redacted.value(before.value)
        yield* store.write(indexKey(), Redacted.make(text.slice(0, -20)), { expected: Option.some(before.version) })
        const error = yield* Effect.flip(Effect.asVoid(sessions.ofCustomer("ada")))
        assert.deepStrictEqual([error._tag, error.reason], ["TokenStoreError", "unreadable"])
        yield* TestClock.adjust("1 minute")
        yield* device("phone")
        assert.deepStrictEqual(yield* labelsOf("ada"), ["phone"])
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(yield* acts(laptop), "acts")
        yield* listedInTheEnd("ada", ["phone", "laptop"])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("is ended by endAll also when it is damaged, as far as this process knows the sessions", () =>
    Effect.gen(function* () {
      const { indexKey, store } = yield* watched
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const laptop = yield* device("laptop")
        const before = Option.getOrThrow(yield* store.read(indexKey()))
        yield* store.write(indexKey(), Redacted.make(""), { expected: Option.some(before.version) })
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.endAll("ada"))))._tag, "TokenStoreError")
        assert.strictEqual(yield* acts(laptop), "SessionExpired")
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.resume(laptop.id))))._tag, "SessionNotFound")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("of another release is not replaced, and a login fails", () =>
    Effect.gen(function* () {
      const { indexKey, store } = yield* watched
      yield* Effect.gen(function* () {
        const laptop = yield* device("laptop")
        const before = Option.getOrThrow(yield* store.read(indexKey()))
        const later = Redacted.make('{"format":"effect-dintero sessions of a customer 2","all":{}}')
        yield* store.write(indexKey(), later, { expected: Option.some(before.version) })
        const error = yield* Effect.flip(Effect.asVoid(device("phone")))
        assert.deepInclude({ ...error }, { _tag: "SessionNotStored", reason: "foreign", refreshToken: "revoked" })
        // Its logout does not need the list.
        yield* laptop.logout
        const now = Option.getOrThrow(yield* store.read(indexKey()))
        assert.strictEqual(Redacted.value(now.value), Redacted.value(later))
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("stays in the store for as long as the sessions, and is rarely written for that", () =>
    Effect.gen(function* () {
      const { store } = yield* watched
      const ends = new Map<string, number>()
      let writes = 0
      const timed: TokenStore["Type"] = {
        ...store,
        write: (key, value, condition, options) =>
          Effect.zipLeft(
            store.write(key, value, condition, options),
            Effect.map(DateTime.now, (now) => {
              if (key.startsWith("customer-")) writes++
              const life = options?.timeToLive
              ends.set(key, life === undefined ? Number.POSITIVE_INFINITY : now.epochMillis + Duration.toMillis(life))
            })
          )
      }
      const endOf = (kind: string) => Math.max(...[...ends].flatMap(([key, end]) => (key.startsWith(kind) ? [end] : [])))
      yield* Effect.gen(function* () {
        const session = yield* device("laptop")
        const begin = endOf("customer-")
        assert.isAbove(begin, endOf("session-"))
        for (let use = 0; use < 60; use++) {
          yield* TestClock.adjust("8 hours")
          assert.strictEqual(yield* acts(session), "acts")
          // The list is kept in the background.
          yield* until(() => endOf("customer-") > endOf("session-"))
        }
        // The session is used after the time at which the entry would have disappeared.
        assert.isAbove((yield* DateTime.now).epochMillis, begin)
        assert.isAtMost(writes, 21)
        assert.isAbove(writes, 10)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(timed), sessions: { unusedFor: "10 days" } })))
    })
  )

  it.scoped("has no time to live beyond the age that the policy allows", () =>
    Effect.gen(function* () {
      const { store } = yield* watched
      const lives: Array<number> = []
      const timed: TokenStore["Type"] = {
        ...store,
        write: (key, value, condition, options) => {
          if (key.startsWith("customer-")) lives.push(Duration.toHours(options?.timeToLive ?? Duration.infinity))
          return store.write(key, value, condition, options)
        }
      }
      yield* Effect.gen(function* () {
        const session = yield* device("laptop")
        yield* TestClock.adjust("6 hours")
        assert.strictEqual(yield* acts(session), "acts")
        yield* labelsOf("ada")
        assert.deepStrictEqual(lives, [12])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(timed), refresh: RefreshPolicy.make({ maxSessionAge: "12 hours" }) })))
    })
  )
})

describe("perCustomer", () => {
  const three = { perCustomer: 3 }

  it.scoped("a login beyond it ends the session that was not used for the longest time, and never the new one", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const all = []
      for (const label of ["1", "2", "3"]) {
        all.push(yield* device(label))
        yield* TestClock.adjust("1 minute")
      }
      const [first, second] = all
      assert.isDefined(first)
      assert.isDefined(second)
      yield* TestClock.adjust("2 hours")
      // The oldest session is used, and so the second is the one that was not.
      yield* Effect.scoped(Effect.flatMap(sessions.resume(first.id), acts))
      yield* TestClock.adjust("1 minute")
      yield* newCalls
      const fourth = yield* device("4")
      assert.deepStrictEqual(yield* labelsOf("ada"), ["4", "3", "1"])
      assert.strictEqual(yield* acts(second), "SessionExpired")
      assert.strictEqual(yield* acts(fourth), "acts")
      // Its refresh token is revoked at the server.
      assert.include(yield* newCalls, "auth.revoke 200")
    }).pipe(Effect.provide(layer({ sessions: three })))
  )

  it.scoped("does not count those of other customers, nor those that are gone", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const ended = yield* device("ended")
      yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login))
      yield* device("1")
      yield* ended.logout
      yield* device("2")
      yield* device("3")
      assert.deepStrictEqual(yield* labelsOf("ada"), ["3", "2", "1"])
      assert.lengthOf(yield* sessions.ofCustomer("grace"), 1)
    }).pipe(Effect.provide(layer({ sessions: three })))
  )

  it.scoped("a session that cannot be ended does not stop the login", () =>
    Effect.gen(function* () {
      const { rules, store } = yield* watched
      yield* Effect.gen(function* () {
        const [first] = yield* Effect.forEach(["1", "2", "3"], device)
        rules.fails = (_, what) => what === "remove"
        const fourth = yield* device("4")
        assert.strictEqual(yield* acts(fourth), "acts")
        // It is over here all the same.
        assert.isDefined(first)
        assert.strictEqual(yield* acts(first), "SessionExpired")
        rules.fails = () => false
        yield* device("5")
        assert.deepStrictEqual(yield* labelsOf("ada"), ["5", "4", "3"])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store), sessions: three })))
    })
  )

  it.scoped("a login that is interrupted while room is made for it leaves no session", () =>
    Effect.gen(function* () {
      const { store } = yield* watched
      const removing = yield* Deferred.make<void>()
      let isHanging = false
      const hanging: TokenStore["Type"] = {
        ...store,
        remove: (...args) =>
          Effect.suspend(() => {
            if (!isHanging) return store.remove(...args)
            isHanging = false
            return Effect.zipRight(Deferred.succeed(removing, undefined), Effect.never)
          })
      }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        yield* Effect.forEach(["1", "2", "3"], device)
        const login = yield* logIn()
        isHanging = true
        const starting = yield* Effect.fork(sessions.start(login, { id: "4", label: "4" }))
        yield* Deferred.await(removing)
        yield* newCalls
        yield* Fiber.interrupt(starting)
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.resume("4"))))._tag, "SessionNotFound")
        yield* Effect.repeat(newCalls, { until: (calls) => calls.includes("auth.revoke 200") })
        assert.notInclude(yield* labelsOf("ada"), "4")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(hanging), sessions: three })))
    })
  )
})

describe("who it is", () => {
  it.scoped("the customer_id of the start, otherwise the subject of the access token", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const login = yield* logIn()
      assert.deepStrictEqual((yield* sessions.start(login)).customerId, Option.some("ada"))
      assert.deepStrictEqual((yield* sessions.start(login, { customerId: "other" })).customerId, Option.some("other"))
      assert.lengthOf(yield* sessions.ofCustomer("ada"), 1)
      assert.lengthOf(yield* sessions.ofCustomer("other"), 1)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a token that is no JWT says nothing, and its sessions are in no list", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const login = yield* logIn()
      for (const text of ["opaque", "a.b.c", `a.${btoa('{"sub":""}')}.c`, `a.${btoa('{"sub":7}')}.c`]) {
        const session = yield* sessions.start({ ...login, access_token: Redacted.make(text) })
        assert.deepStrictEqual(session.customerId, Option.none())
        yield* session.logout
      }
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("the subject of the API client is no customer, also when it is another text than the configured client id", () =>
    Effect.gen(function* () {
      const client = yield* AccessTokens
      const of = (sub: string) => Redacted.make(`a.${btoa(JSON.stringify({ sub }))}.c`)
      assert.deepStrictEqual(yield* CustomerId.ofToken(client, of("shop")), Option.none())
      assert.deepStrictEqual(yield* CustomerId.ofToken(client, of("ada")), Option.some("ada"))
      const own = { ...client, peek: Effect.succeedSome({ value: of("0b7d7a60"), generation: 1, expiresAt: Option.none() }) }
      assert.deepStrictEqual(yield* CustomerId.ofToken(own, of("0b7d7a60")), Option.none())
      assert.deepStrictEqual(yield* CustomerId.ofToken(own, of("ada")), Option.some("ada"))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a session from a refresh token alone knows its customer from the first renewal on", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const login = yield* logIn()
      const session = yield* sessions.startFrom(login.refresh_token ?? Redacted.make(""), { label: "imported" })
      assert.deepStrictEqual(session.customerId, Option.none())
      assert.deepStrictEqual(yield* labelsOf("ada"), [])
      yield* session.tokens.get
      yield* listedInTheEnd("ada", ["imported"])
      const again = yield* sessions.resume(session.id)
      assert.deepStrictEqual(again.customerId, Option.some("ada"))
      assert.strictEqual(yield* sessions.endAll("ada"), 1)
      assert.strictEqual(yield* acts(session), "SessionExpired")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a renewal does not change it, also when the token has another subject", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const login = yield* logIn()
      const session = yield* sessions.start(login, { customerId: "theirs" })
      yield* TestClock.adjust("2 hours")
      const token = value(yield* session.tokens.get)
      assert.include(atob(token.split(".")[1] ?? ""), '"ada"')
      yield* labelsOf("ada")
      assert.lengthOf(yield* sessions.ofCustomer("theirs"), 1)
      assert.lengthOf(yield* sessions.ofCustomer("ada"), 0)
    }).pipe(Effect.provide(layer()))
  )
})
