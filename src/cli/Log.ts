/**
 * The log on standard error: what happens while the system runs. It never waits for who reads it.
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
  /** Whether requests and messages are wanted at all. */
  readonly hasRequests: boolean
  readonly request: (entry: Embedded.JournalEntry.JournalEntry) => void
  readonly message: (message: Embedded.Message.Message) => void
  /** A notice is left out when only warnings and errors are wanted. */
  readonly say: (level: LogLine.Level, text: string) => Effect.Effect<void>
  /** Whether it is for people. */
  readonly isText: boolean
  /** For what the system logs itself, which is what should not happen, where every line has to be JSON. */
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
        line.said("warning", `${count} ${count === 1 ? "line was" : "lines were"} left out here, since nobody read them in time.`)
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
