import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Deferred, Duration, Effect, Either, Exit, Fiber, Layer, Option, Redacted, TestClock } from "effect"
import type { AccessToken, AuthChallenge, AuthService, Input, TokenKey, TokenStoreService } from "effect-dintero"
import {
  Account,
  BadRequest,
  CredentialsRefused,
  Dintero,
  Mfa,
  MfaRequired,
  NotFound,
  PendingLogins,
  ServerError,
  TokenStoreError,
  TokenStores
} from "effect-dintero"
import * as PendingEntries from "../../src/layers/sessions/PendingEntries.js"
import { account } from "../utils/Account.js"

const key: TokenKey = {
  baseUrl: "https://api.dintero.com/v1",
  account,
  client: "shop",
  grant: "client_credentials",
  subject: "",
  audience: ""
}

const required = MfaRequired.forTest({ mfaToken: Redacted.make("the-mfa-token") })
const right = Redacted.make("123456")
const wrong = Redacted.make("000000")

interface Given {
  readonly challenge?: AuthService["mfa"]["challenge"]
  /** The answer to a code. `granted` is a new access token. */
  readonly token?: (code: string, granted: Effect.Effect<AccessToken>, oobCode: string) => ReturnType<AuthService["token"]>
  /** What comes between the program and the store. */
  readonly store?: (store: TokenStoreService) => TokenStoreService
}

/** A server that accepts one code, any number of times, and a store that notes what is asked of it. */
const setUp = (given: Given = {}) =>
  Effect.gen(function* () {
    const memory = yield* TokenStores.memory
    const through = given.store?.(memory) ?? memory
    const used: Array<string> = []
    const lives: Array<number | undefined> = []
    const keys = new Set<string>()
    const store: TokenStoreService = {
      ...through,
      read: (key) =>
        Effect.suspend(() => {
          used.push("read")
          keys.add(key)
          return through.read(key)
        }),
      write: (key, value, condition, options) =>
        Effect.suspend(() => {
          used.push("write")
          keys.add(key)
          const life = options?.timeToLive
          lives.push(life === undefined ? undefined : Duration.toMillis(life))
          return through.write(key, value, condition, options)
        }),
      remove: (key, condition) =>
        Effect.suspend(() => {
          used.push("remove")
          return through.remove(key, condition)
        })
    }
    const challenges: Array<Input<AuthChallenge>> = []
    const codes: Array<readonly [oobCode: string, code: string]> = []
    const revoked: Array<string> = []
    let sessions = 0
    const client = { key, serverOffset: Effect.succeedSome(0), get: Effect.dieMessage("no token is needed") }
    const layerOf = (changed: Partial<TokenKey> = {}) =>
      Layer.merge(
        Dintero.layerTest({
          auth: {
            mfa: {
              challenge: (challenge) =>
                Effect.suspend(() => {
                  challenges.push(challenge)
                  return given.challenge?.(challenge) ?? Effect.succeed({ oob_code: Redacted.make(`oob-${challenges.length}`) })
                })
            },
            token: (grant) =>
              Effect.suspend((): ReturnType<AuthService["token"]> => {
                if (grant.grant_type !== "mfa_oob") return Effect.dieMessage("another grant")
                const code = Redacted.value(grant.binding_code)
                const oobCode = Redacted.value(grant.oob_code)
                codes.push([oobCode, code])
                if (given.token !== undefined) return given.token(code, granted, oobCode)
                return code === Redacted.value(right) ? granted : CredentialsRefused.forTest()
              }),
            revoke: ({ token }) => Effect.sync(() => void revoked.push(Redacted.value(token)))
          }
        }),
        Layer.succeed(PendingLogins, PendingEntries.make(store, { ...client, key: { ...key, ...changed } }))
      )
    const granted = Effect.sync(
      (): AccessToken => ({
        access_token: Redacted.make(`access-${++sessions}`),
        token_type: "Bearer",
        expires_in: 60,
        refresh_token: Redacted.make(`refresh-${sessions}`)
      })
    )
    return {
      layer: layerOf(),
      layerOf,
      store: memory,
      challenges,
      codes,
      revoked,
      lives,
      /** What was asked of the store since the last look. */
      used: Effect.sync(() => used.splice(0)),
      /** The texts that are stored. */
      stored: Effect.map(
        Effect.forEach(keys, (key) => Effect.map(memory.read(key), Option.toArray)),
        (entries) => entries.flat().map(({ value }) => Redacted.value(value))
      ),
      /** Changes the stored text. */
      spoil: (change: (text: string) => string) =>
        Effect.forEach(keys, (key) =>
          Effect.flatMap(
            memory.read(key),
            Option.match({
              onNone: () => Effect.void,
              onSome: ({ value, version }) =>
                Effect.asVoid(memory.write(key, Redacted.make(change(Redacted.value(value))), { expected: Option.some(version) }))
            })
          )
        )
    }
  })

const refusal = (message: string) => CredentialsRefused.forTest({ message })

/** How an attempt ended: the tag of its error and what else matters of it, or the token. */
const endOf = <R>(attempt: Effect.Effect<AccessToken, Mfa.ConfirmError, R>): Effect.Effect<string, never, R> =>
  Effect.match(attempt, {
    onSuccess: ({ access_token }) => Redacted.value(access_token),
    onFailure: (error) =>
      error._tag === "WrongCode"
        ? `WrongCode ${error.triesLeft}`
        : error._tag === "PendingLoginOver" || error._tag === "TokenStoreError"
          ? `${error._tag} ${error.reason}`
          : error._tag
  })

const confirmed = (id: string | Redacted.Redacted, code = right) => endOf(Mfa.confirm(id, code))

describe("Mfa.begin", () => {
  it.effect("has a code sent, and stores what the next request needs", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const login = yield* Effect.provide(Mfa.begin(required, { channel: "email" }), system.layer)
      assert.match(Redacted.value(login.id), /^[A-Za-z0-9_-]{43}$/)
      assert.deepStrictEqual(
        [Option.getOrUndefined(login.channel), login.triesLeft, login.messagesLeft, DateTime.toEpochMillis(login.expiresAt)],
        ["email", 3, 4, 600_000]
      )
      assert.deepStrictEqual(
        system.challenges.map(({ mfa_token, oob_channel }) => [Redacted.value(mfa_token), oob_channel]),
        [["the-mfa-token", "email"]]
      )
      assert.deepStrictEqual(yield* system.used, ["write"])
      assert.deepStrictEqual(system.lives, [600_000])
      const [text = "", ...more] = yield* system.stored
      assert.deepStrictEqual(more, [])
      assert.isTrue(text.startsWith('{"format":"effect-dintero pending login 1"'))
      // The id is what opens it, and is not in it.
      assert.notInclude(text, Redacted.value(login.id))
    })
  )

  it.effect("gives each login an id of its own", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const all = yield* Effect.replicateEffect(Mfa.begin(required), 20).pipe(Effect.provide(system.layer))
      assert.strictEqual(new Set(all.map(({ id }) => Redacted.value(id))).size, 20)
      assert.lengthOf(yield* system.stored, 20)
    })
  )

  it.effect("names no channel when it is not told one, and says the one that the answer of the login names", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const answer = { links: [], mfa_token: Redacted.make("m"), challenge_type: "oob" } as const
      const channels = yield* Effect.forEach(
        [required, answer, { ...answer, oob_channel: "sms" }, { ...answer, oob_channel: "pigeon" }],
        (required) => Effect.map(Mfa.begin(required), ({ channel }) => Option.getOrNull(channel))
      ).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(channels, [null, null, "sms", null])
      for (const challenge of system.challenges) assert.notProperty(challenge, "oob_channel")
    })
  )

  it.effect("sends no message for a recovery, whose code was sent when it began", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const recovery = { mfa_token: Redacted.make("m"), oob_code: Redacted.make("oob-of-recovery") }
      const end = yield* Effect.flatMap(Mfa.begin(recovery, { channel: "sms" }), ({ id }) => confirmed(id)).pipe(
        Effect.provide(system.layer)
      )
      assert.strictEqual(end, "access-1")
      assert.deepStrictEqual(system.challenges, [])
      assert.deepStrictEqual(system.codes, [["oob-of-recovery", "123456"]])
    })
  )

  it.effect("tries and lifetimes that cannot be are defects, and nothing is sent or stored", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      for (const options of [
        ...[0, 6, 1.5, Number.NaN].map((tries) => ({ tries })),
        ...[0, -1, Number.POSITIVE_INFINITY, Number.NaN, "25 hours" as const].map((lifetime) => ({ lifetime }))
      ]) {
        const exit = yield* Effect.exit(Effect.provide(Mfa.begin(required, options), system.layer))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause), JSON.stringify(options))
      }
      assert.deepStrictEqual(system.challenges, [])
      assert.deepStrictEqual(yield* system.used, [])
    })
  )

  it.effect("ends in the error of the message or of the store, and stores nothing", () =>
    Effect.gen(function* () {
      const refusing = yield* setUp({ challenge: () => NotFound.forTest() })
      assert.strictEqual((yield* Effect.flip(Effect.provide(Mfa.begin(required), refusing.layer)))._tag, "NotFound")
      assert.deepStrictEqual(yield* refusing.used, [])
      const broken = yield* setUp({ store: (store) => ({ ...store, write: () => TokenStoreError.forTest() }) })
      assert.strictEqual((yield* Effect.flip(Effect.provide(Mfa.begin(required), broken.layer)))._tag, "TokenStoreError")
    })
  )
})

describe("Mfa.confirm", () => {
  it.effect("redeems the code for an access token, and removes the login", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required)
        yield* system.used
        // As it comes from a cookie.
        assert.strictEqual(yield* confirmed(Redacted.value(id)), "access-1")
        assert.deepStrictEqual(yield* system.used, ["read", "write", "remove"])
        assert.deepStrictEqual(system.codes, [["oob-1", "123456"]])
        assert.deepStrictEqual(yield* system.stored, [])
        assert.strictEqual(yield* confirmed(id), "PendingLoginOver unknown")
        assert.lengthOf(system.codes, 1)
        assert.deepStrictEqual(system.revoked, [])
      }).pipe(Effect.provide(system.layer))
    })
  )

  for (const [tries, ends] of Object.entries({
    1: ["PendingLoginOver tries", "PendingLoginOver unknown"],
    3: ["WrongCode 2", "WrongCode 1", "PendingLoginOver tries", "PendingLoginOver unknown"],
    5: ["WrongCode 4", "WrongCode 3", "WrongCode 2", "WrongCode 1", "PendingLoginOver tries"]
  })) {
    it.effect(`with ${tries} tries ends in ${ends.join(", ")}`, () =>
      Effect.gen(function* () {
        const system = yield* setUp()
        yield* Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required, { tries: Number(tries) })
          assert.deepStrictEqual(yield* Effect.forEach(ends, () => confirmed(id, wrong)), ends)
        }).pipe(Effect.provide(system.layer))
        assert.lengthOf(system.codes, Number(tries))
        assert.deepStrictEqual(yield* system.stored, [])
      })
    )
  }

  for (const [said, ends] of [
    ["Wrong code", ["WrongCode 1", "PendingLoginOver tries"]],
    ["FORBIDDEN", ["WrongCode 1", "PendingLoginOver tries"]],
    ["The code has expired", ["CodeExpired", "PendingLoginOver tries"]],
    ["Too many attempts", ["PendingLoginOver tries", "PendingLoginOver unknown"]]
  ] as const) {
    it.effect(`ends in ${ends.join(", ")} when the server says ${said}`, () =>
      Effect.gen(function* () {
        const system = yield* setUp({ token: () => refusal(said) })
        yield* Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required, { tries: 2 })
          const error = yield* Effect.flip(Effect.asVoid(Mfa.confirm(id, wrong)))
          if (error._tag === "WrongCode") {
            assert.deepStrictEqual([error.message, error.request.operation], [said, refusal(said).request.operation])
          }
          assert.strictEqual(yield* endOf(Effect.fail(error)), ends[0])
          assert.strictEqual(yield* confirmed(id, wrong), ends[1])
        }).pipe(Effect.provide(system.layer))
        assert.deepStrictEqual(yield* system.stored, [])
      })
    )
  }

  it.effect("goes on with another code that is asked for, over the other channel, as a recovery does", () => {
    let rounds = 0
    return Effect.gen(function* () {
      const second = MfaRequired.forTest({ mfaToken: Redacted.make("second") })
      const system = yield* setUp({ token: () => (++rounds === 1 ? second : CredentialsRefused.forTest()) })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { channel: "sms" })
        const error = yield* Effect.flip(Effect.asVoid(Mfa.confirm(id, right)))
        if (error._tag !== "MfaRequired") return assert.fail(error._tag)
        assert.strictEqual(yield* confirmed(id), "PendingLoginOver unknown")
        const next = yield* Mfa.begin(error, { channel: "email" })
        assert.strictEqual(yield* confirmed(next.id, wrong), "WrongCode 2")
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(
        system.challenges.map(({ mfa_token, oob_channel }) => [Redacted.value(mfa_token), oob_channel]),
        [
          ["the-mfa-token", "sms"],
          ["second", "email"]
        ]
      )
    })
  })

  it.effect("counts a try whose answer does not come, and ends after the last one", () =>
    Effect.gen(function* () {
      const system = yield* setUp({ token: () => ServerError.forTest() })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { tries: 2 })
        const ends = yield* Effect.replicateEffect(confirmed(id), 4)
        assert.deepStrictEqual(ends, ["ServerError", "ServerError", "PendingLoginOver tries", "PendingLoginOver tries"])
        const again = yield* Effect.flip(Mfa.resend(id))
        assert.deepStrictEqual(again._tag === "PendingLoginOver" && again.reason, "tries")
      }).pipe(Effect.provide(system.layer))
      assert.lengthOf(system.codes, 2)
      assert.lengthOf(system.challenges, 1)
    })
  )

  it.effect("sends any text as a code, which counts as a try", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const texts = ["", "no digits", "１２３４５６", "\ud800", "9".repeat(1_000_000)]
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { tries: 5 })
        const ends = yield* Effect.forEach(texts, (text) => confirmed(id, Redacted.make(text)))
        assert.deepStrictEqual(ends, ["WrongCode 4", "WrongCode 3", "WrongCode 2", "WrongCode 1", "PendingLoginOver tries"])
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(
        system.codes.map(([, code]) => code),
        texts
      )
    })
  )

  it.effect("a code for the wrong login costs a try there, and nothing else", () =>
    Effect.gen(function* () {
      // The code of each message is its number.
      const system = yield* setUp({
        token: (code, granted, oobCode) => (oobCode === `oob-${code}` ? granted : CredentialsRefused.forTest())
      })
      yield* Effect.gen(function* () {
        const one = yield* Mfa.begin(required)
        const two = yield* Mfa.begin(required)
        assert.strictEqual(yield* confirmed(one.id, Redacted.make("2")), "WrongCode 2")
        assert.strictEqual(yield* confirmed(two.id, Redacted.make("2")), "access-1")
        assert.strictEqual(yield* confirmed(one.id, Redacted.make("1")), "access-2")
      }).pipe(Effect.provide(system.layer))
    })
  )
})

describe("Mfa.resend", () => {
  it.effect("sends another message for the same id, with new tries and a new expiry", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { channel: "email", lifetime: "5 minutes" })
        assert.strictEqual(yield* confirmed(id, wrong), "WrongCode 2")
        yield* TestClock.adjust("4 minutes")
        assert.strictEqual(yield* confirmed(id, wrong), "WrongCode 1")
        const again = yield* Mfa.resend(Redacted.value(id))
        assert.deepStrictEqual(
          [Redacted.value(again.id), Option.getOrNull(again.channel), again.triesLeft, again.messagesLeft],
          [Redacted.value(id), "email", 3, 3]
        )
        assert.strictEqual(DateTime.toEpochMillis(again.expiresAt), 9 * 60_000)
        yield* TestClock.adjust("4 minutes")
        assert.strictEqual(yield* confirmed(id, wrong), "WrongCode 2")
        const bySms = yield* Mfa.resend(id, "sms")
        assert.deepStrictEqual([Option.getOrNull(bySms.channel), bySms.messagesLeft], ["sms", 2])
        yield* Mfa.resend(id)
        assert.strictEqual(yield* confirmed(id), "access-1")
        assert.strictEqual((yield* Effect.flip(Mfa.resend(id)))._tag, "PendingLoginOver")
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(
        system.challenges.map(({ oob_channel }) => oob_channel),
        ["email", "email", "sms", "sms"]
      )
      assert.deepStrictEqual(
        system.codes.map(([oobCode]) => oobCode),
        ["oob-1", "oob-1", "oob-2", "oob-4"]
      )
      // Begun, a try, a try 4 minutes later, a message, its code, and so on.
      assert.deepStrictEqual(
        system.lives.map((life) => (life ?? 0) / 60_000),
        [5, 5, 1, 1, 5, 1, 1, 5, 5, 5, 5]
      )
    })
  )

  it.effect("sends 5 messages at most for a login, whose last code is still good", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required)
        const ends = yield* Effect.replicateEffect(
          Effect.match(Mfa.resend(id), { onFailure: ({ _tag }) => _tag, onSuccess: ({ messagesLeft }) => messagesLeft }),
          6
        )
        assert.deepStrictEqual(ends, [3, 2, 1, 0, "TooManyMessages", "TooManyMessages"])
        assert.lengthOf(system.challenges, 5)
        assert.strictEqual(yield* confirmed(id), "access-1")
        assert.deepStrictEqual(system.codes, [["oob-5", "123456"]])
      }).pipe(Effect.provide(system.layer))
    })
  )

  it.effect("a message that could not be sent counts, and the code before stays good", () =>
    Effect.gen(function* () {
      for (const error of [BadRequest.forTest(), NotFound.forTest(), ServerError.forTest()]) {
        let sent = 0
        const system = yield* setUp({
          challenge: () => (++sent === 1 ? Effect.succeed({ oob_code: Redacted.make("first") }) : error)
        })
        yield* Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required)
          const ends = yield* Effect.replicateEffect(Effect.flip(Effect.asVoid(Mfa.resend(id, "sms"))), 5)
          assert.deepStrictEqual(
            ends.map(({ _tag }) => _tag),
            [error._tag, error._tag, error._tag, error._tag, "TooManyMessages"]
          )
          assert.strictEqual(yield* confirmed(id), "access-1")
          assert.deepStrictEqual(system.codes, [["first", "123456"]])
        }).pipe(Effect.provide(system.layer))
      }
    })
  )
})

describe("at the same time", () => {
  /** Stops each call until it is let go on. */
  const gate = Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    const open = yield* Deferred.make<void>()
    return {
      reached: Deferred.await(reached),
      open: Deferred.succeed(open, undefined),
      pass: Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(open))
    }
  })

  it.effect("100 wrong codes: as many reach the server as there are tries", () =>
    Effect.gen(function* () {
      const system = yield* setUp({
        token: () => Effect.zipRight(Effect.yieldNow(), CredentialsRefused.forTest()),
        store: (store) => ({
          ...store,
          // Others come between a read and its write.
          read: (key) => Effect.zipLeft(store.read(key), Effect.yieldNow()),
          write: (...args) => Effect.zipRight(Effect.yieldNow(), store.write(...args))
        })
      })
      const ends = yield* Effect.flatMap(Mfa.begin(required, { tries: 5 }), ({ id }) =>
        Effect.all(
          Array.from({ length: 100 }, () => confirmed(id, wrong)),
          { concurrency: "unbounded" }
        )
      ).pipe(Effect.provide(system.layer))
      assert.lengthOf(system.codes, 5)
      assert.deepStrictEqual(ends.filter((end) => end.startsWith("WrongCode")).sort(), [
        "WrongCode 1",
        "WrongCode 2",
        "WrongCode 3",
        "WrongCode 4"
      ])
      assert.lengthOf(
        ends.filter((end) => end.startsWith("PendingLoginOver")),
        96
      )
      assert.deepStrictEqual(yield* system.stored, [])
    })
  )

  it.effect("20 more messages: 4 are sent", () =>
    Effect.gen(function* () {
      const system = yield* setUp({
        challenge: () => Effect.as(Effect.yieldNow(), { oob_code: Redacted.make("oob") })
      })
      const ends = yield* Effect.flatMap(Mfa.begin(required), ({ id }) =>
        Effect.all(
          Array.from({ length: 20 }, () => Effect.either(Mfa.resend(id))),
          { concurrency: "unbounded" }
        )
      ).pipe(Effect.provide(system.layer))
      assert.lengthOf(system.challenges, 5)
      assert.lengthOf(ends.filter(Either.isRight), 4)
      assert.deepStrictEqual([...new Set(ends.filter(Either.isLeft).map(({ left }) => left._tag))], ["TooManyMessages"])
    })
  )

  it.effect("two right codes, both accepted by the server: one gets a token, and the token of the other is revoked", () =>
    Effect.gen(function* () {
      const both = yield* gate
      let arrived = 0
      const system = yield* setUp({
        token: (_, granted) => Effect.zipRight(++arrived === 2 ? both.open : both.pass, granted)
      })
      const ends = yield* Effect.flatMap(Mfa.begin(required), ({ id }) =>
        Effect.all([confirmed(id), confirmed(id)], { concurrency: "unbounded" })
      ).pipe(Effect.provide(system.layer))
      assert.lengthOf(system.codes, 2)
      const given = ends.filter((end) => end !== "PendingLoginOver unknown")
      assert.lengthOf(given, 1)
      assert.deepStrictEqual(system.revoked, [given[0] === "access-1" ? "refresh-2" : "refresh-1"])
      assert.deepStrictEqual(yield* system.stored, [])
    })
  )

  it.effect("a right code while another message is sent: the token is given, and the login does not come back", () =>
    Effect.gen(function* () {
      const { open, pass, reached } = yield* gate
      let sent = 0
      const system = yield* setUp({
        challenge: () => Effect.as(++sent === 1 ? Effect.void : pass, { oob_code: Redacted.make("oob") })
      })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required)
        const sending = yield* Effect.fork(Effect.flip(Effect.asVoid(Mfa.resend(id))))
        yield* reached
        assert.strictEqual(yield* confirmed(id), "access-1")
        yield* open
        const error = yield* Fiber.join(sending)
        assert.deepStrictEqual(error._tag === "PendingLoginOver" && error.reason, "unknown")
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(yield* system.stored, [])
    })
  )

  it.effect("the last try while another message is sent: the login is over for both", () =>
    Effect.gen(function* () {
      const message = yield* gate
      const code = yield* gate
      let sent = 0
      const system = yield* setUp({
        challenge: () => Effect.as(++sent === 1 ? Effect.void : message.pass, { oob_code: Redacted.make("oob") }),
        token: () => Effect.zipRight(code.pass, CredentialsRefused.forTest())
      })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { tries: 1 })
        const sending = yield* Effect.fork(Effect.flip(Effect.asVoid(Mfa.resend(id))))
        yield* message.reached
        const trying = yield* Effect.fork(confirmed(id, wrong))
        yield* code.reached
        yield* message.open
        const error = yield* Fiber.join(sending)
        assert.deepStrictEqual(error._tag === "PendingLoginOver" && error.reason, "tries")
        yield* code.open
        assert.strictEqual(yield* Fiber.join(trying), "PendingLoginOver tries")
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(yield* system.stored, [])
    })
  )

  for (const [what, code, end, next] of [
    ["right", right, "access-1", "PendingLoginOver unknown"],
    ["wrong", wrong, "WrongCode 2", "access-1"]
  ] as const) {
    it.effect(`another message while a ${what} code is on its way: ${end}, and for the next code ${next}`, () =>
      Effect.gen(function* () {
        const { open, pass, reached } = yield* gate
        const system = yield* setUp({
          token: (code, granted) => Effect.zipRight(pass, code === "123456" ? granted : CredentialsRefused.forTest())
        })
        yield* Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required)
          const trying = yield* Effect.fork(confirmed(id, code))
          yield* reached
          assert.strictEqual((yield* Mfa.resend(id)).triesLeft, 3)
          yield* open
          assert.strictEqual(yield* Fiber.join(trying), end)
          assert.strictEqual(yield* confirmed(id), next)
        }).pipe(Effect.provide(system.layer))
        assert.deepStrictEqual(yield* system.stored, [])
      })
    )
  }

  it.effect("an interruption while the code is on its way costs a try, and the next code is good", () =>
    Effect.gen(function* () {
      const { pass, reached } = yield* gate
      let tries = 0
      const system = yield* setUp({ token: (_, granted) => (++tries === 1 ? Effect.zipRight(pass, granted) : granted) })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required, { tries: 2 })
        const trying = yield* Effect.fork(confirmed(id))
        yield* reached
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(trying)))
        assert.strictEqual(yield* confirmed(id), "access-1")
      }).pipe(Effect.provide(system.layer))
    })
  )

  it.effect("an interruption while the login is removed revokes the token that nobody gets", () =>
    Effect.gen(function* () {
      const { pass, reached } = yield* gate
      const system = yield* setUp({ store: (store) => ({ ...store, remove: () => Effect.zipRight(pass, Effect.never) }) })
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required)
        const trying = yield* Effect.fork(confirmed(id))
        yield* reached
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(trying)))
      }).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(system.revoked, ["refresh-1"])
    })
  )
})

describe("the store of pending logins", () => {
  it.effect("a text that is no id costs one read, and ends as every other", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      yield* Effect.gen(function* () {
        const { id } = yield* Mfa.begin(required)
        const text = Redacted.value(id)
        const [before] = yield* system.stored
        for (const bad of [
          "",
          "x",
          "A".repeat(43),
          text.slice(0, -1),
          `${text}A`,
          `${text} `,
          text.toLowerCase() === text ? text.toUpperCase() : text.toLowerCase(),
          "\ud800",
          "\u0000",
          "../../etc/passwd",
          "x".repeat(1_000_000)
        ]) {
          for (const attempt of [
            Effect.flip(Effect.asVoid(Mfa.confirm(bad, right))),
            Effect.flip(Effect.asVoid(Mfa.confirm(Redacted.make(bad), right))),
            Effect.flip(Effect.asVoid(Mfa.resend(bad)))
          ]) {
            yield* system.used
            const error: Mfa.ConfirmError | Mfa.ResendError = yield* attempt
            const shown = JSON.stringify(bad.slice(0, 50))
            assert.deepStrictEqual(error._tag === "PendingLoginOver" && error.reason, "unknown", shown)
            assert.deepStrictEqual(yield* system.used, ["read"], shown)
          }
        }
        assert.deepStrictEqual(yield* system.stored, [before])
        assert.lengthOf(system.challenges, 1)
        assert.lengthOf(system.codes, 0)
        assert.strictEqual(yield* confirmed(id), "access-1")
      }).pipe(Effect.provide(system.layer))
    })
  )

  it.effect("a login of another account, API client or base URL is unknown, and stays good for its own", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const { id } = yield* Effect.provide(Mfa.begin(required), system.layer)
      for (const other of [{ account: "T87654321" }, { client: "another" }, { baseUrl: "https://test.dintero.com/v1" }]) {
        assert.strictEqual(yield* Effect.provide(confirmed(id), system.layerOf(other)), "PendingLoginOver unknown")
      }
      const acting = yield* Effect.provide(Account.with(confirmed(id), "T87654321"), system.layer)
      assert.strictEqual(acting, "PendingLoginOver unknown")
      assert.lengthOf(system.codes, 0)
      assert.strictEqual(yield* Effect.provide(Account.with(confirmed(id), account), system.layer), "access-1")
    })
  )

  it.effect("after its expiry there is no login, also in a store that keeps entries for ever", () =>
    Effect.gen(function* () {
      const system = yield* setUp({
        store: (store) => ({ ...store, write: (key, value, condition) => store.write(key, value, condition) })
      })
      yield* Effect.gen(function* () {
        const one = yield* Mfa.begin(required)
        const two = yield* Mfa.begin(required, { lifetime: "1 hour" })
        yield* TestClock.adjust("599999 millis")
        assert.strictEqual(yield* confirmed(one.id, wrong), "WrongCode 2")
        assert.lengthOf(yield* system.stored, 2)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* confirmed(one.id), "PendingLoginOver unknown")
        assert.strictEqual((yield* Effect.flip(Mfa.resend(one.id)))._tag, "PendingLoginOver")
        assert.lengthOf(yield* system.stored, 1)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Effect.flip(Mfa.resend(two.id)))._tag, "PendingLoginOver")
        assert.lengthOf(yield* system.stored, 0)
      }).pipe(Effect.provide(system.layer))
      assert.lengthOf(system.codes, 1)
      assert.lengthOf(system.challenges, 2)
    })
  )

  for (const [what, spoil] of [
    ["cut off", (text: string) => text.slice(0, -10)],
    ["empty", () => ""],
    ["of another release", (text: string) => text.replace("pending login 1", "pending login 2")],
    ["of another program", () => '{"format":"shop 1","mfa_token":"m"}'],
    ["without a field", (text: string) => text.replace('"oob_code"', '"another"')],
    ["with a time that there is not", (text: string) => text.replace(/"expires_at":\d+/, '"expires_at":1e300')]
  ] as const) {
    it.effect(`an entry that is ${what} is unknown, and is not changed`, () =>
      Effect.gen(function* () {
        const system = yield* setUp()
        yield* Effect.gen(function* () {
          const { id } = yield* Mfa.begin(required)
          yield* system.spoil(spoil)
          const before = yield* system.stored
          yield* system.used
          assert.strictEqual(yield* confirmed(id), "PendingLoginOver unknown")
          assert.strictEqual((yield* Effect.flip(Mfa.resend(id)))._tag, "PendingLoginOver")
          assert.deepStrictEqual(yield* system.used, ["read", "read"])
          assert.deepStrictEqual(yield* system.stored, before)
        }).pipe(Effect.provide(system.layer))
        assert.lengthOf(system.codes, 0)
      })
    )
  }

  for (const [reason, end] of [
    ["unreadable", "PendingLoginOver unknown"],
    ["foreign", "PendingLoginOver unknown"],
    ["unavailable", "TokenStoreError unavailable"],
    ["wrong-key", "TokenStoreError wrong-key"]
  ] as const) {
    it.effect(`a store that says ${reason} ends in ${end}`, () =>
      Effect.gen(function* () {
        const system = yield* setUp({ store: (store) => ({ ...store, read: () => TokenStoreError.forTest({ reason }) }) })
        assert.strictEqual(yield* Effect.provide(confirmed("any"), system.layer), end)
        assert.deepStrictEqual(yield* system.used, ["read"])
      })
    )
  }

  it.effect("without its count in the store no code is sent", () =>
    Effect.gen(function* () {
      let writes = 0
      const system = yield* setUp({
        store: (store) => ({ ...store, write: (...args) => (++writes === 1 ? store.write(...args) : TokenStoreError.forTest()) })
      })
      const ends = yield* Effect.flatMap(Mfa.begin(required), ({ id }) =>
        Effect.all([confirmed(id), Effect.map(Effect.flip(Effect.asVoid(Mfa.resend(id))), ({ _tag }) => _tag)])
      ).pipe(Effect.provide(system.layer))
      assert.deepStrictEqual(ends, ["TokenStoreError unavailable", "TokenStoreError"])
      assert.lengthOf(system.codes, 0)
      assert.lengthOf(system.challenges, 1)
    })
  )

  it.effect("a store that never makes the change ends in TokenStoreError", () =>
    Effect.gen(function* () {
      let writes = 0
      const system = yield* setUp({
        store: (store) => ({
          ...store,
          write: (...args) => (++writes === 1 ? store.write(...args) : Effect.succeedNone)
        })
      })
      const end = yield* Effect.flatMap(Mfa.begin(required), ({ id }) => confirmed(id)).pipe(Effect.provide(system.layer))
      assert.strictEqual(end, "TokenStoreError unavailable")
      assert.lengthOf(system.codes, 0)
    })
  )

  it.effect("a login that cannot be removed gives no token, and the new refresh token is revoked", () =>
    Effect.gen(function* () {
      for (const remove of [() => TokenStoreError.forTest(), () => Effect.succeed(false)]) {
        const system = yield* setUp({ store: (store) => ({ ...store, remove }) })
        const end = yield* Effect.flatMap(Mfa.begin(required), ({ id }) => confirmed(id)).pipe(Effect.provide(system.layer))
        assert.strictEqual(end, "TokenStoreError unavailable")
        assert.deepStrictEqual(system.revoked, ["refresh-1"])
      }
    })
  )

  it.effect("a process whose clock is an hour ahead learns the server's time before it judges an expiry", () =>
    Effect.gen(function* () {
      const system = yield* setUp()
      const { id } = yield* Effect.provide(Mfa.begin(required), system.layer)
      yield* TestClock.adjust("1 hour")
      let offset = Option.none<number>()
      const other = PendingEntries.make(system.store, {
        key,
        serverOffset: Effect.sync(() => offset),
        get: Effect.sync(() => {
          offset = Option.some(-3_600_000)
          return { value: Redacted.make("token"), generation: 1, expiresAt: Option.none() }
        })
      })
      assert.isTrue(Option.isNone(yield* other.read("no id")))
      assert.isTrue(Option.isNone(offset))
      const entry = yield* other.read(id)
      assert.deepStrictEqual(
        Option.map(entry, ({ login }) => login.expiresAt),
        Option.some(600_000)
      )
      assert.isTrue(Option.isSome(offset))
    })
  )
})

describe("secrets", () => {
  it.effect("are in no error, and in no pending login that is printed", () =>
    Effect.gen(function* () {
      const secret = (name: string) => Redacted.make(`zq9SECRET-${name}`)
      const system = yield* setUp({ challenge: () => Effect.succeed({ oob_code: secret("oob") }) })
      const shown = yield* Effect.gen(function* () {
        const login = yield* Mfa.begin(MfaRequired.forTest({ mfaToken: secret("mfa") }))
        const errors = [
          yield* Effect.flip(Effect.asVoid(Mfa.confirm(login.id, secret("code")))),
          yield* Effect.flip(Effect.asVoid(Mfa.confirm(secret("id"), secret("code")))),
          yield* Effect.flip(Effect.asVoid(Mfa.resend("zq9SECRET-id")))
        ]
        const text = [login, ...errors].map(
          (value) => `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)}`
        )
        assert.notInclude(text.join(), Redacted.value(login.id))
        return text.join()
      }).pipe(Effect.provide(system.layer))
      assert.notInclude(shown, "zq9SECRET")
      assert.include(shown, "WrongCode")
    })
  )
})
