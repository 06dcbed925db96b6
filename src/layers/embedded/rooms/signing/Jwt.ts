/**
 * Signed tokens: JWTs with RS256 (RFC 7519).
 */
import { sign } from "node:crypto"
import * as Audience from "../clients/Audience.js"
import type { SigningKey } from "./SigningKeys.js"

export const algorithm = "RSA-SHA256"

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url")

/** The header of all tokens of a key. */
const headers = new WeakMap<SigningKey, string>()

/** It has the form of recorded traffic. */
const headerOf = (key: SigningKey): string => {
  const known = headers.get(key)
  if (known !== undefined) return known
  const header = segment({ alg: "RS256", typ: "JWT", kid: `${Audience.keyPrefix}${key.kid}` })
  headers.set(key, header)
  return header
}

export const signed = (key: SigningKey, claims: object): string => {
  const content = `${headerOf(key)}.${segment(claims)}`
  return `${content}.${sign(algorithm, Buffer.from(content), key.privateKey).toString("base64url")}`
}
