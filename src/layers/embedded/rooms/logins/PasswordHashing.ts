/**
 * Hashes passwords and pins with scrypt, as PHC strings.
 *
 * @since 0.1.0
 */

import { timingSafeEqual } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Entropy } from "../../system/Entropy.js"
import * as HashingThreads from "./HashingThreads.js"

/**
 * The parameters of scrypt: `costLog2` is log2 of N, then r and p. One hash takes `128 * 2^costLog2 * blockSize` bytes of memory.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordHashing {
  readonly costLog2: number
  readonly blockSize: number
  readonly parallelization: number
}

/**
 * N = 2^15, r = 8, p = 3: about 200 ms and 32 MiB for each hash. Source: OWASP ASVS 5.0, appendix C.
 *
 * @since 0.1.0
 * @category constructors
 */
export const secure: PasswordHashing = { costLog2: 15, blockSize: 8, parallelization: 3 }

/**
 * INSECURE, only for tests: well under a millisecond for each hash. Anyone who has the database can find the passwords.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fastForTests: PasswordHashing = { costLog2: 4, blockSize: 8, parallelization: 1 }

/**
 * @since 0.1.0
 * @category models
 */
export interface PasswordHasherService {
  /** A PHC string with a random salt: `$scrypt$ln=15,r=8,p=3$salt$hash`. A password of more than 1024 bytes is a defect. */
  readonly hash: (password: Redacted.Redacted) => Effect.Effect<string>
  /**
   * Whether the password is right. Computes exactly one hash in every case: also without a PHC string, for a malformed one, and for a
   * password that is too long. So the time does not tell which case it was.
   */
  readonly verify: (password: Redacted.Redacted, phc: Option.Option<string>) => Effect.Effect<boolean>
  /** Whether the hash was computed with less work than this service uses. */
  readonly isWeaker: (phc: string) => boolean
  /** The number of hashes that were computed so far. */
  readonly computations: Effect.Effect<number>
}

/**
 * @since 0.1.0
 * @category services
 */
export class PasswordHasher extends Context.Tag("effect-dintero/embedded/PasswordHasher")<
  PasswordHasher,
  PasswordHasherService
>() {}

interface Parsed {
  readonly parameters: PasswordHashing
  readonly salt: Buffer
  readonly hash: Buffer
}

const work = (self: PasswordHashing): number => 2 ** self.costLog2 * self.blockSize * self.parallelization

/** A stored string may need at most 256 MiB and 32 times the work of `secure`. A string that needs more is not accepted. */
const isAffordable = (self: PasswordHashing): boolean =>
  128 * 2 ** self.costLog2 * self.blockSize <= 2 ** 28 && work(self) <= 32 * work(secure)

const phcPattern = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const parse = (phc: string): Parsed | undefined => {
  const match = phcPattern.exec(phc)
  if (match === null) return undefined
  const [, costLog2, blockSize, parallelization, salt = "", hash = ""] = match
  const parameters = { costLog2: Number(costLog2), blockSize: Number(blockSize), parallelization: Number(parallelization) }
  return isAffordable(parameters)
    ? { parameters, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") }
    : undefined
}

/**
 * Whether the text is a PHC string of scrypt whose parameters are within the limits (256 MiB, and 32 times the work of {@link secure}).
 *
 * @since 0.1.0
 * @category guards
 */
export const isPhc = (text: string): boolean => parse(text) !== undefined

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")

/** More than any password of the API (255 characters). Hashing a megabyte would keep the server busy. */
const maximumBytes = 1024

/**
 * Whether a password has too many bytes to be hashed.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isTooLong = (password: Redacted.Redacted): boolean => Buffer.byteLength(Redacted.value(password)) > maximumBytes

const hashBytes = 32

/**
 * Makes a service, which counts its own hashes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (profile: PasswordHashing): Effect.Effect<PasswordHasherService, never, Entropy> =>
  Effect.gen(function* () {
    const entropy = yield* Entropy
    const dummySalt = yield* entropy.bytes(16)
    let computed = 0

    // Runs in another thread, so the event loop stays free.
    const derive = (password: string, salt: Uint8Array, parameters: PasswordHashing, length: number) =>
      Effect.suspend(() => {
        computed++
        const { blockSize, costLog2, parallelization } = parameters
        const N = 2 ** costLog2
        const options = { N, r: blockSize, p: parallelization, maxmem: 256 * blockSize * (N + parallelization) }
        return HashingThreads.derive({ password, salt, length, options }, { isLong: work(parameters) >= work(secure) / 8 })
      })

    return {
      hash: (password) =>
        Effect.gen(function* () {
          if (isTooLong(password)) return yield* Effect.dieMessage(`A password has at most ${maximumBytes} bytes`)
          const salt = yield* entropy.bytes(16)
          const key = yield* derive(Redacted.value(password), salt, profile, hashBytes)
          return `$scrypt$ln=${profile.costLog2},r=${profile.blockSize},p=${profile.parallelization}$${base64(salt)}$${base64(key)}`
        }),
      verify: (password, phc) =>
        Effect.gen(function* () {
          const text = Redacted.value(password)
          const parsed = phc._tag === "Some" ? parse(phc.value) : undefined
          if (parsed === undefined || isTooLong(password)) {
            yield* derive("", dummySalt, parsed?.parameters ?? profile, hashBytes)
            return false
          }
          const key = yield* derive(text, parsed.salt, parsed.parameters, parsed.hash.length)
          return timingSafeEqual(key, parsed.hash)
        }),
      isWeaker: (phc) => {
        const parsed = parse(phc)
        return parsed === undefined || work(parsed.parameters) < work(profile)
      },
      computations: Effect.sync(() => computed)
    }
  })
