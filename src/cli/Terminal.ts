/**
 * Standard output and standard error.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  // Waits until it is out, since the process may exit right after; a reader that has gone away is no reason to stop.
  Effect.async((resume) => {
    stream.write(text, () => resume(Effect.void))
  })

export const print = (text: string): Effect.Effect<void> => Effect.suspend(() => write(process.stdout, text))

export const printError = (text: string): Effect.Effect<void> => Effect.suspend(() => write(process.stderr, text))

/** A stream that its reader has closed reports that as an event too, and one that nobody hears ends the process. */
export const ignoreClosed: Effect.Effect<void> = Effect.sync(() => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
})

/** Only for people: not into a pipe or a file, and not where NO_COLOR (no-color.org) says so. */
export const hasColour: Effect.Effect<boolean> = Effect.map(
  Effect.orElseSucceed(Config.string("NO_COLOR"), () => ""),
  (noColour) => process.stdout.isTTY === true && noColour === ""
)
