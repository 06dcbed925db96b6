/**
 * Verifies the ID tokens of users whom another issuer has signed in.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { JWTVerifyGetKey } from "jose"
import type { IssuerKeys } from "../accounts/IssuerKeys.js"
import { missingPackage } from "./Missing.js"
import * as Outgoing from "./Outgoing.js"

/** Why a token is refused, in words that have nothing of the token in them. */
export type Reason = string

export interface ForeignTokensService {
  /** The email in a valid ID token. */
  readonly emailIn: (keys: IssuerKeys, token: string) => Effect.Effect<Either.Either<string, Reason>>
}

export class ForeignTokens extends Context.Tag("effect-dintero/embedded/ForeignTokens")<ForeignTokens, ForeignTokensService>() {}

/** Neither `none` nor an HMAC: its key would have to be as secret as a password. */
const algorithms = ["RS256", "ES256"]

/** The clocks of two machines differ. */
const toleranceSeconds = 60

/** How long fetched keys are kept, and how long an unknown `kid` fetches no others. */
const keptMillis = 5 * 60_000
const cooldownMillis = 10_000

const isClaims = Schema.is(
  Schema.Struct({
    email: Schema.NonEmptyString,
    // An issuer that says nothing about it was chosen by the account.
    email_verified: Schema.optionalWith(Schema.Literal(true), { exact: true })
  })
)

const reasonOf = (error: unknown): Reason => {
  const code = Predicate.hasProperty(error, "code") ? error.code : undefined
  if (code === "ERR_JWT_EXPIRED") return "it has expired"
  // The library has a constant for each reason.
  if (typeof code === "string" && /^ERR_J[A-Z_]+$/.test(code)) return code
  if (error instanceof Outgoing.Refused) return `the keys of its issuer could not be read: ${error.message}`
  return missingPackage(error) ?? "the keys of its issuer could not be fetched"
}

export const make = Effect.sync(() => {
  const remote = new Map<string, JWTVerifyGetKey>()

  const keysOf = async (keys: IssuerKeys): Promise<JWTVerifyGetKey> => {
    const { createLocalJWKSet, createRemoteJWKSet, customFetch } = await import("jose")
    if ("keys" in keys) return createLocalJWKSet({ keys: [...keys.keys] })
    const known = remote.get(keys.uri)
    if (known !== undefined) return known
    const fetched = createRemoteJWKSet(new URL(keys.uri), {
      cacheMaxAge: keptMillis,
      cooldownDuration: cooldownMillis,
      timeoutDuration: Outgoing.patience,
      [customFetch]: Outgoing.fetchFrom(keys.uri)
    })
    remote.set(keys.uri, fetched)
    return fetched
  }

  return {
    emailIn: (keys, token) =>
      Effect.gen(function* () {
        // Unlike the answer of a provider, a token is older than the request that has it. So it expires by the clock of the system.
        const now = yield* Clock.currentTimeMillis
        return yield* Effect.tryPromise({
          try: async () => {
            const { jwtVerify } = await import("jose")
            return await jwtVerify(token, await keysOf(keys), {
              algorithms,
              requiredClaims: ["exp", "sub"],
              clockTolerance: toleranceSeconds,
              currentDate: new Date(now),
              ...(keys.issuer === undefined ? {} : { issuer: keys.issuer }),
              ...(keys.audience === undefined ? {} : { audience: keys.audience })
            })
          },
          catch: reasonOf
        }).pipe(
          Effect.map(({ payload }) =>
            isClaims(payload) ? Either.right(payload.email) : Either.left("it has no email, or one that is not verified")
          ),
          Effect.catchAll((reason) => Effect.succeed(Either.left(reason)))
        )
      })
  } satisfies ForeignTokensService
})
