/**
 * What the conformance cases run against: a system with a known seed, reached through an `HttpClient`, wherever it is.
 */
import type { HttpMethod } from "@effect/platform"
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Context, Effect } from "effect"
import { Registers, type Seed } from "effect-dintero/embedded"
import { ada } from "../operations/People.js"
import { account, audience } from "../utils/Account.js"
import * as Provider from "../utils/OpenIdProvider.js"

/** Where the API is, with `/v1`. */
export class System extends Context.Tag("test/System")<System, { readonly baseUrl: string }>() {}

export { account, audience }

export const otherAccount = "P87654321"

/** The account of a partner, and that of its merchant. */
export const partnerAccount = "T11200000"
export const merchantAccount = "T20000001"

const everything = [
  "admin:customers",
  "admin:locations",
  "admin:accounts",
  "write:accounts:/auth/users",
  "create:accounts:auth:refresh_token"
]

export const clients = {
  /** May do everything, and its customers get refresh tokens. */
  admin: { id: "11111111-1111-4111-8111-111111111111", secret: "the-secret-of-the-admin-client" },
  /** The same without refresh tokens, and with MFA passed over. */
  noMfa: { id: "22222222-2222-4222-8222-222222222222", secret: "the-secret-of-the-no-mfa-client" },
  /** Is known, and may do nothing here. */
  nothing: { id: "33333333-3333-4333-8333-333333333333", secret: "the-secret-of-the-other-client" },
  /** One grant for logins only, none for itself. */
  loginOnly: { id: "44444444-4444-4444-8444-444444444444", secret: "the-secret-of-the-login-client" },
  /** May revoke refresh tokens, and nothing else. */
  revoker: { id: "66666666-6666-4666-8666-666666666666", secret: "the-secret-of-the-revoking-client" },
  /** Its users are those of an OpenID provider. */
  signIn: { id: "77777777-7777-4777-8777-777777777777", secret: "the-secret-of-the-sign-in-client" },
  /** Of the partner's account. */
  partner: { id: "88888888-8888-4888-8888-888888888888", secret: "the-secret-of-the-partner" },
  /** Of the partner's account as well, and may do nothing there. */
  partnerNothing: { id: "99999999-9999-4999-8999-999999999999", secret: "the-secret-of-the-partner's-other-client" },
  /** Of the other account. */
  stranger: { id: "55555555-5555-4555-8555-555555555555", secret: "the-secret-of-the-stranger" }
} as const

export type ClientName = keyof typeof clients

/** Where the users of a client may be sent. */
export const callbacks: { readonly [Name in ClientName]?: ReadonlyArray<string> } = {
  admin: ["https://shop.example/signed-in", "https://shop.example/in?from=dintero#top"],
  noMfa: ["https://one.example/"]
}

const client = (
  name: ClientName,
  grants: Seed.Seed["accounts"][number]["clients"] extends infer C
    ? C extends ReadonlyArray<{ readonly grants: infer G }>
      ? G
      : never
    : never
) => ({
  id: clients[name].id,
  client_id: `${name}-client`,
  client_secret: clients[name].secret,
  grants,
  ...(name in callbacks ? { callbacks: callbacks[name] } : {})
})

export const people = {
  ada: { customer_id: "ada", email: "Ada@example.com", phone_number: "+4791111111", password: ada.password },
  adaCompany: {
    customer_id: "ada-as",
    email: "ada@example.com",
    phone_number: "+4792222222",
    password: "the company's password"
  },
  grace: { customer_id: "grace", email: "grace@example.com", password: "grace's password" },
  noPassword: { customer_id: "linus", email: "linus@example.com" }
} as const

export const seed: Seed.Seed = {
  accounts: [
    {
      account_id: account,
      access_token_lifetime: 3600,
      clients: [
        client("admin", [
          { type: "client_credentials", scope: everything },
          { type: "password", scope: ["user:customers"] },
          { type: "authorization_code", scope: ["user:customers", "public:customers"] }
        ]),
        client("noMfa", [{ scope: ["read:customers", "write:accounts:/auth/users/no-mfa"] }]),
        client("nothing", [{ scope: ["public"] }]),
        client("revoker", [{ scope: ["create:accounts:auth:refresh_token"] }]),
        client("loginOnly", [{ type: "password", scope: ["user:customers"] }]),
        client("signIn", [
          {
            type: "authorization_code",
            scope: ["user:customers"],
            oidc: { client_id: Provider.client.id, client_secret: Provider.client.secret, authority: Provider.authority }
          }
        ])
      ],
      customers: [people.ada, { ...people.adaCompany, type: "company" }, { ...people.grace, type: "employee" }, people.noPassword]
    },
    { account_id: otherAccount, clients: [client("stranger", [{ scope: [...everything, "read:customers"] }])] },
    {
      account_id: partnerAccount,
      clients: [client("partner", [{ scope: everything }]), client("partnerNothing", [{ scope: ["public"] }])]
    },
    { account_id: merchantAccount, partner: partnerAccount, customers: [{ customer_id: "ada", email: people.ada.email }] }
  ]
}

/** The public registers, and an organization with units. */
export const registers: Registers.Registers = {
  organizations: [
    ...Registers.publicFacts.organizations,
    { country: "no", organization_number: "100000001", organization_type: "AS", business_name: "Prøve AS" },
    {
      country: "no",
      organization_number: "100000002",
      organization_type: "BEDR",
      business_name: "Prøve AS, butikk",
      email: "butikk@example.com",
      parent: "100000001"
    }
  ]
}

/** The name of the client whose tokens have this scope alone, or whose customers have. */
const labelOf = (scope: string): string => `only-${scope.replaceAll(":", ".")}`

/** The seed with a client for each of these scopes. */
export const seedWithScopes = (scopes: ReadonlyArray<string>): Seed.Seed => ({
  accounts: seed.accounts.map((one) =>
    one.account_id !== account
      ? one
      : {
          ...one,
          clients: [
            ...(one.clients ?? []),
            ...scopes.map((scope) => ({
              client_id: labelOf(scope),
              client_secret: "the-secret-of-a-client-with-one-scope",
              grants: scope.startsWith("user:")
                ? [
                    { type: "client_credentials" as const, scope: ["write:accounts:/auth/users"] },
                    { type: "password" as const, scope: [scope] }
                  ]
                : [
                    { type: "client_credentials" as const, scope: [scope] },
                    { type: "password" as const, scope: ["user:customers"] }
                  ]
            }))
          ]
        }
  )
})

export interface Wire {
  readonly method: HttpMethod.HttpMethod
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Parsed, or undefined when it is not JSON. */
  readonly body: unknown
}

export interface WireRequest {
  readonly authorization?: string | undefined
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is, with `contentType`. */
  readonly raw?: string | Uint8Array | undefined
  readonly contentType?: string | undefined
  readonly accept?: string | undefined
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request as bytes, without anything of ours in between. */
export const send = (method: HttpMethod.HttpMethod, path: string, request: WireRequest = {}) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* System
    const http = yield* HttpClient.HttpClient
    const raw = request.raw ?? (request.json === undefined ? undefined : JSON.stringify(request.json))
    const contentType = request.contentType ?? "application/json"
    let outgoing = HttpClientRequest.make(method)(baseUrl + path)
    if (request.authorization !== undefined)
      outgoing = HttpClientRequest.setHeader(outgoing, "authorization", request.authorization)
    if (request.accept !== undefined) outgoing = HttpClientRequest.setHeader(outgoing, "accept", request.accept)
    if (typeof raw === "string") outgoing = HttpClientRequest.bodyText(outgoing, raw, contentType)
    else if (raw !== undefined) outgoing = HttpClientRequest.bodyUint8Array(outgoing, raw, contentType)
    const response = yield* http.execute(outgoing)
    const text = yield* response.text
    return { method, status: response.status, headers: response.headers, text, body: parse(text) } satisfies Wire
  }).pipe(Effect.orDie)

export const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`

export const accountOf = (name: ClientName): string =>
  name === "stranger" ? otherAccount : name === "partner" || name === "partnerNothing" ? partnerAccount : account

const accessTokenIn = ({ status, text, body }: Wire): string => {
  if (status !== 200) throw new Error(`there is no token in ${status} ${text}`)
  return (body as { access_token: string }).access_token
}

const byCredentials = (accountId: string, user: string, secret: string) =>
  Effect.map(
    send("POST", `/accounts/${accountId}/auth/token`, {
      authorization: basic(user, secret),
      json: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${accountId}` }
    }),
    accessTokenIn
  )

/** A token of the wire, by client credentials. */
export const tokenOf = (name: ClientName) => byCredentials(accountOf(name), clients[name].id, clients[name].secret)

/** Of a customer who logs in with a token of a client. */
const customerBearer = (clientToken: string, { email, password }: { email: string; password: string }, type: string) =>
  Effect.map(
    send("POST", `/accounts/${account}/customers/login`, {
      authorization: `Bearer ${clientToken}`,
      json: { type, email, password, audience }
    }),
    (wire) => `Bearer ${accessTokenIn(wire)}`
  )

/** Of Ada, with the scope `user:customers`. */
export const bearerOfAda = Effect.flatMap(tokenOf("admin"), (token) => customerBearer(token, people.ada, "customer"))

/** Of another customer, with the scope `user:customers`. */
export const bearerOfAnother = Effect.flatMap(tokenOf("admin"), (token) => customerBearer(token, people.adaCompany, "company"))

/** With this scope alone, in a system with {@link seedWithScopes}: a client's token, or Ada's where only customers have the scope. */
export const bearerWith = (scope: string) =>
  Effect.flatMap(byCredentials(account, labelOf(scope), "the-secret-of-a-client-with-one-scope"), (token) =>
    scope.startsWith("user:") ? customerBearer(token, people.ada, "customer") : Effect.succeed(`Bearer ${token}`)
  )

export const bearerOf = (name: ClientName) => Effect.map(tokenOf(name), (token) => `Bearer ${token}`)
