/**
 * What a refresh makes of a refresh token, and how long one is good. The service's own rules are not documented
 * (assumed: refresh-token-rotation, refresh-token-life, refresh-token-reuse).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * What follows when a refresh token is used. With every kind but `none` a refresh gives another refresh token, its successor, and
 * whoever presents a token that is used up ends the session: all of its refresh tokens are revoked, for one of the two who had it must
 * have stolen it (RFC 9700, 4.14.2). No token has two successors, however many refreshes come at the same time.
 *
 * - `none`: nothing. It can be used as often as one likes, and there are no successors.
 * - `strict`: it is used up at once. Of several refreshes at the same time one is answered; the others present a used token like any
 *   thief, so they end the session, with the successor that was just given. Who does not get the answer has lost the session too.
 * - `grace`: it stays good for a time after its first use, and every refresh in that time gets the same successor. After that it is
 *   used up.
 * - `until-used`: it stays good until its successor is used for the first time, and until then every refresh gets the same successor.
 *   A client that crashed, or whose answer was lost, tries again and loses nothing: the only rotation that FAPI 2.0 finds safe.
 *
 * @since 0.1.0
 * @category models
 */
export type Rotation = "none" | "strict" | "grace" | "until-used"

/**
 * - `rotation`: `none` by default (assumed: refresh-token-rotation)
 * - `grace`: with the rotation `grace`, for how long a token is good after its first use. 30 seconds unless told otherwise.
 * - `absoluteLifetime`: for how long a session can be refreshed, counted from the login. For ever unless told otherwise.
 * - `idleLifetime`: for how long a token is good when nobody uses it, counted from the refresh or login that gave it, and anew from each
 *   refresh that it is used for or given by. For ever unless told otherwise.
 *
 * The rules are those of the running system: they hold for the tokens that its database has already, too.
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
 * Times in milliseconds; what has no end is `Infinity`.
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
    throw new RangeError(`refreshTokens.${field}: that is no duration. One is written as "30 days", or in milliseconds.`)
  }
  return Duration.toMillis(duration.value)
}

/**
 * The rules with their defaults. Throws a `RangeError` at once, naming the field and what to give, when one cannot work.
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
