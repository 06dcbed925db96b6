/**
 * The checks of the arguments that all stores share: a key must fit into a file name and a Redis key, and a lease must end.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { TokenStoreService, WriteOptions } from "../../services/TokenStore.js"

const keys = /^[A-Za-z0-9._-]{1,128}$/
const longestLease = Duration.toMillis("365 days")

/** More than 3,000 years, which is for ever, and still exact in milliseconds. */
const longestLife = 1e14

/** The time to live of a write in whole milliseconds. It is undefined for an entry that stays until it is removed. */
export const timeToLiveOf = (options: WriteOptions | undefined): number | undefined => {
  if (options?.timeToLive === undefined) return undefined
  const millis = Math.ceil(Duration.toMillis(options.timeToLive))
  return millis < longestLife ? millis : undefined
}

/** A store without these checks. It gets the duration of a lease as a whole number of milliseconds, at least 1. */
export interface Unchecked extends Omit<TokenStoreService, "lease"> {
  readonly lease: (key: string, millis: number) => ReturnType<TokenStoreService["lease"]>
}

/** The message does not show a wrong key: if a program passes a token by mistake, the token must not get into a log. */
const withKey = <A, E>(key: string, effect: () => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() =>
    keys.test(key)
      ? effect()
      : Effect.die(new RangeError("The key of a token store entry must have 1 to 128 characters of A-Z a-z 0-9 . _ -"))
  )

export const checked = (store: Unchecked): TokenStoreService => ({
  ...store,
  read: (key) => withKey(key, () => store.read(key)),
  write: (key, value, condition, options) => withKey(key, () => store.write(key, value, condition, options)),
  remove: (key, condition) => withKey(key, () => store.remove(key, condition)),
  lease: (key, duration) =>
    withKey(key, () => {
      const millis = Math.max(1, Math.ceil(Duration.toMillis(duration)))
      return millis <= longestLease
        ? store.lease(key, millis)
        : Effect.die(
            new RangeError("A lease of a token store lasts 365 days at most, since nobody can end the lease of a killed process")
          )
    }),
  release: (key, lease) => withKey(key, () => store.release(key, lease))
})
