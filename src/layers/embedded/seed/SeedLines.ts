/**
 * A seed that is read line by line, for data that should not be in memory as a whole.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { issuesOf } from "../../../internal/Issues.js"
import * as JsonSyntax from "../../../internal/JsonSyntax.js"
import type { Issue } from "../../../schemas/DinteroError.js"
import { batch, CustomerSeed, inconsistenciesOf, maximumIssues, type Row, type Rows } from "../rooms/customers/CustomerSeed.js"
import { invalidSeed } from "../rooms/SeedPart.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import { AccountSeed, type Seed, strictly } from "./Seed.js"

/**
 * A checked seed in lines. {@link read} makes one.
 *
 * @since 0.1.0
 * @category models
 */
export interface SeedLines {
  /** The accounts, without the customers that have a line of their own. */
  readonly seed: Seed
  /**
   * Reads these customers.
   *
   * @internal
   */
  readonly rows: Effect.Effect<Rows>
}

type Account = Seed["accounts"][number]

/** A line with something in it. */
interface Line {
  /** Such as `line 7`. */
  readonly at: string
  readonly text: string
}

const linesOf = async function* (open: () => AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 0
  for await (const text of open()) {
    number++
    if (text.trim() !== "") yield { at: `line ${number}`, text }
  }
}

const decodeAccount = Schema.decodeUnknownEither(AccountSeed, strictly)
const decodeCustomer = Schema.decodeUnknownEither(CustomerSeed, strictly)

const isAccount = (value: unknown): value is { readonly account_id: unknown } =>
  typeof value === "object" && value !== null && "account_id" in value

const within = (at: string, { message, path }: Issue): Issue => ({ path: path === "" ? at : `${at}, ${path}`, message })

/** What a line has, or why it is not taken. */
const valueOf = ({ at, text }: Line): Either.Either<unknown, ReadonlyArray<Issue>> => {
  const fault = JsonSyntax.find(text)
  if (fault !== undefined) {
    return Either.left([{ path: at, message: `it is not JSON, column ${fault.column}: ${fault.message}` }])
  }
  const repeated = JsonSyntax.issues(text)
  return repeated.length > 0
    ? Either.left(repeated.map(({ path }) => within(at, { path, message: "stands twice" })))
    : Either.right(JSON.parse(text))
}

/** Checks each line by itself. */
const check = async (open: () => AsyncIterable<string>) => {
  const issues: Array<Issue> = []
  const accounts: Array<Account> = []
  const counts = new Map<string, { customers: number; passwords: number }>()
  let isTag = (_: string): boolean => true
  let count: { customers: number; passwords: number } | undefined
  for await (const line of linesOf(open)) {
    if (issues.length >= maximumIssues) break
    const value = valueOf(line)
    if (Either.isLeft(value)) {
      issues.push(...value.left)
    } else if (isAccount(value.right)) {
      const account = decodeAccount(value.right)
      count = { customers: 0, passwords: 0 }
      if (Either.isLeft(account)) {
        issues.push(...issuesOf(account.left).map((issue) => within(line.at, issue)))
        isTag = () => true
      } else {
        // Seam: a value that the schema accepts is an account of a seed. It is kept as it was written.
        accounts.push(value.right as Account)
        counts.set(account.right.account_id, count)
        const tags = new Set(account.right.tags.map(({ tag }) => tag))
        isTag = (tag) => tags.has(tag)
      }
    } else if (count === undefined) {
      issues.push({ path: line.at, message: "stands before the first line with an account_id" })
    } else {
      const customer = decodeCustomer(value.right)
      if (Either.isLeft(customer)) {
        issues.push(...issuesOf(customer.left).map((issue) => within(line.at, issue)))
      } else {
        issues.push(...inconsistenciesOf(customer.right, isTag, (field) => `${line.at}, ${field}`))
        count.customers++
        if (customer.right.password !== undefined) count.passwords++
      }
    }
  }
  return { accounts, counts, issues }
}

/** Reads the customers, batch by batch, in the order of the accounts. */
const rowsOf = (open: () => AsyncIterable<string>, counts: Rows["countOf"]): Rows => {
  const lines = linesOf(open)
  const begun = new Set<string>()
  let accountId: string | undefined
  const next = async (wanted: string): Promise<ReadonlyArray<Row>> => {
    const rows: Array<Row> = []
    while (rows.length < batch && (accountId === wanted || !begun.has(wanted))) {
      const { done, value: line } = await lines.next()
      if (done === true) break
      const value: unknown = JSON.parse(line.text)
      if (isAccount(value)) {
        accountId = String(value.account_id)
        begun.add(accountId)
      } else if (accountId === wanted) {
        rows.push({ at: line.at, customer: Either.getOrThrow(decodeCustomer(value)) })
      }
    }
    return rows
  }
  return { countOf: counts, next: (accountId) => Effect.tryPromise({ try: () => next(accountId), catch: unreadable }) }
}

const unreadable = (error: unknown): InvalidSeed =>
  invalidSeed([{ path: "", message: `its lines cannot be read: ${error instanceof Error ? error.message : String(error)}` }])

const nothing = { customers: 0, passwords: 0 }

/**
 * Checks a seed in lines of JSON (NDJSON). A line with an `account_id` is an account, as in a `Seed`. Each other line is a customer of the
 * account before it, a `CustomerSeed`. Use it for a seed that is too large to be in memory as a whole. (In one JSON document, a field of an
 * account may stand behind its customers, so the customers cannot be written before the end is known.)
 *
 * The lines are read twice, and `open` is called for each time: here, where each line is checked by itself, and when the system starts, where
 * values are found that repeat though they must be unique. `InvalidSeed` names the line and the field of the first 100 errors, such as `line 7, email`.
 * If there is one, nothing is written. Empty lines do not matter.
 *
 * @example
 * ```ts
 * import { DinteroEmbedded, SeedLines } from "effect-dintero/embedded"
 * import { Effect } from "effect"
 *
 * async function* lines() {
 *   yield JSON.stringify({ account_id: "T12345678" })
 *   for (let i = 0; i < 1_000; i++) yield JSON.stringify({ customer_id: `customer-${i}` })
 * }
 *
 * const system = Effect.flatMap(SeedLines.read(lines), (seed) => DinteroEmbedded.make({ seed }))
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const read = (open: () => AsyncIterable<string>): Effect.Effect<SeedLines, InvalidSeed> =>
  Effect.flatMap(Effect.tryPromise({ try: () => check(open), catch: unreadable }), ({ accounts, counts, issues }) =>
    issues.length > 0
      ? invalidSeed(issues.slice(0, maximumIssues))
      : Effect.succeed({
          seed: { accounts },
          rows: Effect.sync(() => rowsOf(open, (accountId) => counts.get(accountId) ?? nothing))
        })
  )
