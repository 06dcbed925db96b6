/**
 * Every operation (and every grant of the token endpoint) as a caller uses it against the demo seed, and how its request is known
 * on the wire.
 */
import type { HttpMethod } from "@effect/platform"
import { Effect, Redacted } from "effect"
import type { DinteroError } from "effect-dintero"
import { Auth, Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { ReplayClass } from "../../src/contract/Operation.js"

const audience = "https://api.dintero.com/v1/accounts/T12345678"

export interface OperationCase {
  readonly name: string
  readonly replay: ReplayClass
  readonly call: Effect.Effect<unknown, DinteroError, Auth | Customers>
  readonly is: (method: HttpMethod.HttpMethod, path: string, body: string) => boolean
}

const credentials = { email: "ada@example.com", password: Redacted.make(DinteroEmbedded.demoPassword) }

const mfaLogin = Effect.flatMap(Customers, (customers) =>
  customers.password.mfaLogin({
    type: "customer",
    ident_type: "email",
    ident: credentials.email,
    secret: credentials.password,
    audience
  })
)

export const operationCases: ReadonlyArray<OperationCase> = [
  {
    name: "customers.settings.get",
    replay: "safe",
    call: Effect.flatMap(Customers, (customers) => customers.settings.get()),
    is: (method, path) => method === "GET" && path.endsWith("/settings")
  },
  {
    name: "customers.settings.update",
    replay: "idempotent",
    call: Effect.flatMap(Customers, (customers) => customers.settings.update({ users: { customer_id_format: "uuid" } })),
    is: (method, path) => method === "PUT" && path.endsWith("/settings")
  },
  {
    name: "customers.password.login",
    replay: "never",
    call: Effect.flatMap(Customers, (customers) => customers.password.login({ type: "customer", ...credentials, audience })),
    is: (_, path) => path.endsWith("/login")
  },
  {
    name: "customers.password.mfaLogin",
    replay: "never",
    call: mfaLogin,
    is: (_, path) => path.endsWith("/mfa_login")
  },
  {
    name: "customers.password.requestChange",
    replay: "never",
    call: Effect.flatMap(Customers, (customers) =>
      customers.password.requestChange({ type: "customer", email: credentials.email, audience })
    ),
    is: (_, path) => path.endsWith("/change_password")
  },
  {
    name: "auth.mfa.challenge",
    replay: "never",
    call: Effect.flatMap(Auth, (auth) =>
      Effect.flatMap(mfaLogin, ({ mfa_token }) => auth.mfa.challenge({ challenge_type: "oob", mfa_token }))
    ),
    is: (_, path) => path.endsWith("/mfa/challenge")
  },
  {
    name: "auth.revoke",
    replay: "idempotent",
    call: Effect.flatMap(Auth, (auth) => auth.revoke({ token: Redacted.make("a-token-of-nobody") })),
    is: (_, path) => path.endsWith("/auth/revoke")
  },
  {
    name: "auth.keys",
    replay: "safe",
    call: Effect.flatMap(Auth, (auth) => auth.keys()),
    is: (_, path) => path.endsWith("/keys")
  },
  {
    name: "auth.token password",
    replay: "never",
    call: Effect.flatMap(Auth, (auth) =>
      auth.token({ grant_type: "password", username: credentials.email, password: credentials.password, audience })
    ),
    is: (_, path, body) => path.endsWith("/auth/token") && body.includes('"password"')
  },
  {
    name: "auth.token refresh_token",
    replay: "never",
    call: Effect.flatMap(Auth, (auth) =>
      auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("a-token-of-nobody") })
    ),
    is: (_, path, body) => path.endsWith("/auth/token") && body.includes("refresh_token")
  },
  {
    name: "auth.token mfa_oob",
    replay: "never",
    call: Effect.flatMap(Auth, (auth) =>
      auth.token({
        grant_type: "mfa_oob",
        oob_code: Redacted.make("a-code-of-nobody"),
        binding_code: Redacted.make("000000"),
        mfa_token: Redacted.make("a-token-of-nobody")
      })
    ),
    is: (_, path, body) => path.endsWith("/auth/token") && body.includes("mfa_oob")
  },
  {
    name: "auth.token client_credentials (the client's own)",
    // Its operation's class is `never`; the client's own token costs nothing to ask for twice.
    replay: "idempotent",
    call: Effect.flatMap(Customers, (customers) => customers.settings.get()),
    is: (_, path, body) => path.endsWith("/auth/token") && body.includes("client_credentials")
  }
]
