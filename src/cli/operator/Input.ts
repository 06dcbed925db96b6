/**
 * JSON that a person wrote, from a file or from standard input.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { issuesOf } from "../../internal/Issues.js"
import * as JsonSyntax from "../../internal/JsonSyntax.js"
import type { Issue } from "../../schemas/DinteroError.js"
import { CommandFailed } from "../CommandFailed.js"
import * as JsonFile from "../JsonFile.js"

class WrongInput extends Data.TaggedError("WrongInput")<{ readonly issues: ReadonlyArray<Issue> }> {}

/** Decodes a text. The issues have no value of the text, which can be a password. */
export const parse =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (text: string): Effect.Effect<A, WrongInput> =>
    Effect.suspend(() => {
      const issues = JsonSyntax.issues(text)
      return issues.length > 0
        ? new WrongInput({ issues })
        : Effect.mapError(
            Schema.decodeUnknown(schema, { errors: "all" })(JSON.parse(text)),
            (error) => new WrongInput({ issues: issuesOf(error) })
          )
    })

/** `-` is standard input. An input that cannot be used is wrong usage. */
export const read = <A, I>(name: string, path: string, schema: Schema.Schema<A, I>): Effect.Effect<A, CommandFailed> =>
  Effect.mapError(
    path === "-" ? JsonFile.readInput(name, parse(schema)) : JsonFile.read(name, path, parse(schema)),
    ({ message }) => new CommandFailed({ message, exitCode: 2 })
  )
