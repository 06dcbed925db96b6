/**
 * The data that an embedded system starts with, as JSON.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Absent from "../../../internal/Absent.js"
import { issuesOf } from "../../../internal/Issues.js"
import * as JsonSyntax from "../../../internal/JsonSyntax.js"
import type { Issue } from "../../../schemas/DinteroError.js"
import type { Input } from "../../../schemas/Input.js"
import { invalidSeed, repetitions, type SeedPart } from "../rooms/SeedPart.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import * as Parts from "./Parts.js"

export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  AccountUserSeed
} from "../rooms/accountUsers/AccountUserSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  AuthUserSeed
} from "../rooms/authUsers/AuthUserSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  ClientSeed,
  /**
   * @since 0.1.0
   * @category schemas
   */
  GrantSeed
} from "../rooms/clients/ClientSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  CustomerSeed
} from "../rooms/customers/CustomerSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  LocationSeed
} from "../rooms/locations/LocationSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  RoleSeed
} from "../rooms/roles/RoleSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  TagSeed
} from "../rooms/tags/TagSeed.js"
export {
  /**
   * @since 0.1.0
   * @category schemas
   */
  TermsSeed
} from "../rooms/terms/TermsSeed.js"

/**
 * An account, with what each room has in it. `access_token_lifetime` is in seconds, 14400 by default, as recorded traffic shows.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountSeed = Schema.Struct(Parts.fields).annotations({ identifier: "AccountSeed" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const Seed = Schema.Struct({
  accounts: Schema.Array(AccountSeed)
}).annotations({ identifier: "Seed" })

/**
 * A seed as a user writes it: plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type Seed = Input<typeof Seed.Encoded>

/**
 * A checked seed, with its defaults filled in and its secrets wrapped.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodedSeed = typeof Seed.Type

type DecodedAccount = DecodedSeed["accounts"][number]

const parts: ReadonlyArray<Pick<SeedPart<DecodedAccount>, "inconsistencies">> = Parts.make()

const inconsistencies = (seed: DecodedSeed): ReadonlyArray<Issue> => {
  const unique = repetitions()
  return seed.accounts.flatMap((account, i) => {
    const at = `accounts[${i}]`
    return [...unique(`${at}.account_id`, account.account_id), ...parts.flatMap((part) => part.inconsistencies(account, at))]
  })
}

const withoutUndefined = Absent.withoutUndefined(Seed)

/**
 * How a seed is decoded: every wrong field is named.
 *
 * @internal
 */
export const strictly = { errors: "all", onExcessProperty: "error" } as const

const decodeStrictly = Schema.decodeUnknown(Seed, strictly)

/**
 * Checks a seed. `InvalidSeed` names every field that is wrong or unknown, and every value that repeats though it must be unique.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (seed: unknown): Effect.Effect<DecodedSeed, InvalidSeed> =>
  decodeStrictly(withoutUndefined(seed)).pipe(
    Effect.mapError((error) => invalidSeed(issuesOf(error))),
    Effect.filterOrElse(
      (decoded) => inconsistencies(decoded).length === 0,
      (decoded) => Effect.fail(invalidSeed(inconsistencies(decoded)))
    )
  )

/**
 * Reads a seed from the text of a JSON file. No object may have a field twice.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<Seed, InvalidSeed> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    if (issues.length > 0) return invalidSeed(issues)
    // Seam: a value that `decode` accepts is a `Seed`. It is returned as it was written.
    const seed = JSON.parse(json) as Seed
    return Effect.as(decode(seed), seed)
  })

/**
 * An account, and one of its API clients with its secret: what a first call needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface FirstClient {
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
  /** `undefined` for the account's own URL. */
  readonly audience: string | undefined
}

/**
 * The first client in a seed's first account that can get a token by client credentials.
 *
 * @since 0.1.0
 * @category getters
 */
export const firstClient = (seed: Seed): FirstClient | undefined => {
  const [account] = seed.accounts
  for (const client of account?.clients ?? []) {
    const grant = client.grants.find(({ type = "any" }) => type === "any" || type === "client_credentials")
    if (account !== undefined && grant !== undefined) {
      return {
        accountId: account.account_id,
        clientId: client.client_id,
        clientSecret: client.client_secret,
        audience: grant.audience
      }
    }
  }
  return undefined
}
