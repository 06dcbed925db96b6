/**
 * Replaces the accounts whose part of the seed file has changed.
 */

import { stat } from "node:fs/promises"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Embedded from "../embedded.js"
import type { CommandFailed } from "./CommandFailed.js"
import type { Level } from "./LogLine.js"

type Seed = Embedded.Seed.Seed
type Account = Seed["accounts"][number]

/** How often the file is checked. A change counts when two checks have found the same, since some editors write in several steps. */
const interval = Duration.millis(150)

/** A file that is missing in this many checks counts as gone. Before that, an editor may be about to replace it. */
const patience = 10

/** Sorts the fields of each object, so that another order is not a change. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

const fingerprint = (account: Account): string => JSON.stringify(account, sorted)

const list = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const accountList = (ids: ReadonlyArray<string>): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more accounts` : list(ids)

/** The message of a failure in one line. */
const oneLine = ({ message }: CommandFailed): string => {
  const [head = "", ...details] = message.split("\n").map((line) => line.trim())
  if (details.length === 0) return head
  const more = details.length > 3 ? "; …" : ""
  return `${head} ${details.slice(0, 3).join("; ")}${more}`
}

export interface Difference {
  readonly added: ReadonlyArray<Account>
  readonly replaced: ReadonlyArray<Account>
  readonly removed: ReadonlyArray<string>
}

/** Remembers each account as it was applied last. */
export const makeDifferences = (first: Seed) => {
  const applied = new Map(first.accounts.map((account) => [account.account_id, fingerprint(account)]))
  let listed = new Set(applied.keys())
  return {
    to: ({ accounts }: Seed): Difference => {
      const changed = accounts.filter((account) => applied.get(account.account_id) !== fingerprint(account))
      const now = new Set(accounts.map(({ account_id }) => account_id))
      return {
        added: changed.filter(({ account_id }) => !applied.has(account_id)),
        replaced: changed.filter(({ account_id }) => applied.has(account_id)),
        removed: [...listed].filter((id) => !now.has(id))
      }
    },
    /** An account that was removed from the seed is still remembered, since the system still has it. */
    apply: ({ accounts }: Seed): void => {
      for (const account of accounts) applied.set(account.account_id, fingerprint(account))
      listed = new Set(accounts.map(({ account_id }) => account_id))
    }
  }
}

/** A text that changes with the file, `undefined` while there is no file. */
export const stateOf = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() =>
    stat(path, { bigint: true }).then(
      ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
      () => undefined
    )
  )

export interface Options {
  readonly path: string
  /** The seed with which the system has started. */
  readonly seed: Seed
  /** The state of the file before that seed was read. The start may take long, and the file may have changed since. */
  readonly state: string | undefined
  readonly read: Effect.Effect<Seed, CommandFailed>
  readonly replace: (seed: Seed) => Effect.Effect<void, { readonly message: string }>
  readonly say: (level: Level, text: string) => Effect.Effect<void>
}

/**
 * Checks the file again and again, rather than waiting for events of the file system. So it does not matter whether the file is written,
 * replaced or a link, or is on a disk that reports no events.
 */
export const watch = ({ path, read, replace, say, seed, state: first }: Options): Effect.Effect<never> =>
  Effect.gen(function* () {
    const differences = makeDifferences(seed)

    const apply = (next: Seed) =>
      Effect.gen(function* () {
        const { added, removed, replaced } = differences.to(next)
        const changed = [...replaced, ...added]
        const ids = (accounts: ReadonlyArray<Account>) => accountList(accounts.map(({ account_id }) => account_id))
        if (changed.length > 0) yield* replace({ accounts: changed })
        differences.apply(next)
        const did = [
          ...(replaced.length > 0 ? [`replaced ${ids(replaced)}`] : []),
          ...(added.length > 0 ? [`added ${ids(added)}`] : [])
        ]
        if (did.length > 0) yield* say("notice", `The seed ${path} has changed: ${list(did)}.`)
        if (removed.length > 0) {
          yield* say("notice", `The seed ${path} no longer has ${accountList(removed)}: the system keeps the removed accounts.`)
        }
      })

    const kept = (why: string) => say("warning", `${why.replace(/\.$/, "")}; nothing was changed.`)

    const change = Effect.either(read).pipe(
      Effect.flatMap(
        Either.match({
          onLeft: (failure) => kept(oneLine(failure)),
          onRight: (next) =>
            Effect.catchAllCause(apply(next), (cause) =>
              Cause.isInterruptedOnly(cause)
                ? Effect.failCause(cause)
                : kept(`The seed ${path} could not be applied: ${Cause.pretty(cause).split("\n")[0]}`)
            )
        })
      ),
      Effect.orDie
    )

    let settled = first
    let last = settled
    let looks = 0
    return yield* Effect.forever(
      Effect.gen(function* () {
        yield* Effect.sleep(interval)
        const state = yield* stateOf(path)
        looks = state === last ? looks + 1 : 0
        last = state
        if (state === settled || looks < (state === undefined ? patience : 1)) return
        settled = state
        yield* change
      })
    )
  })
