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

/** How often is looked. A change counts when it was the same twice, since some editors write in several steps. */
const interval = Duration.millis(150)

/** A file that is away for so many looks is gone; before that, an editor may be about to put another in its place. */
const patience = 10

/** The fields of each object by their names, so that their order is no change. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

const fingerprint = (account: Account): string => JSON.stringify(account, sorted)

const list = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const accountList = (ids: ReadonlyArray<string>): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more accounts` : list(ids)

/** In one line, whatever was wrong. */
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

/** Remembers what was applied, account by account. */
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
    /** An account that was removed is kept here, as it is in the system. */
    apply: ({ accounts }: Seed): void => {
      for (const account of accounts) applied.set(account.account_id, fingerprint(account))
      listed = new Set(accounts.map(({ account_id }) => account_id))
    }
  }
}

/** What tells one state of a file from another, or none while there is no file. */
export const stateOf = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() =>
    stat(path, { bigint: true }).then(
      ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
      () => undefined
    )
  )

export interface Options {
  readonly path: string
  /** What the system has started with. */
  readonly seed: Seed
  /** What the file was before that was read: starting may take long. */
  readonly state: string | undefined
  readonly read: Effect.Effect<Seed, CommandFailed>
  readonly replace: (seed: Seed) => Effect.Effect<void, { readonly message: string }>
  readonly say: (level: Level, text: string) => Effect.Effect<void>
}

/**
 * Looks again and again, and does not wait to be told by the system: so it does not matter whether the file is written, replaced, a link,
 * or on a disk whose changes nobody reports.
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
          yield* say("notice", `The seed ${path} no longer has ${accountList(removed)}: what is there of it stays as it is.`)
        }
      })

    const kept = (why: string) => say("warning", `${why.replace(/\.$/, "")}; everything stays as it was.`)

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
