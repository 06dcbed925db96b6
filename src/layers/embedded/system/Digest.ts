/**
 * What is stored of a secret that a machine made.
 *
 * Such a secret has 256 random bits, so nobody can try its values one after the other, and one fast hash protects it
 * as well as a slow one would. (What people choose goes through `PasswordHashing`.)
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

/** Of a token: the lookup key of its row. Unsalted, since equal tokens have to meet. */
export const ofToken = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex")

const ofSecret = (secret: string, salt: Uint8Array): Buffer => createHash("sha256").update(salt).update(secret, "utf8").digest()

/** Of a client's secret: `$sha256$salt$digest`. The salt hides that two clients share a secret. */
export const ofClientSecret = (secret: string, salt: Uint8Array): string =>
  `$sha256$${Buffer.from(salt).toString("base64")}$${ofSecret(secret, salt).toString("base64")}`

/** No secret is known that has this digest; comparing with it takes as long as with any other. */
const nobody = ofClientSecret("", new Uint8Array(16)).replace(/[^$]+$/, Buffer.alloc(32).toString("base64"))

/** In constant time, and in the same time when there is nothing to compare with. */
export const isClientSecret = (secret: string, stored: string | undefined): boolean => {
  const [, , salt = "", digest = ""] = (stored ?? nobody).split("$")
  const expected = Buffer.from(digest, "base64")
  const actual = ofSecret(secret, Buffer.from(salt, "base64"))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/**
 * What a token has for its successor: its HMAC-SHA-256 of a nonce, as long as a random token. With the nonce alone, and with the token
 * alone, it is as hard to guess.
 */
export const successorOf = (token: string, nonce: string): string =>
  createHmac("sha256", token).update(nonce, "utf8").digest("base64url")

/**
 * Of a one-time code: its HMAC-SHA-256 under the `oob_code` of its challenge. There are but a million codes, so a hash of one alone
 * would be guessed at once; the key is as long as a token and is stored nowhere.
 */
export const ofCode = (oobCode: string, code: string): string => createHmac("sha256", oobCode).update(code, "utf8").digest("hex")

/** No code is known that has this HMAC. */
const noCode = Buffer.alloc(32).toString("hex")

/** In constant time, and in the same time when there is nothing to compare with. */
export const isCode = (oobCode: string, code: string, stored: string | undefined): boolean => {
  const expected = Buffer.from(stored ?? noCode, "hex")
  const actual = Buffer.from(ofCode(oobCode, code), "hex")
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
