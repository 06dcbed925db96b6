import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Redacted, TestClock } from "effect"
import { TokenStore, TokenStores } from "effect-dintero"
import { conformance } from "./Conformance.js"
import { inSealed } from "./Damages.js"
import { secretKey } from "./Stores.js"

conformance("memory", () => ({ open: TokenStores.memory, reopens: false, runs: 200 }))

const below = Effect.runSync(TokenStores.memory)
conformance("memory+encrypted", () => ({
  open: TokenStores.encrypted(below, { key: secretKey }),
  reopens: true,
  runs: 100,
  damages: inSealed(Effect.succeed(below))
}))

describe("memory", () => {
  it.effect("ends a lease by the Clock, to the millisecond", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const first = yield* store.lease("a", Duration.seconds(30))
      assert.isTrue(Option.isSome(first))
      yield* TestClock.adjust("29999 millis")
      assert.isTrue(Option.isNone(yield* store.lease("a", Duration.seconds(30))))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isSome(yield* store.lease("a", Duration.seconds(30))))
    })
  )

  it.effect("is one store as a layer, and a new store for each run of the value", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore
      yield* store.write("a", Redacted.make("x"), { expected: Option.none() })
      assert.isTrue(Option.isSome(yield* store.read("a")))
      assert.isTrue(Option.isNone(yield* (yield* TokenStores.memory).read("a")))
    }).pipe(Effect.provide(TokenStores.layerMemory))
  )
})
