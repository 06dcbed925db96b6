/**
 * Why the command ends without having done what it was asked. `message` is all that is printed: one clear sentence, and
 * below it, where several things are wrong, a line for each.
 */
import * as Data from "effect/Data"

export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}
