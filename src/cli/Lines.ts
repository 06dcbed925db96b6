/**
 * A queue of lines that are to be written, with a limit. Adding a line never waits.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Lines {
  /** Adds a line, without a line end. When the queue is full, the line is dropped and counted. */
  readonly add: (line: string) => void
}

/** Enough for a burst. An output that is slow for longer loses lines. */
const capacity = 4_096

/** How long the end of the scope waits for an output that nobody reads. */
const patienceMillis = 2_000

/** Writes a text and calls `done` when it is written. */
export type Write = (text: string, done: () => void) => void

/** Lines that were added are written before the scope is closed. `leftOut` is the line that takes the place of dropped ones. */
export const make = (write: Write, leftOut: (count: number) => string): Effect.Effect<Lines, never, Scope.Scope> =>
  Effect.gen(function* () {
    let waiting: Array<string> = []
    let missing = 0
    let isBusy = false
    let whenOut: (() => void) | undefined

    // One write at a time, with all lines that were added since the last one. So no lines wait elsewhere, and a burst is one write.
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
