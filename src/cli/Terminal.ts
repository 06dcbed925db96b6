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

const variable = (name: string) => Effect.orElseSucceed(Config.string(name), () => "")

/**
 * Only for people, so not into a pipe or a file, and not where `NO_COLOR` (no-color.org) says so. `FORCE_COLOR` counts more than both, as
 * it does for Node itself; 0 and false in it are a no.
 */
export const hasColour = (stream: NodeJS.WriteStream): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const forced = yield* variable("FORCE_COLOR")
    if (forced !== "") return forced !== "0" && forced !== "false"
    return stream.isTTY === true && (yield* variable("NO_COLOR")) === "" && (yield* variable("TERM")) !== "dumb"
  })

/** How to mark a part of a text: with a code of ECMA-48, 8.3.117, or not at all. */
export type Paint = (code: string, part: string) => string

export const paint =
  (hasColour: boolean): Paint =>
  (code, part) =>
    hasColour ? `\u001B[${code}m${part}\u001B[0m` : part
