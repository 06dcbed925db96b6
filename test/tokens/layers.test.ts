/** Who shares a token with whom: the ways that docs/getting-started.md shows, by the number of token requests. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const times = 10

const live = (mock: Mock.MockHttp) =>
  Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
    Layer.provide(mock.layer)
  )

const program = Effect.flatMap(Customers, (customers) => customers.settings.get())

const counts = (mock: Mock.MockHttp) => [mock.tokens(), mock.resources()]

describe("a token is shared", () => {
  it("by all effects that a ManagedRuntime runs", async () => {
    const mock = Mock.make({})
    const runtime = ManagedRuntime.make(live(mock))
    for (let run = 0; run < times; run++) await runtime.runPromise(program)
    await Promise.all(Array.from({ length: times }, () => runtime.runPromise(program)))
    await runtime.dispose()
    assert.deepStrictEqual(counts(mock), [1, 2 * times])
  })

  it.effect("by all parts of an application that Layer.launch runs", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      const DinteroLive = live(mock)
      const part = Layer.effectDiscard(Effect.repeatN(program, times - 1)).pipe(Layer.provide(DinteroLive))
      const other = Layer.effectDiscard(Effect.repeatN(program, times - 1)).pipe(Layer.provide(DinteroLive))
      const end = Layer.effectDiscard(Effect.interrupt)
      yield* Effect.exit(Layer.launch(Layer.merge(part, other).pipe((parts) => Layer.provide(end, parts))))
      assert.deepStrictEqual(counts(mock), [1, 2 * times])
    })
  )

  it.effect("inside one Effect.provide, however often its program calls", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      yield* Effect.repeatN(program, times - 1).pipe(Effect.provide(live(mock)))
      assert.deepStrictEqual(counts(mock), [1, times])
    })
  )
})

describe("a token is not shared", () => {
  it.effect("by several runs of an effect that a layer was provided to, though the layer is one constant", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      const DinteroLive = live(mock)
      const main = program.pipe(Effect.provide(DinteroLive))
      yield* Effect.repeatN(main, times - 1)
      assert.deepStrictEqual(counts(mock), [times, times])
    })
  )

  it.effect("by two calls of Dintero.layer in one application", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      const part = () => Layer.effectDiscard(program).pipe(Layer.provide(live(mock)))
      yield* Effect.scoped(Layer.build(Layer.merge(part(), part())))
      assert.deepStrictEqual(counts(mock), [2, 2])
    })
  )
})
