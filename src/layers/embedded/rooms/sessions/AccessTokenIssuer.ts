/**
 * Issues and verifies access tokens: JWTs that are signed with RS256 and have the claims of recorded traffic.
 */

import { type KeyObject, verify } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import * as Audience from "../clients/Audience.js"
import type { Principal } from "../Principal.js"
import * as Jwt from "../signing/Jwt.js"
import { type SigningKey, SigningKeys } from "../signing/SigningKeys.js"
import type { TokenContent } from "./StoredTokens.js"

/**
 * `scopes`: separated by spaces.
 *
 * Recorded traffic only has tokens of API clients. Tokens of customers have three more claims (assumed: customer-token-claims): `jti`,
 * `effect_dintero_client`, the API client for which the token was made, and `effect_dintero_customer`, the `id` of the customer. The tokens of an auth
 * user that is linked to no customer have the user's `id` there and as their `sub`, so that they reach no customer who gets it as a `customer_id`.
 * In a client's own token, its `sub` is the client.
 *
 * An exchange token has `effect_dintero_partner`, the account of the partner, and no scopes (assumed: exchange-token). It is for the account of
 * the merchant, and its `sub` is the partner's client.
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
  effect_dintero_client: Schema.optionalWith(Schema.String, { exact: true }),
  effect_dintero_customer: Schema.optionalWith(Schema.String, { exact: true }),
  effect_dintero_partner: Schema.optionalWith(Schema.String, { exact: true })
})

/** The claims of earlier releases of this package. Their tokens stay valid until they expire. */
const EarlierClaims = Schema.Struct({
  aud: Schema.String,
  sub: Schema.String,
  scope: Schema.String,
  client_id: Schema.String,
  iat: Schema.Number,
  exp: Schema.Number,
  nbf: Schema.optionalWith(Schema.Number, { exact: true })
})

export type Verification =
  | { readonly _tag: "Valid"; readonly principal: Principal }
  /** `partner`: the account of the partner, whose client the principal is. */
  | { readonly _tag: "Exchange"; readonly principal: Principal; readonly partner: string }
  | { readonly _tag: "Expired"; readonly at: number }
  | { readonly _tag: "Invalid" }

const invalid: Verification = { _tag: "Invalid" }

/** The client of a partner, and the merchant for whose account it gets a token. */
export interface Exchange {
  readonly partner: string
  readonly clientId: string
  readonly merchant: string
}

export interface AccessTokenIssuerService {
  /** `lifetime` is in seconds. `now`: the time, if a result that needs no wait may be there before the effect is run. */
  readonly issue: (session: TokenContent, lifetime: number, now?: number) => Effect.Effect<Redacted.Redacted, SqlError>
  /** A token for the account of a merchant, with which the partner's client gets an access token for that account. */
  readonly issueExchange: (exchange: Exchange, lifetime: number) => Effect.Effect<Redacted.Redacted, SqlError>
  /** `now` as for `issue`. */
  readonly verify: (token: string, now?: number) => Effect.Effect<Verification, SqlError>
  /**
   * Whether {@link verify} would say at this time that the token is valid, as far as that is known at once. `false` says nothing about the token.
   */
  readonly isValid: (token: string, now: number) => boolean
  /** Whether the `customer_id` of a token has passed to another customer since the token was issued. */
  readonly isPassedOn: (accountId: string, principal: Principal) => Effect.Effect<boolean, SqlError>
}

export class AccessTokenIssuer extends Context.Tag("effect-dintero/embedded/AccessTokenIssuer")<
  AccessTokenIssuer,
  AccessTokenIssuerService
>() {}

/** The clock of another process may be ahead by this much. */
const toleranceSeconds = 60

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

const parse = (segment: string): unknown => Option.getOrUndefined(decodeJson(Buffer.from(segment, "base64url").toString("utf8")))

// No other algorithm is accepted: neither "none", nor an HMAC, whose key would be the public key. Extensions (`crit`) are not accepted either.
const isHeader = Schema.is(
  Schema.Struct({
    alg: Schema.Literal("RS256"),
    kid: Schema.String,
    crit: Schema.optionalWith(Schema.Never, { exact: true })
  })
)

const decodeIds = Table.decodeRows(Schema.Struct({ id: Schema.String }))

const isClaims = Schema.is(Claims)
const isEarlier = Schema.is(EarlierClaims)

interface Read {
  readonly principal: Principal
  readonly partner?: string | undefined
  readonly iat: number
  readonly exp: number
  readonly nbf: number
}

const read = (claims: unknown): Read | undefined => {
  if (isClaims(claims)) {
    const { aud, effect_dintero_client, effect_dintero_customer, effect_dintero_partner, exp, iat, scopes, sub } = claims
    return {
      principal: {
        clientId: effect_dintero_client ?? sub,
        subject: sub,
        audience: aud,
        scopes: new Set(scopes.split(" ")),
        ...(effect_dintero_customer === undefined ? {} : { customer: effect_dintero_customer })
      },
      partner: effect_dintero_partner,
      iat,
      exp,
      nbf: iat
    }
  }
  if (isEarlier(claims)) {
    const { aud, client_id, exp, iat, nbf, scope, sub } = claims
    return {
      principal: { clientId: client_id, subject: sub, audience: aud, scopes: new Set(scope.split(" ")) },
      iat,
      exp,
      nbf: nbf ?? iat
    }
  }
  return undefined
}

const shape = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** The key that a token names. `undefined` when it is no token of this kind. */
const kidOf = (token: string): string | undefined => {
  const header = parse(shape.exec(token)?.[1] ?? "")
  // The `kid` has the host before it. In tokens of earlier releases it has not.
  return isHeader(header) ? header.kid.slice(header.kid.lastIndexOf("/") + 1) : undefined
}

/** What a token says. `undefined` when the key has not signed it. */
const signedBy = (publicKey: KeyObject, token: string): Read | undefined => {
  const [, header = "", payload = "", signature = ""] = shape.exec(token) ?? []
  // The last character of a signature has unused bits. Only the form with zero bits is accepted.
  if (Buffer.from(signature, "base64url").toString("base64url") !== signature) return undefined
  return verify(Jwt.algorithm, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"))
    ? read(parse(payload))
    : undefined
}

/** How many tokens are remembered, so that their signature is verified once. */
const mostVerified = 1_000

/** The customer for whom a token was issued, which is not verified. `undefined` for the token of an API client. */
export const customerIn = (token: string): string | undefined => {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")
  // Both kinds of claims name the client of a token that is another's. A new token for a client is not read as a whole.
  if (!payload.includes(`"effect_dintero_client"`) && !payload.includes(`"client_id"`)) return undefined
  const principal = read(Option.getOrUndefined(decodeJson(payload)))?.principal
  return principal === undefined || principal.subject === principal.clientId ? undefined : principal.subject
}

export const make = Effect.gen(function* () {
  const keys = yield* SigningKeys
  const entropy = yield* Entropy
  const sql = yield* SqlClient.SqlClient
  /** By the whole text of a token. What a text says, and whether a key has signed it, never changes. */
  const verified = new Map<string, { readonly kid: string; readonly publicKey: KeyObject; readonly found: Read }>()

  /** The `id` of the customer who has this `customer_id` now. */
  const idOf = (account: string, customerId: string) =>
    Effect.map(
      decodeIds(
        sql`SELECT id FROM customers WHERE account_id = ${account} AND customer_id = ${customerId} AND deleted_at IS NULL`
      ),
      ([found]) => found?.id
    )

  /** What a token that a key has signed says at a time. */
  const at = (token: string, { exp, iat, nbf, partner, principal }: Read, millis: number): Verification => {
    const now = millis / 1000
    if (iat > now + toleranceSeconds || nbf > now + toleranceSeconds) return invalid
    if (exp <= now) {
      verified.delete(token)
      return { _tag: "Expired", at: exp }
    }
    return partner === undefined ? { _tag: "Valid", principal } : { _tag: "Exchange", principal, partner }
  }

  const issuedBy = (
    key: SigningKey,
    { aud, scopes, sub, ...own }: Omit<typeof Claims.Type, "iss" | "version" | "iat" | "exp">,
    lifetime: number,
    now: number
  ): Redacted.Redacted => {
    const iat = Math.floor(now / 1000)
    const whole: typeof Claims.Type = { iss: Audience.issuer, aud, sub, scopes, version: 2, iat, exp: iat + lifetime, ...own }
    return Redacted.make(Jwt.signed(key, whole))
  }

  const signed = (claims: Omit<typeof Claims.Type, "iss" | "version" | "iat" | "exp">, lifetime: number) =>
    Effect.zipWith(keys.current, Clock.currentTimeMillis, (key, now) => issuedBy(key, claims, lifetime, now))

  return {
    issue: ({ audience, authUser, clientId, isClient, scopes, subject }, lifetime, now) => {
      const key = now !== undefined && isClient === true ? keys.knownCurrent(now) : undefined
      const account = Audience.accountOf(audience)
      if (now !== undefined && key !== undefined) {
        const aud = account === undefined ? audience : Audience.inToken(account)
        return Exit.succeed(issuedBy(key, { aud, sub: subject, scopes: scopes.join(" ") }, lifetime, now))
      }
      return Effect.gen(function* () {
        const customer =
          account === undefined || isClient === true ? undefined : authUser === subject ? authUser : yield* idOf(account, subject)
        return yield* signed(
          {
            aud: account === undefined ? audience : Audience.inToken(account),
            sub: subject,
            scopes: scopes.join(" "),
            ...(isClient === true ? {} : { jti: yield* entropy.uuid, effect_dintero_client: clientId }),
            ...(customer === undefined ? {} : { effect_dintero_customer: customer })
          },
          lifetime
        )
      })
    },
    issueExchange: ({ clientId, merchant, partner }, lifetime) =>
      signed({ aud: Audience.inToken(merchant), sub: clientId, scopes: "", effect_dintero_partner: partner }, lifetime),
    isPassedOn: (accountId, { customer, subject }) =>
      customer === undefined
        ? Effect.succeed(false)
        : Effect.map(idOf(accountId, subject), (id) => id !== undefined && id !== customer),
    isValid: (token, now) => {
      const known = verified.get(token)
      if (known === undefined || known.found.partner !== undefined) return false
      const { exp, iat, nbf } = known.found
      const latest = now / 1000 + toleranceSeconds
      return iat <= latest && nbf <= latest && exp > now / 1000 && keys.known(known.kid, now)?.publicKey === known.publicKey
    },
    verify: (token, now) => {
      const known = verified.get(token)
      if (now !== undefined && known !== undefined && keys.known(known.kid, now)?.publicKey === known.publicKey) {
        return Exit.succeed(at(token, known.found, now))
      }
      const kid = known?.kid ?? kidOf(token)
      if (kid === undefined) return Effect.succeed(invalid)
      // Asked for each request: the key may be retired, and the clock may be moved.
      return Effect.flatMap(keys.find(kid), (key) => {
        if (Option.isNone(key)) {
          verified.delete(token)
          return Effect.succeed(invalid)
        }
        const { publicKey } = key.value
        const found = known?.publicKey === publicKey ? known.found : signedBy(publicKey, token)
        if (found === undefined) return Effect.succeed(invalid)
        return Effect.map(Clock.currentTimeMillis, (now) => {
          const verification = at(token, found, now)
          if ((verification._tag === "Valid" || verification._tag === "Exchange") && known?.found !== found) {
            if (verified.size >= mostVerified) verified.clear()
            verified.set(token, { kid, publicKey, found })
          }
          return verification
        })
      })
    }
  } satisfies AccessTokenIssuerService
})
