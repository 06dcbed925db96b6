/**
 * The signals that ask the command to stop.
 */

/** ms. A second signal within this time is a copy of the first: npm passes on a Ctrl-C that the terminal has already sent to both. */
export const sameMillis = 1_000

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** The part of `process` that is used here. */
export interface Source {
  readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown
  readonly off: (signal: NodeJS.Signals, listener: () => void) => unknown
}

/** Calls `stop` once. After `sameMillis` nothing listens any more, so a later signal ends the process at once. */
export const listen = (source: Source, stop: () => void): void => {
  let isAsked = false
  const ask = (): void => {
    if (isAsked) return
    isAsked = true
    setTimeout(() => {
      for (const signal of signals) source.off(signal, ask)
    }, sameMillis).unref()
    stop()
  }
  for (const signal of signals) source.on(signal, ask)
}
