/**
 * Standard output and standard error.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  // Waits until the text is written, since the process may exit right after. If the reader has gone away, the command continues.
  Effect.async((resume) => {
    stream.write(text, () => resume(Effect.void))
  })

export const print = (text: string): Effect.Effect<void> => Effect.suspend(() => write(process.stdout, text))

export const printError = (text: string): Effect.Effect<void> => Effect.suspend(() => write(process.stderr, text))

/** A stream that its reader has closed emits an error event, which would end the process if nothing listened to it. */
export const ignoreClosed: Effect.Effect<void> = Effect.sync(() => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
})

const variable = (name: string) => Effect.orElseSucceed(Config.string(name), () => "")

/**
 * Whether to write colour: on a terminal, unless `NO_COLOR` is set (no-color.org). As in Node, `FORCE_COLOR` comes before both, and `0` and
 * `false` in it switch colour off.
 */
export const hasColour = (stream: NodeJS.WriteStream): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const forced = yield* variable("FORCE_COLOR")
    if (forced !== "") return forced !== "0" && forced !== "false"
    return stream.isTTY === true && (yield* variable("NO_COLOR")) === "" && (yield* variable("TERM")) !== "dumb"
  })

/** Marks a part of a text with a code of ECMA-48, 8.3.117, or returns it as it is. */
export type Paint = (code: string, part: string) => string

export const paint =
  (hasColour: boolean): Paint =>
  (code, part) =>
    hasColour ? `\u001B[${code}m${part}\u001B[0m` : part
