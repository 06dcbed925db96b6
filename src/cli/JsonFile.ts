/**
 * A seed from a JSON file, checked, with a sentence for each way in which that can fail.
 */

import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Embedded from "../embedded.js"
import { CommandFailed } from "./CommandFailed.js"
import * as JsonSyntax from "./JsonSyntax.js"

type Seed = Embedded.Seed.Seed

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

const refuse = (path: string, why: string): CommandFailed =>
  new CommandFailed({ message: `The seed ${path} cannot be used: ${why}` })

export const read = (path: string, { Seed }: typeof Embedded): Effect.Effect<Seed, CommandFailed> =>
  Effect.gen(function* () {
    const content = yield* Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) => refuse(path, `${reason(error)}.`)
    })
    // The mark with which some editors begin a file is no part of it (RFC 8259, 8.1).
    const text = content.replace(/^\uFEFF/, "")
    const fault = JsonSyntax.find(text)
    if (fault !== undefined) {
      return yield* refuse(path, `it is not JSON, line ${fault.line}, column ${fault.column}: ${fault.message}.`)
    }
    return yield* Effect.mapError(Seed.parse(text), ({ issues }) => {
      const lines = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`))
      return refuse(
        path,
        lines.length === 1
          ? lines.join()
          : `${lines.length} things in it are wrong:${lines.map((line) => `\n  ${line}`).join("")}`
      )
    })
  })
