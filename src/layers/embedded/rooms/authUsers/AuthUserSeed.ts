/**
 * The auth users in a seed.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthLink, AuthUserMfa } from "../../../../schemas/AuthUser.js"
import { optional } from "../../../../schemas/Fields.js"
import { closed } from "../../../../schemas/OpenEnum.js"
import { Entropy } from "../../system/Entropy.js"
import * as CustomerRecords from "../logins/CustomerRecords.js"
import { isPhc, isTooLong, PasswordHasher } from "../logins/PasswordHashing.js"
import { invalidSeed, repetitions, type SeedPart, text, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"
import * as Links from "./Links.js"

/**
 * An auth user with a `password`, or with the `password_hash` of one (scrypt, as a PHC string). `links` and `mfa` are those of the API. A
 * `customers_user` link names a customer of the seed or of the database.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthUserSeed = Schema.Struct({
  id: optional(Uuid),
  username: text(/^[^\0\p{Cs}]{1,255}$/u, "1 to 255 characters"),
  password: optional(
    Schema.Redacted(
      Schema.String.pipe(
        Schema.filter((password) => Array.from(password).length >= 8 && !isTooLong(Redacted.make(password)), {
          description: "a password of at least 8 characters and at most 1024 bytes"
        })
      )
    )
  ),
  password_hash: optional(
    Schema.String.pipe(Schema.filter(isPhc, { description: "a PHC string of scrypt: $scrypt$ln=…,r=…,p=…$salt$hash" }))
  ),
  links: optional(Schema.Array(closed(AuthLink))),
  mfa: optional(closed(AuthUserMfa))
}).annotations({ identifier: "AuthUserSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  auth_users: Schema.optionalWith(Schema.Array(AuthUserSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly auth_users: ReadonlyArray<typeof AuthUserSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy | PasswordHasher> = {
  inconsistencies: ({ account_id, auth_users }, at) => {
    const unique = repetitions()
    return auth_users.flatMap(({ id, links = [], mfa = null, password, password_hash, username }, i) => {
      const path = (field: string) => `${at}.auth_users[${i}].${field}`
      const wrongMfa = Links.mistakeInMfa(mfa, links)
      return [
        ...(id === undefined ? [] : unique(path("id"), "id", id)),
        ...unique(path("username"), "username", username),
        ...(password === undefined && password_hash === undefined ? [{ path: path("password"), message: "is missing" }] : []),
        ...(password === undefined || password_hash === undefined
          ? []
          : [{ path: path("password_hash"), message: "cannot stand beside password" }]),
        ...links.flatMap((link, j) => {
          const message = Links.mistakeIn(link, account_id)
          return message === undefined ? [] : [{ path: path(`links[${j}].href`), message }]
        }),
        ...(wrongMfa === undefined ? [] : [{ path: path(wrongMfa.field), message: wrongMfa.message }])
      ]
    })
  },
  prepare: (accounts) =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      const hasher = yield* PasswordHasher
      const customers = yield* CustomerRecords.make
      const { add } = yield* accountRows
      const all = accounts.flatMap(({ auth_users }) => auth_users)
      const hashes = yield* Effect.forEach(
        all,
        ({ password, password_hash = "" }) => (password === undefined ? Effect.succeed(password_hash) : hasher.hash(password)),
        { concurrency: 4 }
      )
      const hashOf = new Map(all.map((user, i) => [user, hashes[i] ?? ""]))
      return ({ account_id, auth_users }, created_at) =>
        Effect.flatMap(
          Effect.forEach(auth_users, (user, i) =>
            Effect.gen(function* () {
              const { links = [], mfa = null, username } = user
              const named = Links.customer(links, account_id)
              const customer = Option.isNone(named) ? Option.none() : yield* customers.byAnyId(account_id, named.value)
              if (Option.isSome(named) && Option.isNone(customer)) {
                return yield* Effect.fail(
                  invalidSeed([
                    {
                      path: `auth_users[${i}].links of ${account_id}`,
                      message: `name the customer ${named.value}, who is not there`
                    }
                  ])
                )
              }
              return {
                account_id,
                id: user.id ?? (yield* entropy.uuid),
                username,
                password_hash: hashOf.get(user) ?? "",
                links,
                mfa,
                customer: Option.match(customer, { onNone: () => null, onSome: ({ id }) => id }),
                created_at,
                updated_at: created_at
              }
            })
          ),
          (rows) => add("auth_users", rows)
        )
    })
}
