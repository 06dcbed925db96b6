/**
 * The RSA keys that sign access tokens.
 *
 * Generating a key takes 70 to 320 ms, so nothing waits for it before the first token. The key is stored in the database, so that tokens stay
 * valid after a restart on the same file.
 *
 * A rotation makes another key for new tokens. The key before it verifies its tokens until the last of them has expired, and is then removed.
 */

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { accounts } from "../accounts/Tables.js"
import { publicTestKey } from "./PublicTestKey.js"
import * as Tables from "./Tables.js"

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** In milliseconds: from then on the key verifies nothing. `null` for the key of new tokens. */
  readonly retiredAt: number | null
}

export interface SigningKeysService {
  /** The key of new tokens. */
  readonly current: Effect.Effect<SigningKey, SqlError>
  readonly find: (kid: string) => Effect.Effect<Option.Option<SigningKey>, SqlError>
  /** The same at this time, from what was read a moment ago. `undefined` says nothing about the key. */
  readonly known: (kid: string, now: number) => SigningKey | undefined
  /** The same for the key of new tokens. */
  readonly knownCurrent: (now: number) => SigningKey | undefined
  /** All keys that can verify a token, the newest first. */
  readonly all: Effect.Effect<ReadonlyArray<SigningKey>, SqlError>
  /** Makes another key for new tokens, and returns its `kid`. */
  readonly rotate: Effect.Effect<string, SqlError>
}

export class SigningKeys extends Context.Tag("effect-dintero/embedded/SigningKeys")<SigningKeys, SigningKeysService>() {}

/** Returns a private key, as PKCS #8 in PEM. */
export type KeySource = () => Promise<string>

/** Generates another key at each call. */
export const generated: KeySource = () =>
  new Promise((resolve, reject) =>
    generateKeyPair("rsa", { modulusLength: 2048 }, (error, _, privateKey) => {
      if (error === null) resolve(privateKey.export({ type: "pkcs8", format: "pem" }).toString())
      else reject(error)
    })
  )

let ofThisProcess: Promise<string> | undefined

/**
 * One key for all systems in memory, since a process can have hundreds of them and none of them outlives it. They still refuse each other's
 * tokens: each system has another `kid` for the key, and the signature of a token covers its `kid`.
 */
export const shared: KeySource = () => {
  ofThisProcess ??= generated().catch((error: unknown) => {
    ofThisProcess = undefined
    throw error
  })
  return ofThisProcess
}

/** INSECURE, for reproducible systems: the same key everywhere. RS256 is deterministic, so tokens with equal claims are equal too. */
export const reproducible: KeySource = () => Promise.resolve(publicTestKey)

let lastRead: { readonly pem: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined

/** Reading a key takes as long as signing with it, and the systems in memory share theirs. */
const read = (pem: string) => {
  if (lastRead?.pem !== pem) {
    const privateKey = createPrivateKey(pem)
    lastRead = { pem, privateKey, publicKey: createPublicKey(privateKey) }
  }
  return lastRead
}

const keys = Table.select(Tables.signingKeys, "kid", "private_key", "retired_at")
const lifetimes = Table.select(accounts, "access_token_lifetime")

/** In seconds, how long an ID token is valid: it is in a URL, and only has to reach the other site (assumed: id-token-content). */
export const idTokenLifetime = 10 * 60

/** How long a process may use what it has read, since another process on the same database can rotate the keys. */
const rereadAfter = 5_000

/** The clock of another process may be ahead by this much, and it may sign with the key before for `rereadAfter`. */
const tolerance = 60_000 + rereadAfter

export const make = (source: KeySource) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy

    // A file of a reproducible system has a key that everybody knows. Another system does not use it, and makes a key of its own.
    const usable = source === reproducible ? sql`TRUE` : sql`private_key <> ${publicTestKey}`
    const stored = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.map(
        keys.from(
          sql,
          sql`WHERE ${usable} AND (retired_at IS NULL OR retired_at > ${now}) ORDER BY retired_at IS NOT NULL, created_at DESC, kid`
        ),
        (rows) =>
          rows.map(({ kid, private_key, retired_at }): SigningKey => ({ kid, ...read(private_key), retiredAt: retired_at }))
      )
    )

    const insert = (privateKey: string) =>
      Effect.gen(function* () {
        const kid = Buffer.from(yield* entropy.bytes(20)).toString("hex")
        yield* Table.insert(sql, Tables.signingKeys, {
          kid,
          private_key: privateKey,
          created_at: yield* Clock.currentTimeMillis
        })
        return kid
      })

    const addFirst = Effect.gen(function* () {
      const privateKey = yield* Effect.promise(source)
      yield* sql.withTransaction(
        Effect.gen(function* () {
          // Another process on the same database may have been faster. Then both use its key.
          if (!(yield* stored).some(({ retiredAt }) => retiredAt === null)) yield* insert(privateKey)
        })
      )
      return yield* stored
    })

    let known: { readonly keys: ReadonlyArray<SigningKey>; readonly readAt: number } | undefined
    const permit = yield* Effect.makeSemaphore(1)

    const all = Effect.flatMap(stored, (keys) =>
      Effect.map(Clock.currentTimeMillis, (readAt) => {
        known = { keys, readAt }
        return keys
      })
    )

    const recentAt = (now: number): ReadonlyArray<SigningKey> | undefined =>
      known !== undefined && now >= known.readAt && now - known.readAt < rereadAfter ? known.keys : undefined

    /** The keys as they were at most {@link rereadAfter} ago. */
    const recent = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const keys = recentAt(now)
      return keys === undefined ? all : Effect.succeed(keys)
    })

    const isUsable = ({ retiredAt }: SigningKey, now: number): boolean => retiredAt === null || now < retiredAt

    const currentOf = (keys: ReadonlyArray<SigningKey>) => keys.find(({ retiredAt }) => retiredAt === null)

    /** One of the first requests makes the key, and the others wait. If that request is interrupted, the next one makes it. */
    const first = Effect.flatMap(all, (keys) =>
      currentOf(keys) === undefined ? Effect.zipRight(addFirst, all) : Effect.succeed(keys)
    ).pipe(
      Effect.flatMap((keys) =>
        Effect.fromNullable(currentOf(keys)).pipe(Effect.orElse(() => Effect.dieMessage("A signing key that was stored is gone")))
      ),
      permit.withPermits(1)
    )

    return {
      all,
      current: Effect.flatMap(recent, (keys) =>
        Option.match(Option.fromNullable(currentOf(keys)), { onNone: () => first, onSome: Effect.succeed })
      ),
      find: (kid) =>
        Effect.flatMap(recent, (keys) => {
          const known = keys.find((key) => key.kid === kid)
          const key = known === undefined ? Effect.map(all, (keys) => keys.find((key) => key.kid === kid)) : Effect.succeed(known)
          return Effect.zipWith(key, Clock.currentTimeMillis, (key, now) =>
            Option.filter(Option.fromNullable(key), (found) => isUsable(found, now))
          )
        }),
      knownCurrent: (now) => {
        const keys = recentAt(now)
        return keys && currentOf(keys)
      },
      known: (kid, now) => recentAt(now)?.find((key) => key.kid === kid && isUsable(key, now)),
      rotate: Effect.gen(function* () {
        // The systems in memory share their first key. A key that others have too would be no rotation.
        const privateKey = yield* Effect.promise(source === shared ? generated : source)
        const kid = yield* sql.withTransaction(
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            const [longest] = yield* lifetimes.from(sql, sql`ORDER BY access_token_lifetime DESC LIMIT 1`)
            const retiredAt = now + Math.max(longest?.access_token_lifetime ?? 0, idTokenLifetime) * 1000 + tolerance
            yield* sql`DELETE FROM signing_keys WHERE retired_at <= ${now}`
            yield* sql`UPDATE signing_keys SET retired_at = ${retiredAt} WHERE retired_at IS NULL`
            return yield* insert(privateKey)
          })
        )
        yield* all
        return kid
      })
    } satisfies SigningKeysService
  })
