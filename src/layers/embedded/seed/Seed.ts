/**
 * What an embedded system starts with, as JSON.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Absent from "../../../internal/Absent.js"
import { issuesOf, sentence } from "../../../internal/Issues.js"
import * as JsonSyntax from "../../../internal/JsonSyntax.js"
import { AccountId } from "../../../schemas/AccountId.js"
import { CustomersSettings } from "../../../schemas/CustomersSettings.js"
import type { Issue } from "../../../schemas/DinteroError.js"
import type { Input } from "../../../schemas/Input.js"
import { closed } from "../../../schemas/OpenEnum.js"
import { isPhc } from "../rooms/logins/PasswordHashing.js"
import { InvalidSeed } from "../system/EmbeddedStartError.js"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

const text = (pattern: RegExp, description: string) => Schema.String.pipe(Schema.pattern(pattern, { description }))

const Uuid = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a UUID in lower case")

// A colon ends the user name in `Authorization: Basic`.
const ClientLabel = text(/^[\x21-\x39\x3b-\x7e]{1,255}$/, "1 to 255 visible ASCII characters without a colon")

const ClientSecret = text(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible ASCII characters")

const CustomerKey = text(/^(?! )[^\p{Cc}\p{Cs}]{1,255}(?<! )$/u, "1 to 255 characters without spaces at either end")

/**
 * Which grant types of the token endpoint it serves, for which audience, with which scopes. `audience` is the account's own
 * URL unless told otherwise.
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const GrantSeed = Schema.Struct({
  audience: optional(Schema.NonEmptyString),
  type: Schema.optionalWith(Schema.Literal("any", "authorization_code", "client_credentials", "password"), {
    exact: true,
    default: () => "any" as const
  }),
  scope: Schema.Array(text(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, "a scope: visible ASCII characters without spaces"))
}).annotations({ identifier: "GrantSeed" })

/**
 * An API client: `client_id` is its label, and `id` is made when it is left out. Either serves as the user name
 * (assumed: basic-user-name).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientSeed = Schema.Struct({
  id: optional(Uuid),
  client_id: ClientLabel,
  name: optional(Schema.String.pipe(Schema.maxLength(255))),
  client_secret: Schema.Redacted(ClientSecret),
  grants: Schema.Array(GrantSeed)
}).annotations({ identifier: "ClientSeed" })

/**
 * A customer with a `password`, or with the `password_hash` of one (scrypt, as a PHC string), or with neither: then nobody can
 * log in as them.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details, and https://docs.dintero.com/api-reference/password/login-with-emailpassword (a password has 4 to 255 characters)
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerSeed = Schema.Struct({
  id: optional(Uuid),
  customer_id: optional(CustomerKey),
  type: Schema.optionalWith(Schema.Literal("customer", "company", "contact", "employee", "other"), {
    exact: true,
    default: () => "customer" as const
  }),
  email: optional(text(/^[^\s@\p{Cc}\p{Cs}]{1,64}@[^\s@\p{Cc}\p{Cs}]{1,190}$/u, "an email address")),
  phone_number: optional(text(/^\+[0-9]{4,15}$/, "a phone number such as +4799999999")),
  password: optional(
    Schema.Redacted(
      Schema.String.pipe(Schema.minLength(4), Schema.maxLength(255, { description: "a password of 4 to 255 characters" }))
    )
  ),
  password_hash: optional(
    Schema.String.pipe(Schema.filter(isPhc, { description: "a PHC string of scrypt: $scrypt$ln=…,r=…,p=…$salt$hash" }))
  )
}).annotations({ identifier: "CustomerSeed" })

/**
 * `access_token_lifetime` is in seconds, 14400 by default, as recorded traffic shows.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountSeed = Schema.Struct({
  account_id: AccountId,
  access_token_lifetime: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 31_536_000, { description: "1 to 31536000 seconds" })),
    { exact: true, default: () => 14_400 }
  ),
  settings: optional(closed(CustomersSettings)),
  clients: Schema.optionalWith(Schema.Array(ClientSeed), { exact: true, default: () => [] }),
  customers: Schema.optionalWith(Schema.Array(CustomerSeed), { exact: true, default: () => [] })
}).annotations({ identifier: "AccountSeed" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const Seed = Schema.Struct({
  accounts: Schema.Array(AccountSeed)
}).annotations({ identifier: "Seed" })

/**
 * A seed as it is written: plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type Seed = Input<typeof Seed.Encoded>

/**
 * A seed as it is used: checked, with its defaults, its secrets wrapped.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodedSeed = typeof Seed.Type

/** Says where a value was seen before. */
const repeats = () => {
  const seen = new Map<string, string>()
  return (path: string, ...key: ReadonlyArray<string>): ReadonlyArray<Issue> => {
    const id = JSON.stringify(key)
    const first = seen.get(id)
    if (first === undefined) seen.set(id, path)
    return first === undefined ? [] : [{ path, message: `is the same as ${first}` }]
  }
}

/** What has to be unique (https://docs.dintero.com/api-reference/users/customer-details): emails in any case and phone numbers among the customers of one type. */
const inconsistencies = (seed: DecodedSeed): ReadonlyArray<Issue> => {
  const account = repeats()
  return seed.accounts.flatMap((one, i) => {
    const at = `accounts[${i}]`
    const unique = repeats()
    const sharedPhones = one.settings?.users?.phone_number_validation?.allow_duplicates === true
    return [
      ...account(`${at}.account_id`, one.account_id),
      ...one.clients.flatMap((client, j) => [
        // One name space: each of the two is a user name.
        ...(client.id === undefined ? [] : unique(`${at}.clients[${j}].id`, "client", client.id)),
        ...(client.client_id === client.id ? [] : unique(`${at}.clients[${j}].client_id`, "client", client.client_id))
      ]),
      ...one.customers.flatMap((customer, j) => {
        const path = `${at}.customers[${j}]`
        const { customer_id, email, id, password, password_hash, phone_number, type } = customer
        return [
          ...(id === undefined ? [] : unique(`${path}.id`, "id", id)),
          ...(customer_id === undefined ? [] : unique(`${path}.customer_id`, "customer_id", customer_id)),
          ...(email === undefined ? [] : unique(`${path}.email`, "email", type, email.toLowerCase())),
          ...(phone_number === undefined || sharedPhones ? [] : unique(`${path}.phone_number`, "phone", type, phone_number)),
          ...(password === undefined || password_hash === undefined
            ? []
            : [{ path: `${path}.password_hash`, message: "cannot stand beside password" }])
        ]
      })
    ]
  })
}

const invalid = (issues: ReadonlyArray<Issue>): InvalidSeed =>
  new InvalidSeed({ message: `The seed is not valid: ${sentence(issues)}.`, issues })

const withoutUndefined = Absent.withoutUndefined(Seed)

const decodeStrictly = Schema.decodeUnknown(Seed, { errors: "all", onExcessProperty: "error" })

/**
 * Checks a seed. `InvalidSeed` names every field that is wrong, misspelt, or the same as another that it may not repeat.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (seed: unknown): Effect.Effect<DecodedSeed, InvalidSeed> =>
  decodeStrictly(withoutUndefined(seed)).pipe(
    Effect.mapError((error) => invalid(issuesOf(error))),
    Effect.filterOrElse(
      (decoded) => inconsistencies(decoded).length === 0,
      (decoded) => Effect.fail(invalid(inconsistencies(decoded)))
    )
  )

/**
 * A seed from the text of a JSON file, in which no object has a field twice.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<Seed, InvalidSeed> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    if (issues.length > 0) return invalid(issues)
    // Seam: what `decode` accepts is a `Seed`, and it is handed on as it was written.
    const seed = JSON.parse(json) as Seed
    return Effect.as(decode(seed), seed)
  })

/**
 * Who makes the first call: an account, and an API client of it with its secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface FirstClient {
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
  /** None when it is the account's own URL. */
  readonly audience: string | undefined
}

/**
 * Of a seed's first account, the first client that can get a token by client credentials.
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
