/**
 * The RSA keys that sign access tokens.
 *
 * Generating a key takes 70 to 320 ms, so nothing waits for it before the first token. The key is stored in the database, so that tokens stay
 * valid after a restart on the same file.
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
import { publicTestKey } from "./PublicTestKey.js"
import * as Tables from "./Tables.js"

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface SigningKeysService {
  /** The key of new tokens. */
  readonly current: Effect.Effect<SigningKey, SqlError>
  readonly find: (kid: string) => Effect.Effect<Option.Option<SigningKey>, SqlError>
  /** All keys that can verify a token, the newest first. */
  readonly all: Effect.Effect<ReadonlyArray<SigningKey>, SqlError>
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

const keys = Table.select(Tables.signingKeys, "kid", "private_key")

export const make = (source: KeySource) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy
    const parsed = new Map<string, SigningKey>()

    const parse = (row: { readonly kid: string; readonly private_key: string }): SigningKey => {
      const known = parsed.get(row.kid)
      if (known !== undefined) return known
      const { privateKey, publicKey } = read(row.private_key)
      const key = { kid: row.kid, privateKey, publicKey }
      parsed.set(row.kid, key)
      return key
    }

    // A file of a reproducible system has a key that everybody knows. Another system does not use it, and makes a key of its own.
    const usable = source === reproducible ? sql`` : sql`WHERE private_key <> ${publicTestKey}`
    const all = Effect.map(keys.from(sql, sql`${usable} ORDER BY created_at DESC, kid`), (rows) => rows.map(parse))

    const add = Effect.gen(function* () {
      const privateKey = yield* Effect.promise(source)
      const kid = Buffer.from(yield* entropy.bytes(20)).toString("hex")
      yield* sql.withTransaction(
        Effect.gen(function* () {
          // Another process on the same database may have been faster. Then both use its key.
          if ((yield* all).length > 0) return
          yield* Table.insert(sql, Tables.signingKeys, {
            kid,
            private_key: privateKey,
            created_at: yield* Clock.currentTimeMillis
          })
        })
      )
      return yield* all
    })

    let current: SigningKey | undefined
    const permit = yield* Effect.makeSemaphore(1)

    return {
      all,
      current: Effect.suspend(() => {
        if (current !== undefined) return Effect.succeed(current)
        // One of the first requests makes the key, and the others wait. If that request is interrupted, the next one makes it.
        return Effect.flatMap(all, (keys) => (keys.length > 0 ? Effect.succeed(keys) : add)).pipe(
          Effect.map(([newest]) => {
            if (newest === undefined) throw new Error("A signing key that was stored is gone")
            current = newest
            return newest
          }),
          permit.withPermits(1)
        )
      }),
      find: (kid) =>
        Effect.suspend(() => {
          const known = parsed.get(kid)
          return known === undefined
            ? Effect.map(all, (keys) => Option.fromNullable(keys.find((key) => key.kid === kid)))
            : Effect.succeed(Option.some(known))
        })
    } satisfies SigningKeysService
  })
