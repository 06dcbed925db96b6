/**
 * How long an access token of an account can be valid, in seconds.
 */
import * as Schema from "effect/Schema"

export const lifetimes = "1 to 31536000 seconds"

export const AccessTokenLifetime = Schema.Int.pipe(Schema.between(1, 31_536_000, { description: lifetimes }))
