/**
 * How far an import or an export is, on standard error.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { rewriter } from "../../SeedProgress.js"
import * as Terminal from "../../Terminal.js"

/** ms. A line that changes more often than this cannot be read. */
const rewriteMillis = 100

/** ms. A log gets fewer lines than a terminal, and fewer still the longer the work takes. */
const sayMillis = (elapsed: number): number => Math.max(5_000, elapsed / 10)

export interface Progress {
  /** Says the sentence, unless another was said a moment ago. */
  readonly tell: (sentence: () => string) => Effect.Effect<void>
  /** Says the sentence on a line of its own. */
  readonly say: (sentence: string) => Effect.Effect<void>
  /** Removes what `tell` has left on a terminal. The result, which comes next, is on the same terminal. */
  readonly clear: Effect.Effect<void>
}

export const make: Effect.Effect<Progress, never, Scope.Scope> = Effect.gen(function* () {
  const rewrite = process.stderr.isTTY === true ? rewriter((text) => void process.stderr.write(text)) : undefined
  const startedAt = yield* Clock.currentTimeMillis
  let toldAt = startedAt
  const clear = Effect.sync(() => rewrite?.(""))
  yield* Effect.addFinalizer(() => clear)
  return {
    clear,
    tell: (sentence) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - toldAt < (rewrite === undefined ? sayMillis(now - startedAt) : rewriteMillis)) return Effect.void
        toldAt = now
        return rewrite === undefined ? Terminal.printError(`${sentence()}\n`) : Effect.sync(() => rewrite(sentence()))
      }),
    say: (sentence) => Effect.zipRight(clear, Terminal.printError(`${sentence}\n`))
  }
})
