/**
 * The log on standard error of what happens while the system runs. The system never waits for the reader of the log.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type * as Scope from "effect/Scope"
import type * as Embedded from "../embedded.js"
import type { ServeArguments } from "./Arguments.js"
import * as Lines from "./Lines.js"
import * as LogLine from "./LogLine.js"
import * as Terminal from "./Terminal.js"

export interface Log {
  /** Whether requests and messages are logged. */
  readonly hasRequests: boolean
  readonly request: (entry: Embedded.JournalEntry.JournalEntry) => void
  readonly message: (message: Embedded.Message.Message) => void
  /** Logs a sentence. With `--quiet`, notices are left out. */
  readonly say: (level: LogLine.Level, text: string) => Effect.Effect<void>
  /** Whether the log is text and not JSON. */
  readonly isText: boolean
  /** A logger for unexpected errors that the system logs itself. With it, these lines are JSON too. */
  readonly logger: Logger.Logger<unknown, void>
}

const textOf = (message: unknown): string =>
  (Array.isArray(message) ? message : [message]).map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ")

export const make = ({ log, quiet }: Pick<ServeArguments, "log" | "quiet">): Effect.Effect<Log, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { stderr } = process
    const width = () => (stderr.isTTY === true ? stderr.columns : undefined)
    const line = log === "json" ? LogLine.json : LogLine.text(yield* Terminal.hasColour(stderr), width)
    const { add } = yield* Lines.make(
      (text, done) => void stderr.write(text, done),
      (count) =>
        line.said(
          "warning",
          `${count} ${count === 1 ? "line was" : "lines were"} left out here, because this log was read too slowly.`
        )
    )
    return {
      hasRequests: log !== "none",
      isText: log !== "json",
      request: (entry) => add(line.request(entry)),
      message: (message) => add(line.message(message)),
      say: (level, text) =>
        Effect.sync(() => {
          if (!quiet || level !== "notice") add(line.said(level, text))
        }),
      logger: Logger.make(({ cause, logLevel, message }) => {
        const text = Cause.isEmpty(cause) ? textOf(message) : `${textOf(message)}\n${Cause.pretty(cause)}`
        const level = LogLevel.greaterThanEqual(logLevel, LogLevel.Error) ? "error" : "warning"
        if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) add(line.said(level, text))
      })
    }
  })
