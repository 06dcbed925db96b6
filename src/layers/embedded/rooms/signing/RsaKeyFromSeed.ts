/**
 * INSECURE, for tests and demonstrations: an RSA key that is the same for the same seed. Whoever knows the seed has the key.
 *
 * It takes some 50 ms, in the thread pool of Node, like a random key. Which primes it has depends on the seed alone: their search
 * takes the candidates in their order, and whether one of them is prime is not random (but for an error of 2^-128).
 */
import { checkPrime, createPrivateKey } from "node:crypto"
import { promisify } from "node:util"
import * as SeededBytes from "../../system/SeededBytes.js"

const bits = 2048

const publicExponent = 65537

/** How many odd numbers after a starting point are looked at: the chance that none of them is prime is 1 in 100,000. */
const windowSize = 4096

/** The odd primes below 2^14. To sieve with more costs more than it saves. */
const smallPrimes: ReadonlyArray<number> = (() => {
  const limit = 2 ** 14
  const isComposite = new Uint8Array(limit)
  const primes: Array<number> = []
  for (let n = 3; n < limit; n += 2) {
    if (isComposite[n] === 1) continue
    primes.push(n)
    for (let multiple = n * n; multiple < limit; multiple += 2 * n) isComposite[multiple] = 1
  }
  return primes
})()

/** The other form of it blocks the event loop. */
const isPrime: (candidate: bigint) => Promise<boolean> = promisify(checkPrime)

const integerOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`)

/** Those of `start`, `start + 2`, … that no small prime divides. */
const sieve = (start: bigint): ReadonlyArray<bigint> => {
  const isComposite = new Uint8Array(windowSize)
  for (const prime of smallPrimes) {
    const remainder = Number(start % BigInt(prime))
    // The first i with start + 2i = 0 modulo the prime.
    const missing = (prime - remainder) % prime
    for (let i = (missing % 2 === 0 ? missing : missing + prime) / 2; i < windowSize; i += prime) isComposite[i] = 1
  }
  const candidates: Array<bigint> = []
  isComposite.forEach((composite, i) => {
    if (composite === 0) candidates.push(start + 2n * BigInt(i))
  })
  return candidates
}

/** The first prime after a starting point of the stream that goes with the public exponent. */
const nextPrime = async (next: SeededBytes.SeededBytes): Promise<bigint> => {
  while (true) {
    const half = bits / 2
    // The two highest bits are set, so that the product of two has all its bits.
    const start = (integerOf(next(half / 8)) & ((1n << BigInt(half - 2)) - 1n)) | (3n << BigInt(half - 2)) | 1n
    for (const candidate of sieve(start)) {
      // The exponent is prime itself, so this is their greatest common divisor being 1.
      if (candidate % BigInt(publicExponent) !== 1n && candidate >> BigInt(half) === 0n && (await isPrime(candidate))) {
        return candidate
      }
    }
  }
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** The inverse of `a` modulo `modulus`, which have no divisor in common. */
const inverse = (a: bigint, modulus: bigint): bigint => {
  let [remainder, nextRemainder] = [modulus, a % modulus]
  let [coefficient, nextCoefficient] = [0n, 1n]
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder
    ;[remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder]
    ;[coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient]
  }
  return ((coefficient % modulus) + modulus) % modulus
}

const base64url = (integer: bigint): string => {
  const hex = integer.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url")
}

const make = async (seed: string): Promise<string> => {
  const ofQ = SeededBytes.make(seed, "RSA q")
  const [first, second] = await Promise.all([nextPrime(SeededBytes.make(seed, "RSA p")), nextPrime(ofQ)])
  let other = second
  while (other === first) other = await nextPrime(ofQ)
  const [p, q] = first > other ? [first, other] : [other, first]
  const e = BigInt(publicExponent)
  const d = inverse(e, ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n))
  const key = {
    kty: "RSA",
    n: base64url(p * q),
    e: base64url(e),
    d: base64url(d),
    p: base64url(p),
    q: base64url(q),
    dp: base64url(d % (p - 1n)),
    dq: base64url(d % (q - 1n)),
    qi: base64url(inverse(q, p))
  }
  return createPrivateKey({ key, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString()
}

/** More seeds than one process works with at a time. */
const capacity = 16

const known = new Map<string, Promise<string>>()

/** PKCS #8 in PEM. Made once in a process for the seeds that were asked for last. */
export const fromSeed = (seed: string): Promise<string> => {
  const key =
    known.get(seed) ??
    make(seed).catch((error: unknown) => {
      known.delete(seed)
      throw error
    })
  // Last again, so that the first is the one that was not asked for the longest.
  known.delete(seed)
  known.set(seed, key)
  for (const oldest of known.keys()) {
    if (known.size <= capacity) break
    known.delete(oldest)
  }
  return key
}
