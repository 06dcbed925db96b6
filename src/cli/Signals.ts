/**
 * The signals that ask the command to stop.
 */

/** ms. What comes within it is the same wish once more: npm hands a Ctrl-C on that the terminal has sent to both already. */
export const sameMillis = 1_000

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Of `process`. */
export interface Source {
  readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown
  readonly off: (signal: NodeJS.Signals, listener: () => void) => unknown
}

/** `stop` is called once. A signal that comes later finds no listener and ends the process at once, as the system does by default. */
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
