/**
 * What the smallest client brings into a bundle: which modules, and how much more than Effect's own with the same written by hand. Sizes do not
 * depend on the machine, so they are tested here. `npm run bench -- bundle` shows the modules.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Bundles from "../../bench/bundles/Bundles.js"

/** What belongs to a server, or to the embedded system. */
const foreign =
  /HttpApi|HttpApp|HttpRouter|HttpLayerRouter|HttpMiddleware|HttpServer|[Mm]ultipart|multipasta|find-my-way|OpenApi|layers\/embedded|node:/

const bundles = new Map<string, Promise<Bundles.Bundle>>()

/** Each is made once. */
const bundle = (program: Bundles.Program, imports: Bundles.Imports) =>
  Effect.promise(() => {
    const key = `${program} ${imports}`
    const made = bundles.get(key) ?? Bundles.of(program, imports)
    bundles.set(key, made)
    return made
  })

describe("a bundle of the minimal client", () => {
  it.live("reaches no module of HttpApi, of a router, of multipart bodies, of a server, or of the embedded system", () =>
    Effect.gen(function* () {
      const { modules, reached } = yield* bundle("Minimal", "modules")
      assert.includeMembers([...modules.keys()], ["src/contract/customers/settings.ts", "src/layers/http/TokenCell.ts"])
      assert.deepStrictEqual(
        reached.filter((path) => foreign.test(path)),
        []
      )
    })
  )

  it.live("has none of them either when everything is imported from the packages", () =>
    Effect.gen(function* () {
      const { modules, reached } = yield* bundle("Minimal", "packages")
      // `@effect/platform` exports them, so they are reached and left out.
      assert.isAbove(reached.filter((path) => foreign.test(path)).length, 0)
      assert.deepStrictEqual(
        [...modules.keys()].filter((path) => foreign.test(path)),
        []
      )
    })
  )

  it.live("is no larger than 1.2 times the same by hand, imported from the packages", () =>
    Effect.gen(function* () {
      const minimal = yield* bundle("Minimal", "packages")
      const bare = yield* bundle("Bare", "packages")
      assert.isAtMost(minimal.gzip / bare.gzip, 1.2)
    })
  )

  it.live("is no larger than 1.52 times the same by hand, imported module by module", () =>
    Effect.gen(function* () {
      const minimal = yield* bundle("Minimal", "modules")
      const bare = yield* bundle("Bare", "modules")
      assert.isAtMost(minimal.gzip / bare.gzip, 1.52)
    })
  )

  it.live("drops what the program does not use of a module that it uses", () =>
    Effect.gen(function* () {
      const { code } = yield* bundle("Minimal", "modules")
      assert.include(code, "/customers/settings")
      // Of `Dintero.layerConfig`, of `RetryPolicy.fromSchedule` and of `Dintero.layerTokensFrom`.
      for (const text of ["DINTERO_ACCOUNT_ID", "the schedule has no end", "Dintero.layerTokensFrom"])
        assert.notInclude(code, text)
    })
  )
})
