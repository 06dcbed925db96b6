/**
 * Lines on their way out, of which only so many wait: what writes them never does.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Lines {
  /** Takes a line without its end. When too many wait already, it is left out and counted. */
  readonly add: (line: string) => void
}

/** Enough for a burst; an output that stays behind for longer does not get everything. */
const capacity = 4_096

/** How long the end waits for an output that nobody reads. */
const patienceMillis = 2_000

/** Calls back when the text is out. */
export type Write = (text: string, done: () => void) => void

/** What was added is out before the scope is closed. `leftOut` is the line in the place of those that are not there. */
export const make = (write: Write, leftOut: (count: number) => string): Effect.Effect<Lines, never, Scope.Scope> =>
  Effect.gen(function* () {
    let waiting: Array<string> = []
    let missing = 0
    let isBusy = false
    let whenOut: (() => void) | undefined

    // One text at a time, of all that has come meanwhile: so no more than this waits anywhere, and a burst is one write.
    const next = (): void => {
      if (waiting.length === 0) {
        isBusy = false
        whenOut?.()
        return
      }
      const lines = missing === 0 ? waiting : [...waiting, leftOut(missing)]
      waiting = []
      missing = 0
      write(`${lines.join("\n")}\n`, next)
    }

    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        if (!isBusy) return resume(Effect.void)
        const end = () => {
          clearTimeout(timer)
          resume(Effect.void)
        }
        const timer = setTimeout(end, patienceMillis)
        whenOut = end
      })
    )
    return {
      add: (line) => {
        if (waiting.length >= capacity) {
          missing++
          return
        }
        waiting.push(line)
        if (isBusy) return
        isBusy = true
        setImmediate(next)
      }
    }
  })
