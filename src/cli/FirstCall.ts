/**
 * The values that a person or a program needs for a first call, and how they are printed.
 */
import type * as Embedded from "../embedded.js"
import * as DatabaseName from "../layers/embedded/storage/DatabaseName.js"
import * as Printable from "./Printable.js"
import { paint } from "./Terminal.js"

type Seed = Embedded.Seed.Seed

/** The object that `--json` prints. */
export interface FirstCall {
  /** The origin. The API is under `/v1`. */
  readonly url: string
  readonly account_id: string | null
  readonly client_id: string | null
  readonly client_secret: string | null
  readonly audience: string | null
  readonly customer: { readonly email: string; readonly password: string } | null
  /** The token for the controls under `/_embedded`. */
  readonly admin_token: string
  /** The address of the inspector page, with its token. */
  readonly inspector_url: string
  readonly docs_url: string
}

/** What the banner says beside the values for a first call. */
export interface Circumstances {
  readonly version: string
  readonly db: string | undefined
  /** Whether the database already existed before this start. */
  readonly isKept: boolean
}

const audienceOf = (accountId: string): string => `https://api.dintero.com/v1/accounts/${accountId}`

/** Whether only this machine can connect to the host. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** A system that listens on all addresses (`0.0.0.0`, `::`) is reached over the address of this machine. */
const connectable = (url: string): string =>
  url.replace("//0.0.0.0:", "//127.0.0.1:").replace(/\/\/\[(?:::|0(?::0){7})\]:/, "//[::1]:")

/** Takes the first account of the seed, its first client that can get a token, and its first customer with a known password. */
export const make = (
  listening: { readonly url: string; readonly adminToken: string },
  seed: Seed,
  client: Embedded.Seed.FirstClient | undefined,
  demo: { readonly demoSeed: Seed; readonly demoPassword: string }
): FirstCall => {
  const url = connectable(listening.url)
  const account = seed.accounts[0]
  // A hash does not reveal the password. Only that of the demo's hash is known.
  const demoHash = demo.demoSeed.accounts[0]?.customers?.[0]?.password_hash
  const customers = (account?.customers ?? []).flatMap(({ email, password, password_hash, type = "customer" }) => {
    const known = password ?? (password_hash !== undefined && password_hash === demoHash ? demo.demoPassword : undefined)
    return email === undefined || known === undefined || (type !== "customer" && type !== "company")
      ? []
      : [{ email, password: known }]
  })
  return {
    url,
    account_id: account?.account_id ?? null,
    client_id: client?.clientId ?? null,
    client_secret: client?.clientSecret ?? null,
    audience: client?.audience ?? (account === undefined ? null : audienceOf(account.account_id)),
    customer: customers[0] ?? null,
    admin_token: listening.adminToken,
    // No character of a token needs encoding in a fragment.
    inspector_url: `${url}/#token=${listening.adminToken}`,
    docs_url: `${url}/docs`
  }
}

/** Quotes any text as one word of a shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Quotes a value for a shell or an environment file, if it needs quotes. */
const assigned = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : quote(text))

/** A command in lines that fit a terminal and can be pasted into a shell. */
const curl = (call: FirstCall): ReadonlyArray<string> => {
  const { account_id, audience, client_id, client_secret, url } = call
  if (account_id === null || client_id === null || client_secret === null) return []
  const [grant, ...rest] = JSON.stringify({ grant_type: "client_credentials", audience }).split(/(?<="client_credentials",)/)
  const body = quote([grant, ...rest].join("\n")).split("\n")
  return [
    `curl -sS -w '\\n' ${assigned(`${url}/v1/accounts/${account_id}/auth/token`)} \\`,
    `  -u ${quote(`${client_id}:${client_secret}`)} \\`,
    ...[`-H 'content-type: application/json' -d ${body[0]}`, ...body.slice(1)].map((line) => `  ${line}`)
  ]
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
  if (db === undefined || db === DatabaseName.memory) return "in memory, gone when this stops"
  if (DatabaseName.isPostgres(db)) return `${DatabaseName.nameOf(db)}, kept and shared`
  return isKept ? `${db}, kept from an earlier start` : `${db}, new`
}

/** For a person: no wider than 80 columns and no longer than 24 lines, as long as the seed's own texts are short. */
export const text = (call: FirstCall, circumstances: Circumstances, hasColour: boolean): string => {
  const mark = paint(hasColour)
  const bold = (part: string) => mark("1", part)
  const { customer } = call
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["API", `${call.url}/v1`],
    ["Inspector", mark("36", call.inspector_url)],
    ["Docs", mark("36", call.docs_url)],
    ["Token", `${call.admin_token} (admin, for programs)`],
    ["Login", customer === null ? undefined : Printable.text(`${customer.email}, password: ${customer.password}`)],
    ["Database", database(circumstances)]
  ]
  const variables = environment(call)
  const command = curl(call)
  const section = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : [bold(title), ...lines.map((line) => `  ${line}`), ""]
  return [
    `${bold(`effect-dintero ${circumstances.version}`)}: Dintero's Customers and Auth at ${mark("36", call.url)}`,
    "",
    ...rows.flatMap(([label, value]) => (value === undefined ? [] : [`  ${mark("2", label.padEnd(11))}${value}`])),
    "",
    ...section(
      isLoopback(new URL(call.url).hostname)
        ? "For the client, Dintero.layerConfig"
        : "For the client; http from another machine needs DINTERO_ALLOW_INSECURE=true",
      variables
    ),
    ...section("A first call, to get a token", command),
    command.length === 0 ? "The seed has no API client, so nobody can get a token. Ctrl-C stops it." : "Ctrl-C stops it.",
    ""
  ].join("\n")
}

/** The banner of `--quiet`. */
export const line = (call: FirstCall, { version }: Circumstances): string =>
  `effect-dintero ${version} at ${call.url}, inspector at ${call.inspector_url}\n`
