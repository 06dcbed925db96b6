/**
 * Why the command failed. `message` is printed: one clear sentence, and further lines where there is more to say.
 */
import * as Data from "effect/Data"
import * as Printable from "./Printable.js"

export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly message: string
  /** 1 unless given. 2 means that the command was used wrongly, and that nothing was done. */
  readonly exitCode?: 1 | 2
  /** What `--json` prints instead of the message. The default has the message alone. */
  readonly json?: object
}> {}

/** The failure of a command that was used wrongly. */
export const wrongUsage = (message: string): CommandFailed => new CommandFailed({ message, exitCode: 2 })

/** The failure of a command with `--json`: its message is one line of JSON. */
export const asJson = ({ exitCode = 1, json, message }: CommandFailed): CommandFailed =>
  new CommandFailed({
    message: Printable.json({ error: json ?? { tag: exitCode === 2 ? "WrongUsage" : "CommandFailed", message } }),
    exitCode
  })
