/**
 * The program that has started this one. npm does not hand on every signal that ends it, and without this the command would run on.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const interval = Duration.millis(500)

/** npm, pnpm and yarn tell a script its own text here, and `npx` the name of the command. */
const variable = "npm_lifecycle_script"

/** A shell that is told to leave a command in the background (`&`, but not `&&`, `2>&1` or `&>`) may end before it. */
const leavesBehind = /(?<![&>])&(?![&>])/

/** Whether the command is what the script runs, and waits for. */
export const waits = (script: string): boolean => /\beffect-dintero\b/.test(script) && !leavesBehind.test(script)

/**
 * Ends soon after the parent has, if npm waits for this command. Otherwise it never ends: a daemon outlives its parent on purpose.
 * `idOfParent` is another one after that, on systems that have signals.
 */
export const ended = (idOfParent: () => number): Effect.Effect<void> =>
  Effect.gen(function* () {
    const script = yield* Effect.orElseSucceed(Config.string(variable), () => "")
    if (!waits(script)) return yield* Effect.never
    const first = idOfParent()
    yield* Effect.repeat(Effect.delay(Effect.sync(idOfParent), interval), { until: (id) => id !== first })
  })
