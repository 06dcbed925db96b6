/**
 * The rotation and the lifetime of refresh tokens. The service's own rules are not documented
 * (assumed: refresh-token-rotation, refresh-token-life, refresh-token-reuse).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * What happens when a refresh token is used. With every rotation but `none`, a refresh returns another refresh token, the successor. A
 * request with a used token then ends the session: all of its refresh tokens are revoked, since the token must have been stolen (RFC 9700,
 * 4.14.2). No token has two successors, however many refreshes run at the same time.
 *
 * - `none`: there are no successors. A refresh token can be used any number of times.
 * - `strict`: a token is used after one refresh. Of several concurrent refreshes one succeeds, and the others end the session, with the new
 *   successor. A client that does not receive the response has lost the session too.
 * - `grace`: a token stays valid for a time after its first use. Every refresh in that time returns the same successor.
 * - `until-used`: a token stays valid until its successor is used for the first time. Until then every refresh returns the same successor. A
 *   client that crashed, or did not receive the response, tries again and loses nothing. FAPI 2.0 finds only this rotation safe.
 *
 * @since 0.1.0
 * @category models
 */
export type Rotation = "none" | "strict" | "grace" | "until-used"

/**
 * - `rotation`: `none` by default (assumed: refresh-token-rotation)
 * - `grace`: with the rotation `grace`, the time for which a token stays valid after its first use. 30 seconds by default.
 * - `absoluteLifetime`: the time for which a session can be refreshed, from its login on. Unlimited by default.
 * - `idleLifetime`: the time for which an unused token is valid. It starts at the login or refresh that issued the token, and starts again at
 *   each refresh that uses or returns the token. Unlimited by default.
 *
 * The rules of the running system also apply to tokens that its database has already.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly rotation?: Rotation | undefined
  readonly grace?: Duration.DurationInput | undefined
  readonly absoluteLifetime?: Duration.DurationInput | undefined
  readonly idleLifetime?: Duration.DurationInput | undefined
}

/**
 * The times are in milliseconds. A time without end is `Infinity`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshTokenRules {
  readonly rotation: Rotation
  readonly grace: number
  readonly absoluteLifetime: number
  readonly idleLifetime: number
}

const rotations: ReadonlyArray<string> = ["none", "strict", "grace", "until-used"] satisfies ReadonlyArray<Rotation>

const millis = (field: keyof Options, given: Duration.DurationInput | undefined, otherwise: number): number => {
  if (given === undefined) return otherwise
  const duration = Duration.decodeUnknown(given)
  if (Option.isNone(duration)) {
    throw new RangeError(`refreshTokens.${field}: that is not a duration. Write one as "30 days", or in milliseconds.`)
  }
  return Duration.toMillis(duration.value)
}

/**
 * The rules with their defaults. Throws a `RangeError` when an option cannot work. Its message names the field and says what to give.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): RefreshTokenRules => {
  const { absoluteLifetime, grace, idleLifetime, rotation = "none" } = options
  if (!rotations.includes(rotation)) {
    throw new RangeError(`refreshTokens.rotation: there is no such rotation. Give one of ${rotations.join(", ")}.`)
  }
  return {
    rotation,
    grace: millis("grace", grace, 30_000),
    absoluteLifetime: millis("absoluteLifetime", absoluteLifetime, Number.POSITIVE_INFINITY),
    idleLifetime: millis("idleLifetime", idleLifetime, Number.POSITIVE_INFINITY)
  }
}
