/**
 * The lines of the log, as text and as JSON.
 */
import * as DateTime from "effect/DateTime"
import type * as Embedded from "../embedded.js"
import * as Printable from "./Printable.js"
import { type Paint, paint } from "./Terminal.js"

type JournalEntry = Embedded.JournalEntry.JournalEntry
type Message = Embedded.Message.Message

export type Level = "notice" | "warning" | "error"

export interface LogLine {
  readonly request: (entry: JournalEntry) => string
  readonly message: (message: Message) => string
  readonly said: (level: Level, text: string) => string
}

/**
 * One object in each line, with a `type`:
 *
 * - `request`: the journal's entry of a request, without the bodies
 * - `message`: a message that was sent by SMS or e-mail, without its code
 * - `notice`, `warning`, `error`: a sentence, in `message`
 */
export const json: LogLine = {
  request: ({ account_id, at, caller, duration_millis, fault, hint, id, method, near_misses, operation, path, status }) =>
    Printable.json({
      type: "request",
      id,
      at: DateTime.formatIso(at),
      duration_millis,
      method,
      path: longest(path),
      status,
      operation,
      account_id,
      client_id: caller?.client_id ?? null,
      hint: hint === null ? null : longest(hint),
      fault: fault === null ? null : { rule: fault.rule, kind: fault.kind },
      near_misses: near_misses.map((miss) => ({
        operation: miss.operation,
        method: miss.method,
        path: miss.path,
        why: longest(miss.why)
      }))
    }),
  message: ({ account_id, at, channel, id, recipient, template }) =>
    Printable.json({ type: "message", id, at: DateTime.formatIso(at), account_id, channel, template, recipient }),
  said: (type, message) => Printable.json({ type, message })
}

/** A path may be up to 16 kB long, and thousands of lines may be in the queue, so each is shortened. */
const longest = (text: string): string => Printable.shortened(text, 2_000)

const two = (value: number): string => String(value).padStart(2, "0")

/** The time of the system's clock, as in the journal, in the time zone of this machine. */
const timeOf = (at: DateTime.Utc): string => {
  const date = DateTime.toDate(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")
}

const statusColour = (status: number | null): string => {
  if (status === null || status >= 500) return "31"
  return status >= 400 ? "33" : status >= 300 ? "36" : "32"
}

const durationOf = (millis: number): string => (millis < 10_000 ? `${Math.round(millis)} ms` : `${(millis / 1_000).toFixed(1)} s`)

/** The parts that are not `undefined`. */
const present = (...parts: ReadonlyArray<string | undefined>): ReadonlyArray<string> => parts.filter((part) => part !== undefined)

/** Time, status and method, with a space after each of them. */
const headLength = 9 + 4 + 7

/** A path is never shortened to less than this, however narrow the terminal is. */
const shortestPath = 10

/**
 * `width` is the present width of the terminal. The path is shortened to fit it, and a hint has its own line. Without a terminal, each
 * request is a single line.
 */
export const text = (hasColour: boolean, width: () => number | undefined): LogLine => {
  const mark: Paint = paint(hasColour)
  const dim = (part: string) => mark("2", part)

  return {
    request: ({ at, duration_millis, fault, hint: why, method, near_misses, operation, path, status }) => {
      const columns = width()
      const badge = fault === null ? undefined : `[fault ${fault.rule}: ${fault.kind}]`
      const name = operation ?? (status === 404 ? "no such operation" : undefined)
      const took = durationOf(duration_millis)
      const rest = present(name, took, badge).reduce((sum, part) => sum + 2 + part.length, 0)
      const asked = Printable.shortened(
        longest(Printable.text(path)),
        columns === undefined ? Number.POSITIVE_INFINITY : Math.max(shortestPath, columns - headLength - rest)
      )
      const head = [
        dim(timeOf(at)),
        mark(statusColour(status), status === null ? "cut" : String(status)),
        mark("1", Printable.text(method).padEnd(6))
      ].join(" ")
      const [nearest] = near_misses
      const hint =
        nearest !== undefined
          ? `nearest: ${nearest.method} ${nearest.path} (${longest(Printable.text(nearest.why))})`
          : why === null
            ? undefined
            : longest(Printable.text(why))
      const line = present(
        `${head} ${asked}`,
        name === undefined ? undefined : mark(operation === null ? "33" : "36", name),
        dim(took),
        badge === undefined ? undefined : mark("35", badge)
      ).join("  ")
      if (hint === undefined) return line
      return columns === undefined ? `${line}  ${hint}` : `${line}\n${" ".repeat(headLength)}${dim(hint)}`
    },
    message: ({ at, channel, code, recipient, template }) =>
      [
        dim(timeOf(at)),
        mark("36", channel === "sms" ? "sms" : "email"),
        code === null
          ? `${template} to ${Printable.text(recipient)}`
          : `code ${mark("1", Printable.text(code))} to ${Printable.text(recipient)} by ${channel} (${template})`
      ].join(" "),
    said: (level, sentence) => {
      const told = sentence.split("\n").map(Printable.text).join("\n")
      if (level === "notice") return dim(told)
      return level === "warning" ? `${mark("33", "Warning:")} ${told}` : `${mark("31", "Error:")} ${told}`
    }
  }
}
