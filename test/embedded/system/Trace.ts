/**
 * A run through the operations of a reproducible system, as one text: every answer with its tokens and codes, the journal, the outbox, and
 * the stored rows at the end. As a program it prints the text for the seed in its first argument.
 */
import { fileURLToPath } from "node:url"
import { HttpClientRequest } from "@effect/platform"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"

const [account] = DinteroEmbedded.demoSeed.accounts
const [client] = account.clients
const audience = `https://api.dintero.com/v1/accounts/${account.account_id}`
const base = `http://x/v1/accounts/${account.account_id}`

export const trace = (seed: string): Effect.Effect<string> =>
  Effect.gen(function* () {
    const system = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests, reproducible: seed })
    const lines: Array<string> = []
    const send = (method: "GET" | "POST" | "PUT", path: string, body?: unknown, headers: Record<string, string> = {}) =>
      HttpClientRequest.make(method)(base + path, { headers }).pipe(
        body === undefined ? (request) => request : HttpClientRequest.bodyUnsafeJson(body),
        system.httpClient.execute,
        Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
        Effect.map(({ response, text }) => {
          lines.push(`${method} ${path} ${response.status} ${JSON.stringify(response.headers)} ${text}`)
          return (text === "" ? {} : JSON.parse(text)) as Record<string, string>
        })
      )
    const basic = { authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}` }
    const token = yield* send("POST", "/auth/token", { grant_type: "client_credentials", audience }, basic)
    const bearer = { authorization: `Bearer ${token.access_token}` }
    const ada = { type: "customer", email: "ada@example.com", audience }
    const login = { ...ada, password: DinteroEmbedded.demoPassword }
    yield* send("GET", "/customers/settings", undefined, bearer)
    yield* send("GET", "/auth/keys", undefined, bearer)
    const session = yield* send("POST", "/customers/login", login, bearer)
    yield* send("POST", "/auth/token", { grant_type: "refresh_token", refresh_token: session.refresh_token }, bearer)
    yield* send("POST", "/auth/revoke", { token: session.refresh_token }, bearer)
    yield* send("POST", "/customers/login", { ...login, password: "wrong" }, bearer)
    yield* send("POST", "/customers/change_password", ada, bearer)
    const channel = (oob_channel: string) => ({ challenge_type: "oob", oob_channel })
    const mfa = { enabled: true, login: channel("sms"), login_recovery: channel("email") }
    yield* send("PUT", "/customers/settings", { users: { customer_id_format: "uuid", mfa } }, bearer)
    const required = yield* send("POST", "/customers/login", login, bearer)
    const { mfa_token } = required
    const challenge = yield* send("POST", "/auth/mfa/challenge", { challenge_type: "oob", mfa_token }, bearer)
    const { code } = yield* system.outbox.awaitNext({ template: "mfa_code" })
    const grant = { grant_type: "mfa_oob", oob_code: challenge.oob_code, binding_code: code, mfa_token }
    yield* send("POST", "/auth/token", grant, bearer)
    yield* system.clock.advance("24 hours")
    yield* send("GET", "/customers/settings", undefined, bearer)
    yield* send("GET", "/customers/setings", undefined, bearer)
    lines.push(JSON.stringify(yield* system.journal.list()))
    lines.push(JSON.stringify(yield* system.outbox.list()))
    lines.push(JSON.stringify(yield* system.accounts.snapshot(account.account_id)))
    return `${lines.join("\n")}\n`
  }).pipe(Effect.scoped, Effect.orDie)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(await Effect.runPromise(trace(process.argv[2] ?? "")))
}
