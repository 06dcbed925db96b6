/**
 * Reads and checks JSON from a file or from standard input. Each way in which that can fail has its own sentence.
 */

import { createReadStream } from "node:fs"
import { open, readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { CommandFailed } from "./CommandFailed.js"

/** An error at a place in the data. */
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

/** `of` names the text for the user, with its path. */
const refuse = (of: string, why: string): CommandFailed => new CommandFailed({ message: `The ${of} cannot be used: ${why}` })

const utf8 = new TextDecoder("utf-8", { fatal: true })

/**
 * Whether the bytes are UTF-16 or UTF-32. JSON begins with a byte order mark or with two ASCII characters, and in these encodings one of
 * the first two bytes of ASCII is 0.
 */
const isWide = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0

const textOf = (of: string, bytes: () => Promise<Uint8Array>): Effect.Effect<string, CommandFailed> =>
  Effect.flatMap(Effect.tryPromise({ try: bytes, catch: (error) => refuse(of, `${reason(error)}.`) }), (content) =>
    isWide(content)
      ? refuse(of, "it is UTF-16, not UTF-8: save it as UTF-8.")
      : // The decoder removes the byte order mark that some editors write: it is not part of the text (RFC 8259, 8.1).
        Effect.try({
          try: () => utf8.decode(content),
          catch: () => refuse(of, "it is not UTF-8 text: save it as UTF-8.")
        })
  )

/** The text of a file. `name` names the file for the user, such as "seed". */
export const readText = (name: string, path: string): Effect.Effect<string, CommandFailed> =>
  textOf(`${name} ${path}`, () => readFile(path))

const chunksOf = async function* (path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

/** The lines of a file, which does not have to fit into memory. */
const linesOf = async function* (path: string): AsyncGenerator<string> {
  let rest = ""
  try {
    for await (const text of chunksOf(path)) {
      const lines = (rest + text).split("\n")
      rest = lines.pop() ?? ""
      yield* lines
    }
  } catch (error) {
    throw error instanceof TypeError ? new Error("the file is not UTF-8 text") : error
  }
  yield rest
}

/** Reads a file line by line, as often as `parse` wants to. */
export const readLines = <A>(
  name: string,
  path: string,
  parse: (open: () => AsyncIterable<string>) => Effect.Effect<A, { readonly issues: ReadonlyArray<Issue> }>
): Effect.Effect<A, CommandFailed> => {
  const of = `${name} ${path}`
  return Effect.tryPromise({ try: () => open(path), catch: (error) => refuse(of, `${reason(error)}.`) }).pipe(
    Effect.flatMap((file) => Effect.promise(() => file.close())),
    Effect.zipRight(
      failing(
        of,
        parse(() => linesOf(path))
      )
    )
  )
}

/** Decodes the text, or fails with its errors. */
type Parse<A> = (text: string) => Effect.Effect<A, { readonly issues: ReadonlyArray<Issue> }>

const failing = <A>(of: string, effect: Effect.Effect<A, { readonly issues: ReadonlyArray<Issue> }>) =>
  Effect.mapError(effect, ({ issues }) => {
    const lines = issues.map((issue) => (issue.path === "" ? `${issue.message}.` : `${issue.path}: ${issue.message}`))
    return refuse(
      of,
      lines.length === 1 ? lines.join() : `it has ${lines.length} errors:${lines.map((line) => `\n  ${line}`).join("")}`
    )
  })

const parsed =
  <A>(of: string, parse: Parse<A>) =>
  (text: string): Effect.Effect<A, CommandFailed> =>
    failing(of, parse(text))

export const read = <A>(name: string, path: string, parse: Parse<A>): Effect.Effect<A, CommandFailed> =>
  Effect.flatMap(readText(name, path), parsed(`${name} ${path}`, parse))

const inputBytes = async (): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads standard input to its end. */
export const readInput = <A>(name: string, parse: Parse<A>): Effect.Effect<A, CommandFailed> => {
  const of = `${name} of standard input`
  return Effect.flatMap(textOf(of, inputBytes), parsed(of, parse))
}
