import { Effect, Redacted } from "effect"
import { AccountId, Auth, Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import * as Provider from "../utils/OpenIdProvider.js"
import { ada, adasPassword } from "./People.js"
import { password as passwordSamples } from "./password.js"
import type { InputOf, SamplesOf } from "./Sample.js"

const password: InputOf<typeof tags.authenticate.token> = [
  { grant_type: "password", username: ada.email, password: adasPassword, audience }
]

/** The `id` of the client that makes the calls. */
const ownId = Effect.map(
  Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "client_credentials", audience })),
  ({ access_token }): string =>
    JSON.parse(Buffer.from(Redacted.value(access_token).split(".")[1] ?? "", "base64url").toString()).sub
)

const oidcTokenOf = (code: string) => ({
  grant_type: "authorization_code" as const,
  code: Redacted.make(code),
  client_id: "signIn-client",
  audience,
  redirect_uri: Provider.redirectUri
})

const callback = "https://shop.example/signed-in"

export const authenticate: SamplesOf<typeof tags.authenticate> = {
  token: {
    input: password,
    // The grants that the retry classes and the refusals tell apart.
    variants: {
      password,
      refresh_token: [{ grant_type: "refresh_token", refresh_token: Redacted.make("a-token-of-nobody") }],
      mfa_oob: [
        {
          grant_type: "mfa_oob",
          oob_code: Redacted.make("a-code-of-nobody"),
          binding_code: Redacted.make("734105"),
          mfa_token: Redacted.make("a-token-of-nobody")
        }
      ],
      client_credentials: [{ grant_type: "client_credentials", audience }]
    },
    sent: {
      path: "/accounts/T12345678/auth/token",
      json: { grant_type: "password", username: ada.email, password: ada.password, audience }
    },
    replay: "never",
    wrong: {
      json: { grant_type: "password", username: 1, password: [], audience: null },
      paths: ["username", "password", "audience"]
    },
    answer: {
      json: { access_token: "a.b.c", expires_in: 3600, token_type: "Bearer" },
      value: { access_token: Redacted.make("a.b.c"), expires_in: 3600, token_type: "Bearer" }
    }
  },
  revoke: {
    input: [{ token: Redacted.make("a-token-of-nobody") }],
    // Of a session of Ada's.
    fresh: Effect.map(
      Effect.flatMap(Customers, (customers) => customers.password.login(...passwordSamples.login.input)),
      ({ refresh_token }) => [{ token: refresh_token ?? Redacted.make("no refresh token was given") }]
    ),
    sent: { path: "/accounts/T12345678/auth/revoke", json: { token: "a-token-of-nobody" } },
    replay: "idempotent",
    wrong: { json: { token: 1 }, paths: ["token"] },
    answer: { json: {}, value: undefined }
  },
  "passwordless.send": {
    input: [{ audience, client_id: "demo-client", connection: "email", email: ada.email }],
    fresh: Effect.map(ownId, (client_id) => [{ audience, client_id, connection: "email", email: ada.email }]),
    sent: {
      path: "/accounts/T12345678/auth/passwordless",
      json: { audience, client_id: "demo-client", connection: "email", email: ada.email }
    },
    replay: "never",
    wrong: {
      json: { audience: 1, connection: "post", email: 1, type: "employee", send: "link", login_session_id: 1 },
      paths: ["audience", "client_id", "connection", "email", "type", "send", "login_session_id"]
    },
    answer: { value: undefined }
  },
  "passwordless.code": {
    input: [{ audience, client_id: "demo-client", user_id: "ada" }],
    fresh: Effect.map(ownId, (client_id) => [{ audience, client_id, user_id: "ada" }]),
    sent: {
      path: "/accounts/T12345678/auth/passwordless/code",
      json: { audience, client_id: "demo-client", user_id: "ada" }
    },
    replay: "never",
    wrong: { json: { audience: 1, user_id: [] }, paths: ["audience", "client_id", "user_id"] },
    answer: { json: { verification_code: "long-code-of-ada" }, value: { verification_code: Redacted.make("long-code-of-ada") } }
  },
  authorize: {
    input: [
      {
        audience,
        client_id: "demo-client",
        response_type: "authenticate",
        verification_code: Redacted.make("long-code-of-ada"),
        redirect_uri: callback
      }
    ],
    fresh: Effect.gen(function* () {
      const auth = yield* Auth
      const client_id = yield* ownId
      const { verification_code = Redacted.make("no code was given") } = yield* auth.passwordless.code({
        audience,
        client_id,
        user_id: "ada"
      })
      return [{ audience, client_id, response_type: "authenticate", verification_code, redirect_uri: callback }]
    }),
    caller: "admin",
    sent: {
      path: `/accounts/T12345678/auth/authorize?audience=${encodeURIComponent(audience)}&response_type=authenticate&client_id=demo-client&verification_code=long-code-of-ada&redirect_uri=${encodeURIComponent(callback)}`
    },
    replay: "never",
    answer: { location: `${callback}?id_token=a.b.c`, value: Redacted.make(`${callback}?id_token=a.b.c`) }
  },
  redirect: {
    input: [{ redirect_uri: "https://partner.example/in", custom_claims: { tier: "gold" }, claims: ["email"] }],
    caller: "ada",
    sent: {
      path: "/accounts/T12345678/auth/redirect",
      json: { redirect_uri: "https://partner.example/in", custom_claims: { tier: "gold" }, claims: ["email"] }
    },
    replay: "idempotent",
    wrong: {
      json: { redirect_uri: "ftp://partner.example/in", custom_claims: [], claims: ["phone_number"] },
      paths: ["redirect_uri", "custom_claims", "claims.0"]
    },
    answer: {
      json: { redirect_uri: "https://partner.example/in?id_token=a.b.c" },
      value: { redirect_uri: Redacted.make("https://partner.example/in?id_token=a.b.c") }
    }
  },
  exchangeToken: {
    input: [{ account_id: AccountId.make("T20000001") }],
    sent: { path: "/accounts/T12345678/auth/exchange_token", json: { account_id: "T20000001" } },
    replay: "idempotent",
    wrong: { json: { account_id: "20000001" }, paths: ["account_id"] },
    answer: {
      json: { access_token: "a.b.c", expires_in: 3600, token_type: "Bearer" },
      value: { access_token: Redacted.make("a.b.c"), expires_in: 3600, token_type: "Bearer" }
    }
  },
  oidcToken: {
    input: [oidcTokenOf("a-code-of-nobody")],
    // The provider signs Ada in.
    fresh: Effect.map(
      Effect.promise(() => Provider.codeFor("ada")),
      (code) => [oidcTokenOf(code)]
    ),
    sent: {
      path: "/accounts/T12345678/auth/oidc/token",
      json: {
        grant_type: "authorization_code",
        code: "a-code-of-nobody",
        client_id: "signIn-client",
        audience,
        redirect_uri: Provider.redirectUri
      }
    },
    replay: "never",
    wrong: {
      json: { grant_type: "password", code: 1, audience: [] },
      paths: ["grant_type", "code", "client_id", "audience"]
    },
    answer: {
      json: {
        access_token: "a.b.c",
        expires_in: 3600,
        token_type: "Bearer",
        user_info: { authority: "https://issuer.example.com", value: { sub: "ada", name: "Ada" } }
      },
      value: {
        access_token: Redacted.make("a.b.c"),
        expires_in: 3600,
        token_type: "Bearer",
        user_info: { authority: "https://issuer.example.com", value: { sub: "ada", name: "Ada" } }
      }
    }
  }
}
