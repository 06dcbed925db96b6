/**
 * Signed tokens: JWTs with RS256 (RFC 7519).
 */
import { sign } from "node:crypto"
import * as Audience from "../clients/Audience.js"
import type { SigningKey } from "./SigningKeys.js"

export const algorithm = "RSA-SHA256"

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url")

/** The header has the form of recorded traffic. */
export const signed = ({ kid, privateKey }: SigningKey, claims: object): string => {
  const content = `${segment({ alg: "RS256", typ: "JWT", kid: `${Audience.keyPrefix}${kid}` })}.${segment(claims)}`
  return `${content}.${sign(algorithm, Buffer.from(content), privateKey).toString("base64url")}`
}
