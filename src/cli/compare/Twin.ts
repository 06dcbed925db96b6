/**
 * An embedded system with the settings of an account, and with a client that has the scopes of the account's client.
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Embedded from "../../embedded.js"
import type { EmbeddedConfig } from "../../layers/embedded/EmbeddedConfig.js"
import { CustomersSettings } from "../../schemas/CustomersSettings.js"
import { closed } from "../../schemas/OpenEnum.js"
import { CommandFailed } from "../CommandFailed.js"
import * as Json from "./Json.js"
import * as Target from "./Target.js"

const sections = ["users", "auto_tokens", "tokens", "attributes"] as const

const closedSettings = closed(CustomersSettings)

const decode = Schema.decodeUnknownEither(closedSettings)

const encode = Schema.encodeSync(closedSettings)

/** A key that the service hides is replaced by another one. */
const withKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withKeys)
  if (!Json.isObject(value)) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withKeys(item)]))
  return inner.type === "HMAC-SHA256" && inner.secret === undefined
    ? { ...inner, secret: randomBytes(16).toString("hex") }
    : inner
}

/** The sections that the embedded system understands, and the names of the others. */
const copyOf = (settings: unknown) => {
  const copied: Array<readonly [string, unknown]> = []
  const left: Array<string> = []
  for (const section of sections) {
    const value = Json.at(settings, section)
    if (value === undefined) continue
    const decoded = decode({ [section]: withKeys(value) })
    if (Either.isRight(decoded)) copied.push([section, encode(decoded.right)[section]])
    else left.push(section)
  }
  return { settings: Object.fromEntries(copied), left }
}

/** For a service whose tokens do not say which scopes they have. */
const usualScopes = [
  "admin:accounts",
  "admin:customers",
  "admin:locations",
  "write:accounts:/auth/users",
  "write:accounts:/auth/mfa",
  "create:accounts:auth:refresh_token"
]

const cannotStart = (why: string) => new CommandFailed({ message: `The embedded system cannot be started: ${why}` })

export interface Twin {
  readonly target: Target.Target
  readonly notes: ReadonlyArray<string>
}

/** `config`: how the embedded system behaves where that can be chosen. */
export const make = (
  { DinteroEmbedded, PasswordHashing }: Pick<typeof Embedded, "DinteroEmbedded" | "PasswordHashing">,
  service: Target.Target,
  run: string,
  config: EmbeddedConfig
): Effect.Effect<Twin, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const clientId = "effect-dintero-compare"
    const clientSecret = randomBytes(24).toString("base64url")
    const { left, settings } = copyOf(service.settings)
    const embedded = yield* DinteroEmbedded.make({
      ...config,
      // Nobody else can log in to a system in memory.
      passwordHashing: PasswordHashing.fastForTests,
      seed: {
        accounts: [
          {
            account_id: service.accountId,
            clients: [
              {
                client_id: clientId,
                client_secret: clientSecret,
                grants: [
                  { type: "client_credentials", scope: Option.getOrElse(service.scopes, () => usualScopes) },
                  { type: "password", scope: ["user:customers"] }
                ]
              }
            ],
            settings
          }
        ]
      }
    })
    const target = yield* Target.make({
      client: embedded.httpClient,
      baseUrl: "http://embedded.invalid/v1",
      accountId: service.accountId,
      audience: service.audience,
      clientId,
      clientSecret: Redacted.make(clientSecret),
      run
    })
    return {
      target,
      notes: left.map(
        (section) => `The embedded system has no settings.${section}, because it does not understand this account's.`
      )
    }
  }).pipe(Effect.mapError((error) => cannotStart(error._tag === "Unclear" ? error.reason : error.message)))
