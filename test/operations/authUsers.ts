import { Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/auth/users"

const username = "ada@work/1 æ"
const segment = "ada%40work%2F1%20%C3%A6"

const password = "a password of an auth user"

const settings = {
  links: [
    { rel: "customers_user", href: `${audience}/customers/users/ada` },
    { rel: "phone_number", href: "tel:+4799999999" },
    { rel: "email", href: "mailto:ada@example.com" }
  ],
  mfa: { challenge_type: "oob", oob_channels: ["sms", "email"] }
}

const given = { username, password: Redacted.make(password), ...settings }

const user = { id: "e6f7a8b9-1111-4222-8333-944455556666", username, ...settings }

/** The name of a login that there is. */
const created = Effect.flatMap(Auth, ({ users }) => users.create(given)).pipe(
  Effect.catchTag("Duplicate", () => Effect.void),
  Effect.as(username)
)

const wrongSettings = {
  links: [{ rel: "friend", href: 1 }, {}],
  mfa: { challenge_type: "totp", oob_channels: ["pigeon"] }
}

const wrongPaths = [
  "links.0.rel",
  "links.0.href",
  "links.1.rel",
  "links.1.href",
  "mfa.challenge_type",
  "mfa.oob_channels.0"
] as const

export const authUsers: SamplesOf<typeof tags.authUsers> = {
  create: {
    input: [given],
    sent: { path, json: { username, password, ...settings } },
    replay: "never",
    wrong: {
      json: { username: "", password: "seven..", ...wrongSettings },
      paths: ["username", "password", ...wrongPaths]
    },
    answer: { json: user, value: user }
  },
  update: {
    input: [username, { password: Redacted.make(password) }],
    fresh: Effect.map(created, (username) => [username, { password: Redacted.make("another password") }]),
    sent: { path: `${path}/${segment}`, json: { password } },
    replay: "idempotent",
    wrong: { json: { password: 1, ...wrongSettings }, paths: ["password", ...wrongPaths] },
    answer: { json: user, value: user }
  },
  delete: {
    input: [username],
    fresh: Effect.map(created, (username) => [username]),
    sent: { path: `${path}/${segment}` },
    replay: "idempotent",
    answer: { json: user, value: user }
  },
  changeUsername: {
    input: [username, { username: "ada" }],
    fresh: Effect.map(created, (username) => [username, { username }]),
    sent: { path: `${path}/${segment}/change_username`, json: { username: "ada" } },
    replay: "never",
    wrong: { json: { username: "x".repeat(256) }, paths: ["username"] },
    answer: { json: { ...user, username: "ada" }, value: { ...user, username: "ada" } }
  }
}
