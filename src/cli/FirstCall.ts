/**
 * What a person or a program needs for its first call, and how it is said.
 */
import type * as Embedded from "../embedded.js"

type Seed = Embedded.Seed.Seed

/** As `--json` prints it. */
export interface FirstCall {
  /** The origin; the API is under its `/v1`. */
  readonly url: string
  readonly account_id: string | null
  readonly client_id: string | null
  readonly client_secret: string | null
  readonly audience: string | null
  readonly customer: { readonly email: string; readonly password: string } | null
}

/** What is known besides. */
export interface Circumstances {
  readonly version: string
  readonly db: string | undefined
  /** Whether the database was there before. */
  readonly isKept: boolean
}

const audienceOf = (accountId: string): string => `https://api.dintero.com/v1/accounts/${accountId}`

/** Whether nobody but this machine gets there. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** An address to listen on need not be one to connect to. */
const connectable = (url: string): string =>
  url.replace("//0.0.0.0:", "//127.0.0.1:").replace(/\/\/\[(?:::|0(?::0){7})\]:/, "//[::1]:")

/** Of the seed's first account: its first client that can get a token, and its first customer with a password that is known. */
export const make = (
  url: string,
  seed: Seed,
  client: Embedded.Seed.FirstClient | undefined,
  demo: { readonly demoSeed: Seed; readonly demoPassword: string }
): FirstCall => {
  const account = seed.accounts[0]
  // A hash tells nobody the password, except that of the demo.
  const demoHash = demo.demoSeed.accounts[0]?.customers?.[0]?.password_hash
  const customers = (account?.customers ?? []).flatMap(({ email, password, password_hash, type = "customer" }) => {
    const known = password ?? (password_hash !== undefined && password_hash === demoHash ? demo.demoPassword : undefined)
    return email === undefined || known === undefined || (type !== "customer" && type !== "company")
      ? []
      : [{ email, password: known }]
  })
  return {
    url: connectable(url),
    account_id: account?.account_id ?? null,
    client_id: client?.clientId ?? null,
    client_secret: client?.clientSecret ?? null,
    audience: client?.audience ?? (account === undefined ? null : audienceOf(account.account_id)),
    customer: customers[0] ?? null
  }
}

/** One word of a shell, whatever is in it. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Of an environment file too, where most texts stand as they are. */
const assigned = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : quote(text))

const curl = (call: FirstCall): string | undefined => {
  const { account_id, audience, client_id, client_secret, url } = call
  if (account_id === null || client_id === null || client_secret === null) return undefined
  const body = JSON.stringify({ grant_type: "client_credentials", audience })
  return `curl -sS -w '\\n' -u ${quote(`${client_id}:${client_secret}`)} -H 'content-type: application/json' -d ${quote(body)} ${quote(
    `${url}/v1/accounts/${account_id}/auth/token`
  )}`
}

const environment = (call: FirstCall): ReadonlyArray<string> => {
  const { account_id, audience, client_id, client_secret, url } = call
  if (account_id === null || client_id === null || client_secret === null) return []
  return [
    `DINTERO_ACCOUNT_ID=${account_id}`,
    `DINTERO_CLIENT_ID=${assigned(client_id)}`,
    `DINTERO_CLIENT_SECRET=${assigned(client_secret)}`,
    `DINTERO_BASE_URL=${url}/v1`,
    // Where it is not what the client asks for anyway.
    ...(audience === null || audience === audienceOf(account_id) ? [] : [`DINTERO_AUDIENCE=${assigned(audience)}`])
  ]
}

const database = ({ db, isKept }: Circumstances): string => {
  if (db === undefined || db === ":memory:") return "in memory, gone when this stops"
  return isKept ? `${db}, kept from an earlier start` : `${db}, new`
}

/** For a person. */
export const text = (call: FirstCall, circumstances: Circumstances, hasColour: boolean): string => {
  const paint = (code: number) => (part: string) => (hasColour ? `\u001B[${code}m${part}\u001B[0m` : part)
  const bold = paint(1)
  const dim = paint(2)
  const cyan = paint(36)
  const rows: ReadonlyArray<readonly [string, string | null]> = [
    ["Base URL", `${call.url}/v1`],
    ["Origin", call.url],
    ["Account", call.account_id],
    ["Client id", call.client_id],
    ["Client secret", call.client_secret],
    ["Audience", call.audience],
    ["Customer", call.customer?.email ?? null],
    ["Password", call.customer?.password ?? null],
    ["Database", database(circumstances)]
  ]
  const told = rows.flatMap(([label, value]) => (value === null ? [] : [`  ${dim(label.padEnd(15))}${value}`]))
  const command = curl(call)
  const section = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : [bold(title), "", ...lines.map((line) => `  ${line}`), ""]
  return [
    "",
    `${bold(`effect-dintero ${circumstances.version}`)} serves Dintero's Customers and Auth APIs at ${cyan(`${call.url}/v1`)}`,
    "",
    ...told,
    "",
    ...section(
      isLoopback(new URL(call.url).hostname)
        ? "For the client, Dintero.layerConfig"
        : "For the client, Dintero.layerConfig (which takes http to its own machine only: put https before this address)",
      environment(call)
    ),
    ...section("A first call, to get a token", command === undefined ? [] : [command]),
    command === undefined ? "The seed has no API client, so that nobody can get a token. Ctrl-C stops it." : "Ctrl-C stops it.",
    ""
  ].join("\n")
}
