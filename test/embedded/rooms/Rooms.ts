/**
 * A system with one client for each set of scopes that a test needs, and ways to read answers.
 */
import * as Effect from "effect/Effect"
import type { DinteroEmbedded, Seed } from "../../../src/embedded.js"
import { type ReceivedResponse as Answer, type Api, account, audience, basic, start } from "../Api.js"

type Json = { readonly [key: string]: unknown }

/** An answer that is an object. */
export const object = ({ text }: Answer): Json => JSON.parse(text)

/** An answer that is a list of objects. */
export const list = ({ text }: Answer): ReadonlyArray<Json> => JSON.parse(text)

export const ids = (answer: Answer): ReadonlyArray<unknown> => list(answer).map(({ customer_id }) => customer_id)

/** `message` of a refusal. */
export const why = ({ status, text }: Answer): string => {
  const { error } = JSON.parse(text)
  return `${status} ${error?.message ?? ""}`
}

const secret = "a-secret-of-the-test"

/** By the name of a client: the scopes of its tokens. */
const clients = {
  admin: ["admin:customers", "admin:locations", "write:accounts:/auth/users", "create:accounts:auth:refresh_token"],
  reader: ["read:customers"],
  writer: ["write:customers"],
  creator: ["create:customers:/users"],
  public: ["public:customers"],
  manager: ["admin:accounts"],
  customer: ["user:customers", "user:customers:/customer/details"]
} as const

export type Client = keyof typeof clients

type Call = (method: Parameters<Api>[0], path: string, body?: unknown) => Effect.Effect<Answer>

export interface Rooms {
  readonly embedded: DinteroEmbedded.EmbeddedService
  readonly api: Api
  /** Calls as a client of these scopes. */
  readonly as: (client: Client) => Call
  /** Calls as a customer who has logged in with `email` and the password `secret`. */
  readonly asCustomer: (email: string) => Effect.Effect<Call>
}

type Settings = NonNullable<Seed.Seed["accounts"][number]["settings"]>

const seed = (settings: Settings): Seed.Seed => ({
  accounts: [
    {
      account_id: account,
      // A customer's token has the scopes of the client's grant for passwords.
      clients: Object.entries(clients).map(([client_id, scope]) => ({
        id: undefined,
        client_id,
        client_secret: secret,
        grants: [
          { type: "client_credentials" as const, scope },
          { type: "password" as const, scope: clients.customer }
        ]
      })),
      customers: [],
      settings
    }
  ]
})

export const startRooms = (settings: Settings = {}, options: DinteroEmbedded.Options = {}) =>
  Effect.gen(function* () {
    const { api, embedded } = yield* start({ seed: seed(settings), ...options })
    const calls =
      (authorization: string): Call =>
      (method, path, body) =>
        api(method, path, { authorization, ...(body === undefined ? {} : { body }) })
    const tokens = new Map<string, string>()
    for (const client of Object.keys(clients)) {
      const { body } = yield* api("POST", "/auth/token", {
        authorization: basic(client, secret),
        body: { grant_type: "client_credentials", audience }
      })
      tokens.set(client, `Bearer ${body.access_token}`)
    }
    const as = (client: Client): Call => calls(tokens.get(client) ?? "")
    const rooms: Rooms = {
      embedded,
      api,
      as,
      asCustomer: (email) =>
        Effect.map(
          as("admin")("POST", "/customers/login", { type: "customer", email, password: "secret", audience }),
          ({ body }) => calls(`Bearer ${body.access_token}`)
        )
    }
    return rooms
  })
