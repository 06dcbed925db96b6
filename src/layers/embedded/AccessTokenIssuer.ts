/**
 * Access tokens: JWTs, signed with RS256 (API reference, 6.4; the claims are assumed: U12).
 */

import { sign, verify } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Audience from "./Audience.js"
import { Entropy } from "./Entropy.js"
import { SigningKeys } from "./SigningKeys.js"
import type { Session } from "./StoredTokens.js"

const Claims = Schema.Struct({
  iss: Schema.String,
  sub: Schema.String,
  aud: Schema.String,
  iat: Schema.Number,
  exp: Schema.Number,
  nbf: Schema.optionalWith(Schema.Number, { exact: true }),
  jti: Schema.String,
  /** Separated by spaces. */
  scope: Schema.String,
  client_id: Schema.String
})

export type Claims = typeof Claims.Type

export type Verification =
  | { readonly _tag: "Valid"; readonly claims: Claims }
  | { readonly _tag: "Expired" }
  | { readonly _tag: "Invalid" }

const invalid: Verification = { _tag: "Invalid" }
const expired: Verification = { _tag: "Expired" }

export interface AccessTokenIssuerService {
  /** `lifetime` is in seconds. */
  readonly issue: (session: Session, lifetime: number) => Effect.Effect<Redacted.Redacted, SqlError>
  readonly verify: (token: string) => Effect.Effect<Verification, SqlError>
}

export class AccessTokenIssuer extends Context.Tag("effect-dintero/embedded/AccessTokenIssuer")<
  AccessTokenIssuer,
  AccessTokenIssuerService
>() {}

const algorithm = "RSA-SHA256"

/** How far ahead the clock of another process may be. */
const toleranceSeconds = 60

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url")

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

const parse = (segment: string): unknown => Option.getOrUndefined(decodeJson(Buffer.from(segment, "base64url").toString("utf8")))

// No other algorithm, in particular neither "none" nor one whose key would be the public key; and no extension (`crit`).
const isHeader = Schema.is(
  Schema.Struct({
    alg: Schema.Literal("RS256"),
    kid: Schema.String,
    crit: Schema.optionalWith(Schema.Never, { exact: true })
  })
)

const isClaims = Schema.is(Claims)

export const make = Effect.gen(function* () {
  const keys = yield* SigningKeys
  const entropy = yield* Entropy
  return {
    issue: ({ accountId, audience, clientId, scopes, subject }, lifetime) =>
      Effect.gen(function* () {
        const { kid, privateKey } = yield* keys.current
        const iat = Math.floor((yield* Clock.currentTimeMillis) / 1000)
        const claims: Claims = {
          iss: Audience.issuerOf(accountId),
          sub: subject,
          aud: audience,
          iat,
          exp: iat + lifetime,
          jti: yield* entropy.uuid,
          scope: scopes.join(" "),
          client_id: clientId
        }
        const signed = `${segment({ alg: "RS256", typ: "JWT", kid })}.${segment(claims)}`
        const signature = sign(algorithm, Buffer.from(signed), privateKey)
        return Redacted.make(`${signed}.${signature.toString("base64url")}`)
      }),
    verify: (token) =>
      Effect.gen(function* () {
        const match = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token)
        if (match === null) return invalid
        const [, header = "", payload = "", signature = ""] = match
        const parsedHeader = parse(header)
        if (!isHeader(parsedHeader)) return invalid
        const key = yield* keys.find(parsedHeader.kid)
        if (Option.isNone(key)) return invalid
        const signed = Buffer.from(`${header}.${payload}`)
        // The last character has bits that mean nothing: only the one spelling of a signature is one.
        if (Buffer.from(signature, "base64url").toString("base64url") !== signature) return invalid
        if (!verify(algorithm, signed, key.value.publicKey, Buffer.from(signature, "base64url"))) return invalid
        const claims = parse(payload)
        if (!isClaims(claims)) return invalid
        const now = (yield* Clock.currentTimeMillis) / 1000
        if (claims.iat > now + toleranceSeconds || (claims.nbf ?? 0) > now + toleranceSeconds) return invalid
        return claims.exp > now ? { _tag: "Valid", claims } : expired
      })
  } satisfies AccessTokenIssuerService
})

export const layer: Layer.Layer<AccessTokenIssuer, never, SigningKeys | Entropy> = Layer.effect(AccessTokenIssuer, make)
