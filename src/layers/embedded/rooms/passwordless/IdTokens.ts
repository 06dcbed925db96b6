/**
 * ID tokens, which tell another site who a customer is. They have no scopes, and the API does not accept them.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Table from "../../storage/Table.js"
import * as Audience from "../clients/Audience.js"
import * as Tables from "../customers/Tables.js"
import * as Jwt from "../signing/Jwt.js"
import { idTokenLifetime, SigningKeys } from "../signing/SigningKeys.js"

const owners = Table.select(Tables.customers, "customer_id", "type", "email", "profile")

type Owner = Pick<Table.Row<typeof Tables.customers>, "type" | "email" | "profile">

/** (assumed: id-token-content) */
const nameOf = ({ profile: { company, first_name, last_name }, type }: Owner): string =>
  (type === "company" ? [company?.bussiness_name] : [first_name, last_name])
    .filter((part) => typeof part === "string" && part !== "")
    .join(" ")

export interface IdToken {
  readonly accountId: string
  /** The customer's `id`. */
  readonly id: string
  readonly redirectUri: string
  readonly claims: ReadonlyArray<"name" | "email">
  readonly custom: { readonly [name: string]: string }
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const keys = yield* SigningKeys
  return {
    /** `None` when there is no such customer. A claim about which nothing is known is left out. */
    issue: ({ accountId, claims, custom, id, redirectUri }: IdToken) =>
      Effect.gen(function* () {
        const [owner] = yield* owners.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id} AND deleted_at IS NULL`)
        if (owner === undefined) return Option.none()
        const iat = Math.floor((yield* Clock.currentTimeMillis) / 1000)
        const known = { name: nameOf(owner), email: owner.email ?? "" }
        return Option.some(
          Jwt.signed(yield* keys.current, {
            iss: Audience.idTokenIssuer(accountId),
            aud: redirectUri,
            sub: owner.customer_id,
            iat,
            exp: iat + idTokenLifetime,
            ...Object.fromEntries([...new Set(claims)].flatMap((claim) => (known[claim] === "" ? [] : [[claim, known[claim]]]))),
            ...Object.fromEntries(Object.entries(custom).map(([name, value]) => [`ext_${name}`, value]))
          })
        )
      })
  }
})
