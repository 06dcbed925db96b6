/** How a client calls the API: as curl commands, as a program with Effect, as an environment. */
import type { Client } from "../Types.js"

/** Stands for a secret on the screen. */
export const mask = "••••••••••••"

/** One word of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** In an environment file, where most texts stand as they are. */
const assigned = (text: string): string => (text === mask || /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text))

export const usualAudience = (accountId: string): string => `https://api.dintero.com/v1/accounts/${accountId}`

/** The grant by which a client gets a token of its own. */
export const ownGrant = (client: Client): Client["grants"][number] | undefined =>
  client.grants.find(({ type }) => type === "any" || type === "client_credentials")

export interface Caller {
  readonly baseUrl: string
  readonly accountId: string
  readonly clientId: string
  readonly secret: string
  readonly audience: string
}

const curl = ({ accountId, audience, baseUrl, clientId, secret }: Caller): ReadonlyArray<string> => {
  const account = `${baseUrl}/accounts/${accountId}`
  return [
    `TOKEN=$(curl -sS -u ${quoted(`${clientId}:${secret}`)} \\`,
    "  -H 'content-type: application/json' \\",
    `  -d ${quoted(JSON.stringify({ grant_type: "client_credentials", audience }))} \\`,
    `  ${quoted(`${account}/auth/token`)} \\`,
    `  | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')`,
    "",
    `curl -sS -w '\\n' -H "authorization: Bearer $TOKEN" \\`,
    `  ${quoted(`${account}/customers/settings`)}`
  ]
}

const program = ({ accountId, audience, baseUrl, clientId, secret }: Caller): ReadonlyArray<string> => [
  'import { FetchHttpClient } from "@effect/platform"',
  'import { Effect, Layer, Redacted } from "effect"',
  'import { Customers, Dintero } from "effect-dintero"',
  "",
  "const DinteroLive = Dintero.layer({",
  `  accountId: ${JSON.stringify(accountId)},`,
  `  clientId: ${JSON.stringify(clientId)},`,
  `  clientSecret: Redacted.make(${JSON.stringify(secret)}),`,
  ...(audience === usualAudience(accountId) ? [] : [`  audience: ${JSON.stringify(audience)},`]),
  `  baseUrl: ${JSON.stringify(baseUrl)}`,
  "}).pipe(Layer.provide(FetchHttpClient.layer))",
  "",
  "const program = Effect.flatMap(Customers, (customers) => customers.settings.get())",
  "",
  "Effect.runPromise(Effect.provide(program, DinteroLive)).then(console.log)"
]

const environment = ({ accountId, audience, baseUrl, clientId, secret }: Caller): ReadonlyArray<string> => [
  `DINTERO_ACCOUNT_ID=${accountId}`,
  `DINTERO_CLIENT_ID=${assigned(clientId)}`,
  `DINTERO_CLIENT_SECRET=${assigned(secret)}`,
  `DINTERO_BASE_URL=${baseUrl}`,
  ...(audience === usualAudience(accountId) ? [] : [`DINTERO_AUDIENCE=${assigned(audience)}`])
]

export const formats = {
  curl: { label: "curl", name: "curl commands", lines: curl },
  effect: { label: "Effect", name: "Effect program", lines: program },
  env: { label: "Environment", name: "environment variables", lines: environment }
} as const

export type Format = keyof typeof formats

export const formatNames = ["curl", "effect", "env"] as const satisfies ReadonlyArray<Format>

/** Ready for a terminal or a file. */
export const write = (format: Format, caller: Caller): string => `${formats[format].lines(caller).join("\n")}\n`
