/**
 * The program that started this one. npm does not pass on every signal that ends it, so the command has to notice the end of npm itself.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const interval = Duration.millis(500)

/** npm, pnpm and yarn set this variable to the text of the script, and `npx` sets it to the name of the command. */
const variable = "npm_lifecycle_script"

/** A shell may end before a command that it runs in the background (`&`, but not `&&`, `2>&1` or `&>`). */
const leavesBehind = /(?<![&>])&(?![&>])/

/** Whether the script runs the command and waits for it. */
export const waits = (script: string): boolean => /\beffect-dintero\b/.test(script) && !leavesBehind.test(script)

/**
 * Ends soon after the parent process has ended, if npm waits for this command. Otherwise it never ends, since a daemon outlives its parent
 * on purpose. On systems with signals, a process whose parent has ended gets another parent, which `idOfParent` shows.
 */
export const ended = (idOfParent: () => number): Effect.Effect<void> =>
  Effect.gen(function* () {
    const script = yield* Effect.orElseSucceed(Config.string(variable), () => "")
    if (!waits(script)) return yield* Effect.never
    const first = idOfParent()
    yield* Effect.repeat(Effect.delay(Effect.sync(idOfParent), interval), { until: (id) => id !== first })
  })
