/**
 * An embedded system in the place of the service, with data of its own, and a comparison with it.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Compare from "../../../src/cli/compare/Compare.js"
import type { Report } from "../../../src/cli/compare/Report.js"
import * as Target from "../../../src/cli/compare/Target.js"
import * as Twin from "../../../src/cli/compare/Twin.js"
import * as Embedded from "../../../src/embedded.js"

export const account = "T12345678"
export const clientSecret = "a-secret-of-the-test"
export const hmacKey = "a-key-of-the-test"
export const person = { email: "ada@people.example", phone_number: "+4791234567", password: "correct horse battery" }

type Config = Embedded.EmbeddedConfig.EmbeddedConfig

type Settings = NonNullable<Embedded.Seed.Seed["accounts"][number]["settings"]>

/** All that probes can only ask about where the settings have it. */
export const settings = {
  users: {
    customer_id_format: "uuid",
    head: { enabled: true },
    verifications: { phone_number: "sms" }
  },
  auto_tokens: { email: [{ type: "SHA256" }], phone_number: [{ type: "HMAC-SHA256", secret: hmacKey }] },
  attributes: [
    { name: "size", type: "integer" },
    { name: "secret", type: "string", private: true }
  ]
} as const satisfies Settings

export const withMfa = {
  ...settings,
  users: {
    ...settings.users,
    mfa: {
      enabled: true,
      login: { challenge_type: "oob", oob_channel: "sms" },
      login_recovery: { challenge_type: "oob", oob_channel: "email" }
    }
  }
} as const satisfies Settings

/** Every customer, tag, terms and location of it belongs to somebody else. */
export const seed = (own: Settings): Embedded.Seed.Seed => ({
  accounts: [
    {
      account_id: account,
      settings: own,
      clients: [
        {
          client_id: "a-client",
          client_secret: clientSecret,
          grants: [
            {
              type: "client_credentials",
              scope: [
                "admin:accounts",
                "admin:customers",
                "admin:locations",
                "write:accounts:/auth/users",
                "write:accounts:/auth/mfa",
                "create:accounts:auth:refresh_token"
              ]
            },
            { type: "password", scope: ["user:customers"] }
          ]
        }
      ],
      customers: [{ customer_id: "ada", ...person }],
      tags: [{ tag: "VIP" }],
      terms: [{ terms: "No returns" }],
      locations: [{ location_id: "oslo", name: "Oslo" }]
    }
  ]
})

export const start = (config: Config = {}, own: Settings = settings) =>
  Embedded.DinteroEmbedded.make({ ...config, seed: seed(own), passwordHashing: Embedded.PasswordHashing.fastForTests })

export const targetOf = ({ httpClient }: Embedded.DinteroEmbedded.EmbeddedService, run: string) =>
  Target.make({
    client: httpClient,
    baseUrl: "http://service.example/v1",
    accountId: account,
    clientId: "a-client",
    clientSecret: Redacted.make(clientSecret),
    run
  })

let runs = 0

/** Compares a system with a new one. `config` is that of the new one. */
export const compare = (
  service: Embedded.DinteroEmbedded.EmbeddedService,
  config: Config = {},
  options: Pick<Compare.Options, "includeSettings" | "onProbe"> = { includeSettings: true }
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const run = `effect-dintero-compare-test${++runs}`
      const target = yield* targetOf(service, run)
      const twin = yield* Twin.make(Embedded, target, run, config)
      return { run, report: yield* Compare.run({ service: target, embedded: twin.target, notes: twin.notes, ...options }) }
    })
  )

export const nameOf = ({ aspect, assumption }: Report["rows"][number]): string =>
  aspect === null ? assumption : `${assumption}, ${aspect}`

export const differences = ({ rows }: Report) => rows.filter(({ verdict }) => verdict === "differ")

export const unclear = ({ rows }: Report) =>
  rows.filter(({ verdict }) => verdict === "unclear").map((row) => [nameOf(row), row.reason])
