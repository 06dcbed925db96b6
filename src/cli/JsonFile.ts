/**
 * Data from a JSON file, checked, with a sentence for each way in which that can fail.
 */

import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { CommandFailed } from "./CommandFailed.js"
import * as JsonSyntax from "./JsonSyntax.js"

/** What is wrong at a place in the data. */
interface Issue {
  readonly path: string
  readonly message: string
}

const reason = (error: unknown): string => {
  switch (Predicate.hasProperty(error, "code") ? error.code : undefined) {
    case "ENOENT":
      return "there is no such file"
    case "ENOTDIR":
      return "a part of its path is not a directory"
    case "EISDIR":
      return "it is a directory"
    case "EACCES":
    case "EPERM":
      return "this user may not read it"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

const refuse = (name: string, path: string, why: string): CommandFailed =>
  new CommandFailed({ message: `The ${name} ${path} cannot be used: ${why}` })

/** The text of a file. `name` is what the file is for the one who gave its path. */
export const readText = (name: string, path: string): Effect.Effect<string, CommandFailed> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => refuse(name, path, `${reason(error)}.`)
  }).pipe(
    // The mark with which some editors begin a file is no part of it (RFC 8259, 8.1).
    Effect.map((content) => content.replace(/^\uFEFF/, ""))
  )

/** `parse` says what the data has to be. */
export const read = <A>(
  name: string,
  path: string,
  parse: (text: string) => Effect.Effect<A, { readonly issues: ReadonlyArray<Issue> }>
): Effect.Effect<A, CommandFailed> =>
  Effect.gen(function* () {
    const text = yield* readText(name, path)
    const fault = JsonSyntax.find(text)
    if (fault !== undefined) {
      return yield* refuse(name, path, `it is not JSON, line ${fault.line}, column ${fault.column}: ${fault.message}.`)
    }
    return yield* Effect.mapError(parse(text), ({ issues }) => {
      const lines = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`))
      return refuse(
        name,
        path,
        lines.length === 1
          ? lines.join()
          : `${lines.length} things in it are wrong:${lines.map((line) => `\n  ${line}`).join("")}`
      )
    })
  })
