/**
 * Questions to a person at a terminal. They are written to standard error, since standard output is for the result of the command.
 */
import * as ReadLine from "node:readline"
import { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CommandFailed } from "../CommandFailed.js"

/** Whether a person can answer. */
export const isTerminal: Effect.Effect<boolean> = Effect.sync(() => process.stdin.isTTY === true && process.stderr.isTTY === true)

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

const answer = (question: string, isHidden: boolean): Effect.Effect<string, CommandFailed> =>
  Effect.async((resume) => {
    const lines = ReadLine.createInterface({
      input: process.stdin,
      // Without an output for the characters that are typed, a terminal does not show them.
      output: isHidden ? nowhere() : process.stderr,
      terminal: true
    })
    let isAnswered = false
    const end = (result: Effect.Effect<string, CommandFailed>) => {
      if (isAnswered) return
      isAnswered = true
      lines.close()
      if (isHidden) process.stderr.write("\n")
      resume(result)
    }
    if (isHidden) process.stderr.write(question)
    lines.question(isHidden ? "" : question, (text) => end(Effect.succeed(text)))
    // In this mode the terminal passes Ctrl-C on as a character.
    lines.on("SIGINT", () => end(Effect.interrupt))
    lines.on("close", () => end(new CommandFailed({ message: "There was no answer to the question." })))
    return Effect.sync(() => lines.close())
  })

/** Asks until the answer is not empty. */
export const ask = (question: string): Effect.Effect<string, CommandFailed> =>
  Effect.repeat(
    Effect.map(answer(`${question}: `, false), (text) => text.trim()),
    { until: (text) => text !== "" }
  )

/** Asks without showing what is typed. */
export const askHidden = (question: string): Effect.Effect<Redacted.Redacted, CommandFailed> =>
  Effect.map(Effect.repeat(answer(`${question} (not shown): `, true), { until: (text) => text !== "" }), Redacted.make)

/** No answer means no. */
export const confirm = (question: string): Effect.Effect<boolean, CommandFailed> =>
  Effect.map(answer(`${question} [y/N] `, false), (text) => /^y(?:es)?$/i.test(text.trim()))
