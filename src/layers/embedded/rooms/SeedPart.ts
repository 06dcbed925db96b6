/**
 * What a room has to do with a seed.
 */
import type { SqlError } from "@effect/sql/SqlError"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sentence } from "../../../internal/Issues.js"
import type { Issue } from "../../../schemas/DinteroError.js"
import { isStorable } from "../storage/Column.js"
import { InvalidSeed } from "../system/EmbeddedStartError.js"

/** Writes the room's rows of one account. Runs inside the transaction. */
export type WriteAccount<Account> = (account: Account, createdAt: number) => Effect.Effect<void, SqlError | InvalidSeed>

/**
 * A room's part of a seed. `Account` has the room's own fields of an account in the seed, and others that it reads.
 */
export interface SeedPart<Account, R = never> {
  /** Values that repeat though they must be unique, and fields that exclude each other. `at` is the path of the account. */
  readonly inconsistencies: (account: Account, at: string) => ReadonlyArray<Issue>
  /** Gets all accounts that will be written, before the transaction: nothing else can be written while a transaction is open. */
  readonly prepare: (accounts: ReadonlyArray<Account>) => Effect.Effect<WriteAccount<Account>, never, R>
}

export const invalidSeed = (issues: ReadonlyArray<Issue>): InvalidSeed =>
  new InvalidSeed({ message: `The seed is not valid: ${sentence(issues)}.`, issues })

/** Reports a value that was seen before, with the path of the first one. */
export const repetitions = () => {
  const seen = new Map<string, string>()
  return (path: string, ...key: ReadonlyArray<string>): ReadonlyArray<Issue> => {
    const id = JSON.stringify(key)
    const first = seen.get(id)
    if (first === undefined) seen.set(id, path)
    return first === undefined ? [] : [{ path, message: `is the same as ${first}` }]
  }
}

/** A text in a seed. The description says in an error what is expected. */
export const text = (pattern: RegExp, description: string) => Schema.String.pipe(Schema.pattern(pattern, { description }))

export const Uuid = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a UUID in lower case")

/** The `customer_id` of a customer or the `location_id` of a location. */
export const CustomerKey = text(/^(?! )[^\p{Cc}\p{Cs}]{1,255}(?<! )$/u, "1 to 255 characters without spaces at either end")

/** A text that both databases keep as it is. */
export const StorableText = Schema.String.pipe(
  Schema.filter(isStorable, { description: "a text without NUL characters and half surrogate pairs" })
)
