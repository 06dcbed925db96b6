/**
 * From what a caller gives to what is sent: the path, the query and the body of one operation. What does not fit is a list of issues, and
 * nothing is sent.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Described, ErasedSchema } from "../../contract/Operation.js"
import { accountIds } from "../../contract/PathParameters.js"
import * as Codec from "../../internal/Codec.js"
import * as Decoder from "../../internal/Decoder.js"
import { issuesOf } from "../../internal/Issues.js"
import { fill } from "../../internal/PathTemplate.js"
import type { Issue } from "../../schemas/DinteroError.js"
import { openStruct } from "../../schemas/Fields.js"
import type { Target } from "./Target.js"

/** `path`: the parameters beside the account, by name. */
export interface Input {
  readonly path?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

export interface Parts {
  /** With its query. */
  readonly path: string
  readonly body: HttpBody.HttpBody
}

type Encoded<A> = Either.Either<A, ReadonlyArray<Issue>>

type Texts = { readonly [name: string]: string }

const encoder = (schema: ErasedSchema) => {
  const encode = Codec.encode(schema)
  return (value: unknown): Encoded<unknown> => Either.mapLeft(encode(value), issuesOf)
}

/** The layer knows its account, so a caller may leave the audience out. */
const encoderWithAudience = (schema: ErasedSchema) => {
  const encode = Codec.encodeFilling(schema, "audience")
  return (value: unknown, audience: () => string): Encoded<unknown> => Either.mapLeft(encode(value, audience), issuesOf)
}

/** A caller without TypeScript may give anything. */
const record = (value: unknown): { readonly [name: string]: unknown } => (Predicate.isReadonlyRecord(value) ? value : {})

/** The account under each of the names that it has in paths. */
const accountIn = (accountId: string): Texts => Object.fromEntries(Object.keys(accountIds).map((name) => [name, accountId]))

const pathOf = ({ parameters, path }: Described, own: string): ((input: unknown, accountId: string) => Encoded<string>) => {
  const ownAccount = accountIn(own)
  const accountOf = (accountId: string) => (accountId === own ? ownAccount : accountIn(accountId))
  if (Object.keys(parameters).length === 0) {
    const filled = fill(path, ownAccount)
    return (_, accountId) => (accountId === own ? filled : fill(path, accountOf(accountId)))
  }
  // Seam: a struct of erased schemas is itself erased.
  const schema = openStruct(parameters) as ErasedSchema
  const encode = encoder(schema)
  const fits = Decoder.checkOf(schema)
  return (input, accountId) => {
    const given = record(input)
    // `Schema` takes longer to encode a text to itself than the rest of the request takes.
    return Either.flatMap(fits?.(given) === true ? Either.right(given) : encode(given), (encoded) =>
      // Seam: the schema of a path's parameter encodes to a text.
      fill(path, { ...(encoded as Texts), ...accountOf(accountId) })
    )
  }
}

const pairsOf = (query: unknown): ReadonlyArray<readonly [string, string]> =>
  Object.entries(record(query)).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((item) => (item === undefined ? [] : [[name, String(item)] as const]))
  )

/** An array is a repeated key, and a space is `%20`: `+` is a space to some servers and a plus to others. */
const queryText = (query: unknown): Encoded<string> =>
  Either.try({
    try: () => {
      const pairs = pairsOf(query)
      return pairs.length === 0
        ? ""
        : `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`
    },
    catch: (): ReadonlyArray<Issue> => [{ path: "", message: "expected well-formed text in the query" }]
  })

const queryOf = ({ query }: Described): ((input: unknown, audience: () => string) => Encoded<string>) => {
  if (query === undefined) return () => Either.right("")
  const encode = encoderWithAudience(query)
  return (input, audience) => Either.flatMap(encode(input ?? {}, audience), queryText)
}

const bodyOf = ({ body }: Described): ((input: unknown, audience: () => string) => Encoded<HttpBody.HttpBody>) => {
  if (body === undefined) return () => Either.right(HttpBody.empty)
  const encode = encoderWithAudience(body)
  return (input, audience) =>
    Either.flatMap(encode(input, audience), (encoded) =>
      Either.try({
        try: (): HttpBody.HttpBody => HttpBody.text(JSON.stringify(encoded), "application/json"),
        catch: (): ReadonlyArray<Issue> => [{ path: "", message: "expected a value that can be written as JSON" }]
      })
    )
}

const issuesIn = <A>(encoded: Encoded<A>): ReadonlyArray<Issue> => (Either.isLeft(encoded) ? encoded.left : [])

/** Whether a caller gives anything at all. */
export const takesInput = ({ body, parameters, query }: Described): boolean =>
  body !== undefined || query !== undefined || Object.keys(parameters).length > 0

/** All that is wrong with an input is told at once. `own` is the account of most calls. */
export const make = (
  operation: Described,
  own: string
): ((input: Input, target: Pick<Target, "accountId" | "audienceOf">) => Encoded<Parts>) => {
  const path = pathOf(operation, own)
  const query = queryOf(operation)
  const body = bodyOf(operation)
  return (input, { accountId, audienceOf }) => {
    const encodedPath = path(input.path, accountId)
    const encodedQuery = query(input.query, () => audienceOf(accountId))
    const encodedBody = body(input.body, () => audienceOf(accountId))
    if (Either.isRight(encodedPath) && Either.isRight(encodedQuery) && Either.isRight(encodedBody)) {
      return Either.right({ path: encodedPath.right + encodedQuery.right, body: encodedBody.right })
    }
    return Either.left([...issuesIn(encodedPath), ...issuesIn(encodedQuery), ...issuesIn(encodedBody)])
  }
}
