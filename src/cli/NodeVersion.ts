/**
 * Whether the command supports the version of Node that runs it.
 */
import * as Effect from "effect/Effect"
import { CommandFailed } from "./CommandFailed.js"

/** The same as `engines` of package.json. */
const oldest = 20

/** npm only warns when it installs the package for an older Node, and a dependency would fail later with an error that does not say why. */
export const check = (version: string): Effect.Effect<void, CommandFailed> =>
  Number.parseInt(version, 10) < oldest
    ? new CommandFailed({ message: `effect-dintero needs Node ${oldest} or later, and this is Node ${version}` })
    : Effect.void
