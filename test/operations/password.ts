import { Redacted } from "effect"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import { ada, adasPassword } from "./People.js"
import type { SamplesOf } from "./Sample.js"

const customers = "/accounts/T12345678/customers"

const type = "customer"

export const password: SamplesOf<typeof tags.password> = {
  login: {
    input: [{ type, email: ada.email, password: adasPassword, audience }],
    sent: { path: `${customers}/login`, json: { type, email: ada.email, password: ada.password, audience } },
    replay: "never",
    wrong: {
      json: { type: "robot", email: "a@b.c", password: "abc" },
      paths: ["audience", "type", "password"]
    },
    answer: {
      json: { access_token: "a.b.c", expires_in: 3600, token_type: "Bearer", refresh_token: "r-1" },
      value: {
        access_token: Redacted.make("a.b.c"),
        expires_in: 3600,
        token_type: "Bearer",
        refresh_token: Redacted.make("r-1")
      }
    }
  },
  mfaLogin: {
    input: [{ type, ident_type: "email", ident: ada.email, secret: adasPassword, audience }],
    sent: {
      path: `${customers}/mfa_login`,
      json: { type, ident_type: "email", ident: ada.email, secret: ada.password, audience }
    },
    replay: "never",
    wrong: {
      json: { type: "robot", ident_type: "name", ident: null, secret: 1 },
      paths: ["audience", "type", "ident_type", "ident", "secret"]
    },
    answer: {
      json: { mfa_token: "m-1", challenge_type: "oob", links: [{ rel: "mfa_oob", href: "https://api.dintero.com/v1/x" }] },
      value: {
        mfa_token: Redacted.make("m-1"),
        challenge_type: "oob",
        links: [{ rel: "mfa_oob", href: "https://api.dintero.com/v1/x" }]
      }
    }
  },
  mfaRecovery: {
    input: [{ type, ident_type: "email", ident: ada.email, audience }],
    sent: { path: `${customers}/mfa_login_recovery`, json: { type, ident_type: "email", ident: ada.email, audience } },
    replay: "never",
    wrong: {
      json: { type: "robot", ident_type: "name", ident: null },
      paths: ["audience", "type", "ident_type", "ident"]
    },
    answer: {
      json: {
        links: [{ rel: "mfa_oob", href: "https://api.dintero.com/v1/x" }],
        oob_code: "o-1",
        mfa_token: "m-1",
        challenge_type: "oob",
        binding_method: "prompt"
      },
      value: {
        links: [{ rel: "mfa_oob", href: "https://api.dintero.com/v1/x" }],
        oob_code: Redacted.make("o-1"),
        mfa_token: Redacted.make("m-1"),
        challenge_type: "oob",
        binding_method: "prompt"
      }
    }
  },
  requestChange: {
    input: [{ type, email: ada.email, audience }],
    sent: { path: `${customers}/change_password`, json: { type, email: ada.email, audience } },
    replay: "never",
    wrong: { json: { type: "employee", email: [] }, paths: ["audience", "type", "email"] },
    answer: { value: undefined }
  }
}
