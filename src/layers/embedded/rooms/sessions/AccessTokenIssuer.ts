/**
 * Access tokens: JWTs, signed with RS256, with the claims of recorded traffic.
 */

import { sign, verify } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Entropy } from "../../system/Entropy.js"
import * as Audience from "../clients/Audience.js"
import { SigningKeys } from "../signing/SigningKeys.js"
import type { Session } from "./StoredTokens.js"

/**
 * `scopes`: separated by spaces.
 *
 * Recorded traffic has tokens of API clients only. Those of customers have two claims more (assumed: customer-token-claims): `jti`, and a claim
 * of ours that says which API client the token was made for. For a client's own token that is its `sub`.
 */
const Claims = Schema.Struct({
  iss: Schema.String,
  aud: Schema.String,
  sub: Schema.String,
  scopes: Schema.String,
  version: Schema.Literal(2),
  iat: Schema.Number,
  exp: Schema.Number,
  jti: Schema.optionalWith(Schema.String, { exact: true }),
  effect_dintero_client: Schema.optionalWith(Schema.String, { exact: true })
})

/** Those that this package gave before it had seen recorded traffic. They are good until they expire. */
const EarlierClaims = Schema.Struct({
  aud: Schema.String,
  sub: Schema.String,
  scope: Schema.String,
  client_id: Schema.String,
  iat: Schema.Number,
  exp: Schema.Number,
  nbf: Schema.optionalWith(Schema.Number, { exact: true })
})

/** Whose token it is, for which API, and what it allows. */
export interface Verified {
  readonly clientId: string
  readonly subject: string
  readonly audience: string
  readonly scopes: ReadonlySet<string>
}

export type Verification =
  | { readonly _tag: "Valid"; readonly token: Verified }
  | { readonly _tag: "Expired"; readonly at: number }
  | { readonly _tag: "Invalid" }

const invalid: Verification = { _tag: "Invalid" }

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
const isEarlier = Schema.is(EarlierClaims)

type Read = Verified & { readonly iat: number; readonly exp: number; readonly nbf: number }

const read = (claims: unknown): Read | undefined => {
  if (isClaims(claims)) {
    const { aud, effect_dintero_client, exp, iat, scopes, sub } = claims
    return {
      clientId: effect_dintero_client ?? sub,
      subject: sub,
      audience: aud,
      scopes: new Set(scopes.split(" ")),
      iat,
      exp,
      nbf: iat
    }
  }
  if (isEarlier(claims)) {
    const { aud, client_id, exp, iat, nbf, scope, sub } = claims
    return { clientId: client_id, subject: sub, audience: aud, scopes: new Set(scope.split(" ")), iat, exp, nbf: nbf ?? iat }
  }
  return undefined
}

export const make = Effect.gen(function* () {
  const keys = yield* SigningKeys
  const entropy = yield* Entropy
  return {
    issue: ({ audience, clientId, scopes, subject }, lifetime) =>
      Effect.gen(function* () {
        const { kid, privateKey } = yield* keys.current
        const iat = Math.floor((yield* Clock.currentTimeMillis) / 1000)
        const account = Audience.accountOf(audience)
        const claims: typeof Claims.Type = {
          iss: Audience.issuer,
          aud: account === undefined ? audience : Audience.inToken(account),
          sub: subject,
          scopes: scopes.join(" "),
          version: 2,
          iat,
          exp: iat + lifetime,
          ...(clientId === subject ? {} : { jti: yield* entropy.uuid, effect_dintero_client: clientId })
        }
        const signed = `${segment({ alg: "RS256", typ: "JWT", kid: `${Audience.keyPrefix}${kid}` })}.${segment(claims)}`
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
        // With the host before it or without: tokens of earlier releases have the bare one.
        const key = yield* keys.find(parsedHeader.kid.slice(parsedHeader.kid.lastIndexOf("/") + 1))
        if (Option.isNone(key)) return invalid
        const signed = Buffer.from(`${header}.${payload}`)
        // The last character has bits that mean nothing: only the one spelling of a signature is one.
        if (Buffer.from(signature, "base64url").toString("base64url") !== signature) return invalid
        if (!verify(algorithm, signed, key.value.publicKey, Buffer.from(signature, "base64url"))) return invalid
        const found = read(parse(payload))
        if (found === undefined) return invalid
        const now = (yield* Clock.currentTimeMillis) / 1000
        if (found.iat > now + toleranceSeconds || found.nbf > now + toleranceSeconds) return invalid
        return found.exp > now ? { _tag: "Valid", token: found } : { _tag: "Expired", at: found.exp }
      })
  } satisfies AccessTokenIssuerService
})
