/**
 * Digests of generated secrets.
 *
 * Such a secret has 256 random bits, so its value cannot be found by trial, and a fast hash protects it as well as a slow one. (Secrets that
 * people choose are hashed by `PasswordHashing`.)
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

/** The digest of a token. Its row is found by the digest, so there is no salt. */
export const ofToken = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex")

/** Compares a token with its digest, in a time that does not depend on either. `false` without a digest. */
export const isToken = (token: string, digest: string | undefined): boolean =>
  timingSafeEqual(Buffer.from(ofToken(token), "hex"), Buffer.from(digest ?? noToken, "hex"))

/** No known token has this digest. */
const noToken = Buffer.alloc(32).toString("hex")

const ofSecret = (secret: string, salt: Uint8Array): Buffer => createHash("sha256").update(salt).update(secret, "utf8").digest()

/** The digest of a client's secret: `$sha256$salt$digest`. The salt hides that two clients have the same secret. */
export const ofClientSecret = (secret: string, salt: Uint8Array): string =>
  `$sha256$${Buffer.from(salt).toString("base64")}$${ofSecret(secret, salt).toString("base64")}`

/** No known secret has this digest. A comparison with it takes as long as any other. */
const noSecret = ofClientSecret("", new Uint8Array(16)).replace(/[^$]+$/, Buffer.alloc(32).toString("base64"))

/** Compares in constant time, which is the same without a stored value. */
export const isClientSecret = (secret: string, stored: string | undefined): boolean => {
  const [, , salt = "", digest = ""] = (stored ?? noSecret).split("$")
  const expected = Buffer.from(digest, "base64")
  const actual = ofSecret(secret, Buffer.from(salt, "base64"))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/**
 * The successor of a token: the HMAC-SHA-256 of a nonce, with the token as the key. It is as long as a random token, and as hard to guess with
 * only the nonce or only the token.
 */
export const successorOf = (token: string, nonce: string): string =>
  createHmac("sha256", token).update(nonce, "utf8").digest("base64url")

/**
 * Six digits: the HMAC-SHA-256 of a nonce, with the id of a session as the key, modulo a million. Of 48 bits, every code is as likely as any
 * other to nine digits.
 */
export const sixDigitsOf = (session: string, nonce: string): string =>
  String(createHmac("sha256", session).update(nonce, "utf8").digest().readUIntBE(0, 6) % 1_000_000).padStart(6, "0")

/**
 * The HMAC-SHA-256 of a one-time code, with the `oob_code` of its challenge as the key. There are only a million codes, so a plain hash could be
 * reversed at once. The key is as long as a token and is never stored.
 */
export const ofCode = (oobCode: string, code: string): string => createHmac("sha256", oobCode).update(code, "utf8").digest("hex")

/** No known code has this HMAC. */
const noCode = Buffer.alloc(32).toString("hex")

/** Compares in constant time, which is the same without a stored value. */
export const isCode = (oobCode: string, code: string, stored: string | undefined): boolean => {
  const expected = Buffer.from(stored ?? noCode, "hex")
  const actual = Buffer.from(ofCode(oobCode, code), "hex")
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
