import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Fiber, Layer, Option, Redacted, TestClock, TestServices } from "effect"
import { AccessTokens, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, FaultScript, PasswordHashing, Seed } from "effect-dintero/embedded"
import { tell } from "../../utils/Claim.js"
import { type FaultKind, faultKinds } from "./FaultKinds.js"

const client = Option.getOrThrow(Option.fromNullable(Seed.firstClient(DinteroEmbedded.demoSeed)))
const passwordHashing = PasswordHashing.fastForTests

const attemptTimeout = Duration.millis(300)

const layerOf = (baseUrl?: string) =>
  Dintero.layer({
    accountId: client.accountId,
    clientId: client.clientId,
    clientSecret: Redacted.make(client.clientSecret),
    retry: RetryPolicy.none,
    ...(baseUrl === undefined ? {} : { baseUrl })
  })

const inProcess = layerOf().pipe(
  Layer.provideMerge(DinteroEmbedded.layerHttpClient),
  Layer.provideMerge(DinteroEmbedded.layerEmbedded({ passwordHashing }))
)

const served = Layer.unwrapScoped(
  Effect.map(DinteroEmbedded.serve({ passwordHashing }), (system) =>
    Layer.merge(
      Layer.provide(layerOf(`${system.url}/v1`), NodeHttpClient.layerUndici),
      Layer.succeed(DinteroEmbedded.Embedded, system)
    )
  )
)

const title = ({ fault }: FaultKind): string => JSON.stringify(fault)

/** Checks the error of a call while the fault lasts, and that calls succeed after it. */
const check = ({ fault, reason, tag }: FaultKind, wait: <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { faults, journal } = yield* DinteroEmbedded.Embedded
    const { settings } = yield* Customers
    const tokens = yield* AccessTokens
    yield* tokens.get
    const rule = yield* faults.add({ match: { operation: "customers.settings.get" }, fault })
    // Only a fault that ends in a timeout gets a short one. Any other response may take long on a busy machine.
    const call =
      reason === "timeout"
        ? RetryPolicy.with(settings.get(), RetryPolicy.none.pipe(RetryPolicy.attemptTimeout(attemptTimeout)))
        : settings.get()
    const result = yield* wait(Effect.either(call))
    if (Either.isRight(result)) return assert.fail("The call was answered")
    assert.strictEqual(result.left._tag, tag)
    if (result.left._tag === "TransportError") {
      assert.strictEqual(result.left.reason, reason)
      assert.strictEqual(result.left.sent, "maybe")
    }
    const [applied] = yield* faults.list
    assert.isAtLeast(applied?.applied ?? 0, 1)
    // On a port, the system learns a moment later that the client has given up.
    const entries = journal.list({ operation: "customers.settings.get" })
    const isThere = Effect.map(entries, ({ length }) => length > 0)
    yield* isThere.pipe(Effect.delay("5 millis"), Effect.repeat({ until: (found) => found }), TestServices.provideLive)
    const [entry] = yield* entries
    assert.deepStrictEqual(entry?.fault, { rule: rule.rule, kind: fault.kind })
    assert.isTrue(yield* faults.remove(rule.rule))
    assert.isTrue(Either.isRight(yield* Effect.either(settings.get())))
  })

describe("faults in process", () => {
  for (const kind of faultKinds) {
    it.scoped(title(kind), () =>
      check(kind, (call) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(call)
          yield* Effect.yieldNow()
          yield* TestClock.adjust(attemptTimeout)
          return yield* Fiber.join(fiber)
        })
      ).pipe(Effect.provide(inProcess))
    )
  }
})

describe("faults on a port", () => {
  for (const kind of faultKinds) {
    it.scopedLive(title(kind), () =>
      Effect.provide(
        check(kind, (call) => call),
        served
      )
    )
  }
})

describe("a fault", () => {
  it.effect("before or after the operation was carried out: the client sees the same, the system does not", () =>
    Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      const { settings } = yield* Customers
      for (const kind of ["drop", "reset"] as const) {
        for (const when of ["before_commit", "after_commit"] as const) {
          yield* settings.update({ users: { customer_id_format: "uuid" } })
          yield* faults.script({ rules: [{ match: { operation: "customers.settings.update" }, fault: { kind, when } }] })
          const failed = yield* Effect.flip(settings.update({ users: { customer_id_format: "sequence" } }))
          assert.strictEqual(failed._tag, "TransportError")
          yield* faults.clear
          const { users } = yield* settings.get()
          assert.strictEqual(users?.customer_id_format, when === "after_commit" ? "sequence" : "uuid", `${kind} ${when}`)
        }
      }
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("a token that expires once is replaced by one new token", () =>
    Effect.gen(function* () {
      const { faults, journal } = yield* DinteroEmbedded.Embedded
      const { settings } = yield* Customers
      yield* settings.get()
      yield* faults.add({ match: { operation: "customers.settings.get", times: 1 }, fault: { kind: "expired_token" } })
      yield* settings.get()
      const entries = yield* journal.list()
      assert.deepStrictEqual(
        entries.map(({ operation, status }) => `${operation} ${status}`),
        [
          "auth.token 200",
          "customers.settings.get 200",
          "customers.settings.get 401",
          "auth.token 200",
          "customers.settings.get 200"
        ]
      )
    }).pipe(Effect.provide(inProcess))
  )

  const statusesOf = (script: FaultScript.FaultScript, calls: number) =>
    Effect.gen(function* () {
      const { faults, journal } = yield* DinteroEmbedded.Embedded
      const { settings } = yield* Customers
      yield* faults.script(script)
      yield* Effect.repeatN(Effect.ignore(settings.get()), calls - 1)
      const entries = yield* journal.list({ operation: "customers.settings.get" })
      return entries.map(({ status }) => status)
    }).pipe(Effect.provide(inProcess))

  it.effect("applies to an account, also when its id is escaped in the path", () =>
    Effect.gen(function* () {
      const { faults, httpClient, journal } = yield* DinteroEmbedded.Embedded
      yield* faults.add({ match: { account_id: "T12345678" }, fault: { kind: "status", status: 503 } })
      const response = yield* httpClient.get("http://x/v1/accounts/T1234567%38/auth/keys")
      assert.strictEqual(response.status, 503)
      assert.lengthOf(yield* journal.list({ account_id: "T12345678" }), 1)
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("applies to the given calls, at most the given number of times", () =>
    Effect.gen(function* () {
      const fault = { kind: "status", status: 500 } as const
      const operation = "customers.settings.get"
      const struck = (match: FaultScript.FaultRule["match"], calls: number) =>
        statusesOf({ rules: [{ match: { operation, ...match }, fault }] }, calls)
      assert.deepStrictEqual(yield* struck({ calls: [2, 4] }, 5), [200, 500, 200, 500, 200])
      assert.deepStrictEqual(yield* struck({ times: 2 }, 4), [500, 500, 200, 200])
      assert.deepStrictEqual(yield* struck({ account_id: "T87654321" }, 1), [200])
      // The first matching rule is applied. The others count the call too.
      const forbidden = { kind: "status", status: 403 } as const
      const rules = [
        { match: { operation, calls: [1] as const }, fault: forbidden },
        { match: { operation, calls: [1, 2] as const }, fault }
      ]
      assert.deepStrictEqual(yield* statusesOf({ rules }, 3), [403, 500, 200])
    })
  )

  it.effect("with a probability: the same seed chooses the same calls, another seed others, about as often as demanded", () =>
    Effect.gen(function* () {
      const script = (seed: string): FaultScript.FaultScript => ({
        seed,
        rules: [{ match: { operation: "customers.settings.get", probability: 0.3 }, fault: { kind: "status", status: 503 } }]
      })
      const first = yield* statusesOf(script("a"), 200)
      assert.deepStrictEqual(yield* statusesOf(script("a"), 200), first)
      assert.notDeepEqual(yield* statusesOf(script("b"), 200), first)
      const struck = first.filter((status) => status === 503).length
      assert.isTrue(struck > 35 && struck < 90, String(struck))
    })
  )

  it.effect("the same script and seed: the same calls are struck, and end in the same, twice for 1,000 calls", (context) =>
    Effect.gen(function* () {
      const fault = { kind: "status", status: 503 } as const
      const script: FaultScript.FaultScript = {
        seed: "chaos",
        rules: [
          { match: { operation: "customers.settings.get", probability: 0.2 }, fault },
          { match: { probability: 0.1 }, fault: { kind: "drop", when: "after_commit" } },
          { match: { calls: [7, 77, 777] }, fault: { kind: "garbage" } }
        ]
      }
      const run = Effect.gen(function* () {
        const { faults, journal } = yield* DinteroEmbedded.Embedded
        const { settings } = yield* Customers
        yield* faults.script(script)
        const ends = yield* Effect.replicateEffect(
          Effect.match(settings.get(), { onFailure: ({ _tag }) => _tag, onSuccess: () => "ok" }),
          1_000
        )
        const struck = (yield* journal.list()).map(({ fault }) => fault?.rule ?? null)
        return { struck, ends }
      }).pipe(Effect.provide(inProcess))
      const first = yield* run
      const count = first.struck.filter((rule) => rule !== null).length
      tell(context, { measured: `${count} of ${first.struck.length} requests struck` })
      assert.deepStrictEqual(yield* run, first)
      assert.isAbove(count, 100)
      assert.lengthOf(new Set(first.ends), 4)
    })
  )

  it.effect("a system that closes does not wait for stalled requests", () =>
    Effect.gen(function* () {
      const stalled = yield* Effect.gen(function* () {
        const { faults, httpClient } = yield* DinteroEmbedded.Embedded
        yield* faults.add({ fault: { kind: "stall", when: "before_commit" } })
        return yield* Effect.forkDaemon(Effect.either(httpClient.get("http://x/v1/accounts/T12345678/customers/settings"))).pipe(
          Effect.tap(() => Effect.yieldNow())
        )
      }).pipe(Effect.provide(DinteroEmbedded.layerEmbedded({ passwordHashing })))
      assert.isTrue(Either.isLeft(yield* Fiber.join(stalled)))
    })
  )
})

describe("a wrong fault script", () => {
  it.effect("is refused completely, with the path and the expectation of each error", () =>
    Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      yield* faults.add({ fault: { kind: "garbage" } })
      const wrong = {
        rules: [
          { fault: { kind: "garbage" } },
          { match: { operation: "customers.settings.gett", calls: [0], probability: 2 }, fault: { kind: "status", status: 200 } },
          { fault: { kind: "explode" }, macth: {} }
        ]
      }
      const error = yield* Effect.flip(FaultScript.parse(JSON.stringify(wrong)))
      assert.strictEqual(error._tag, "InvalidFaultScript")
      assert.includeMembers(
        error.issues.map(({ path }) => path),
        ["rules[1].match.operation", "rules[1].match.calls[0]", "rules[1].match.probability", "rules[2].macth"]
      )
      assert.include(error.message, "an operation: auth.token")
      const failed = yield* Effect.flip(faults.script(wrong as never))
      assert.deepStrictEqual(failed.issues, error.issues)
      assert.lengthOf(yield* faults.list, 1)
      const rule = yield* Effect.flip(faults.add({ fault: { kind: "delay", millis: -1 } }))
      assert.deepStrictEqual(
        rule.issues.map(({ path }) => path),
        ["fault.millis"]
      )
      const start = yield* Effect.flip(Effect.scoped(DinteroEmbedded.make({ faults: wrong as never })))
      assert.strictEqual(start._tag, "InvalidFaultScript")
    }).pipe(Effect.provide(inProcess))
  )
})
