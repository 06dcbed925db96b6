/**
 * How a test looks at a store's failures: the reason, and that nothing secret shows in any way an error is shown.
 */
import { inspect } from "node:util"
import { assert } from "@effect/vitest"
import { Cause, Effect } from "effect"
import { TokenStoreError } from "effect-dintero"

export const allTexts = (error: TokenStoreError): string =>
  [
    String(error),
    error.message,
    error.stack ?? "",
    JSON.stringify(error),
    inspect(error, { depth: 20, showHidden: true }),
    Cause.pretty(Cause.fail(error))
  ].join("\n")

/** The failure of this reason; its texts are free of the secrets. */
export const fails = <A, R>(
  effect: Effect.Effect<A, TokenStoreError, R>,
  reason: TokenStoreError["reason"],
  secrets: ReadonlyArray<string> = []
): Effect.Effect<TokenStoreError, never, R> =>
  Effect.map(
    Effect.orDieWith(Effect.flip(effect), () => new Error("it did not fail")),
    (error) => {
      assert.instanceOf(error, TokenStoreError)
      assert.strictEqual(error.reason, reason, error.message)
      const shown = allTexts(error)
      for (const secret of secrets) assert.notInclude(shown, secret)
      return error
    }
  )
