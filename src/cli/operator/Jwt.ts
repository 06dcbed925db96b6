/**
 * Checks the signature of an access token with the public keys of the account.
 */
import { createPublicKey, verify as verifySignature } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Jwk } from "../../schemas/Jwk.js"
import { CommandFailed } from "../CommandFailed.js"

export interface Claims {
  readonly [name: string]: unknown
}

export interface Verified {
  readonly claims: Claims
  /** The `kid` of the key that verifies the token, as the list of keys spells it. */
  readonly kid: string
}

/** A `kid` in a token can have the host of the service before it (recorded traffic). */
export const bareKid = (kid: string): string => kid.slice(kid.lastIndexOf("/") + 1)

/** The example in the documentation has line breaks in `n`. */
const unbroken = (text: string): string => text.replace(/\s+/g, "")

export const publicKeyOf = ({ e, n }: Jwk) =>
  n === undefined || e === undefined
    ? Either.left(undefined)
    : Either.try({
        try: () => createPublicKey({ key: { kty: "RSA", n: unbroken(n), e: unbroken(e) }, format: "jwk" }),
        catch: () => undefined
      })

const refuse = (why: string): CommandFailed => new CommandFailed({ message: `The token cannot be trusted: ${why}` })

const objectOf = (segment: string): Claims | undefined =>
  Either.getOrUndefined(
    Either.try((): Claims | undefined => {
      const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"))
      return Predicate.isRecord(value) ? value : undefined
    })
  )

/**
 * Only RS256 is taken: an `alg` of `none`, or of a symmetric algorithm with the public key as its secret, is a forgery. Neither says when the
 * token expires: the caller compares `exp` with the time.
 */
export const verify = (token: string, keys: ReadonlyArray<Jwk>): Effect.Effect<Verified, CommandFailed> =>
  Effect.gen(function* () {
    const parts = token.split(".")
    const [first = "", second = "", third = ""] = parts
    const header = objectOf(first)
    const claims = objectOf(second)
    if (parts.length !== 3 || header === undefined || claims === undefined) return yield* refuse("it is not a JWT.")
    if (header.alg !== "RS256") return yield* refuse("it is not signed with RS256.")
    const named = typeof header.kid === "string" ? bareKid(header.kid) : undefined
    if (named === undefined) return yield* refuse("it does not name its key.")
    const key = keys.find(({ kid }) => kid !== undefined && bareKid(kid) === named)
    if (key?.kid === undefined) return yield* refuse("the account has no key of the name that it has.")
    const publicKey = publicKeyOf(key)
    if (Either.isLeft(publicKey)) return yield* refuse("its key is not an RSA key.")
    const isGenuine = verifySignature(
      "RSA-SHA256",
      Buffer.from(`${first}.${second}`),
      publicKey.right,
      Buffer.from(third, "base64url")
    )
    return isGenuine ? { claims, kid: key.kid } : yield* refuse("its signature is not of the key that it names.")
  })
