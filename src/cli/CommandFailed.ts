/**
 * Why the command failed. Only `message` is printed: one clear sentence, and a line for each error below it if there are several.
 */
import * as Data from "effect/Data"

export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}
