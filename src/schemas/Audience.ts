/**
 * The audience of a token: the account that it is for, as a URL.
 *
 * @since 0.1.0
 */

/**
 * The two spellings of an account's audience.
 *
 * - `path`: `https://api.dintero.com/v1/accounts/T12345678`, as in the documentation
 * - `user`: `https://T12345678@api.dintero.com/v1/accounts/T12345678`, as in the tokens of the service (recorded traffic)
 *
 * @since 0.1.0
 * @category models
 */
export type Spelling = "path" | "user"

/**
 * The audience of an account. The spelling is `path` when it is left out, and the host is always that of the service, also for a layer with another
 * `baseUrl`.
 *
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token, and for the spelling `user` recorded traffic
 *
 * @example
 * ```ts
 * import { Audience } from "effect-dintero"
 *
 * const audience = Audience.account("T12345678")
 * const asInTokens = Audience.account("T12345678", "user")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const account = (id: string, spelling: Spelling = "path"): string =>
  `https://${spelling === "user" ? `${id}@` : ""}api.dintero.com/v1/accounts/${id}`
