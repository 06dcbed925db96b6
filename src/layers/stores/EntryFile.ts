/**
 * The format of the files of the file store, and how a whole file is told from a damaged or foreign one.
 *
 * A file is `effect-dintero token-store 1 <CRC-32 of the rest>`, a line feed, and the state as JSON. A JSON object without its last brace
 * cannot be parsed, so a file that was cut short is always detected.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { TokenStoreError } from "../../services/TokenStore.js"
import { crc32 } from "./Crc32.js"
import { isDamagedFormat } from "./EntryText.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/**
 * The state of one key. `version` and `fence` are the last ones that were given, also when there is no entry and no lease now. The times of
 * a lease are milliseconds of the machine's clock.
 *
 * `expires` names the version that it belongs to. A release that does not know `expires` keeps it when it writes another value, and this
 * value must not end at the time of the value before. So both releases can use one directory, and the number of the format stays.
 */
export const EntryState = Schema.Struct({
  version: Count,
  value: Schema.NullOr(Schema.String),
  fence: Count,
  lease: Schema.NullOr(Schema.Struct({ granted: Schema.Int, expires: Schema.Int })),
  expires: Schema.optionalWith(Schema.Struct({ version: Count, at: Schema.Int }), { exact: true })
})

export interface EntryState extends Schema.Schema.Type<typeof EntryState> {}

export const nothing: EntryState = { version: 0, value: null, fence: 0, lease: null }

/** The state at a time: a value whose time is over counts as removed. */
export const stateAt = (state: EntryState, now: number): EntryState =>
  state.value !== null && state.expires?.version === state.version && now >= state.expires.at ? { ...state, value: null } : state

/** When a value that is written now ends, or none if it does not end. */
export const endOf = (timeToLive: Duration.Duration | undefined, now: number): number | undefined => {
  const end = timeToLive === undefined ? Number.POSITIVE_INFINITY : now + Math.ceil(Duration.toMillis(timeToLive))
  return Number.isSafeInteger(end) ? end : undefined
}

/** Whether somebody holds the lease. It also ends when it began further in the future than it lasts: then the clock was set back. */
export const isLeased = ({ lease }: EntryState, now: number): boolean =>
  lease !== null && now < lease.expires && lease.granted - now <= lease.expires - lease.granted

const magic = "effect-dintero token-store "
const format = "1"

/** Larger files are not read, since an entry has only a few tokens. */
export const maximumBytes = 4 * 1024 * 1024

export const encode = (state: EntryState): Uint8Array => {
  const body = JSON.stringify(state)
  return new TextEncoder().encode(`${magic}${format} ${crc32(body)}\n${body}`)
}

/** The message shows the path, and never the content of the file. */
export const unreadable = (path: string, what: string): TokenStoreError =>
  new TokenStoreError({
    reason: "unreadable",
    message: `${path} ${what}. It was not changed. Restore its folder from a copy, or log in again to replace it.`
  })

const foreign = (path: string, what: string): TokenStoreError =>
  new TokenStoreError({ reason: "foreign", message: `${path} ${what}. It was not changed.` })

const isState = Schema.is(EntryState)

const stateOf = (body: string): EntryState | undefined => {
  try {
    const json: unknown = JSON.parse(body)
    return isState(json) ? json : undefined
  } catch {
    return undefined
  }
}

export const decode = (path: string, bytes: Uint8Array): Either.Either<EntryState, TokenStoreError> => {
  if (bytes.length === 0) return Either.left(unreadable(path, "is empty"))
  // Not fatal: a text that is not UTF-8 does not fit the checksum, and its first words can still be compared.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
  const cut = unreadable(path, "is damaged or was cut short")
  if (!text.startsWith(magic)) {
    // Some file systems leave zeros in a file when the power fails.
    const isDamaged = magic.startsWith(text) || /^\0+$/.test(text) || isDamagedFormat(text.slice(0, magic.length), magic)
    return Either.left(isDamaged ? cut : foreign(path, "was not written by effect-dintero"))
  }
  const header = /^([0-9]{1,9}) ([0-9a-f]{8})\n/.exec(text.slice(magic.length))
  const number = /^([0-9]{1,9}) /.exec(text.slice(magic.length))?.[1]
  if (number !== undefined && number !== format) {
    return Either.left(
      foreign(path, `has the format ${number}, and this release of effect-dintero knows ${format}: update effect-dintero`)
    )
  }
  const body = header === null ? undefined : text.slice(magic.length + header[0].length)
  const state = body !== undefined && crc32(body) === header?.[2] ? stateOf(body) : undefined
  return state === undefined ? Either.left(cut) : Either.right(state)
}
