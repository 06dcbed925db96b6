/**
 * A partner's side of the service, which answers as recorded: the tokens of the three levels, and one resource. It knows no more than which token it
 * has issued to whom.
 */
import { Effect } from "effect"
import * as Mock from "../utils/MockHttp.js"
import type * as Scripted from "../utils/ScriptedServer.js"

export const partner = "T11200000"
export const clientSecret = "secret-of-the-partner"

export const merchantOf = (index: number): string => `T${String(20_000_001 + index)}`

export interface Asked {
  readonly method: string
  readonly path: string
  readonly authorization: string
  readonly body: string
}

export interface Said {
  readonly status: number
  readonly body: unknown
}

type Kind = "partner" | "exchange" | "client"

interface Issued {
  readonly kind: Kind
  readonly account: string
}

/** 48 bytes, the same for every reason (recorded traffic). */
const unauthorized: Said = { status: 401, body: { error: { errors: [], message: "UNAUTHORIZED" } } }

const basic = `Basic ${Buffer.from(`shop:${clientSecret}`).toString("base64")}`

const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

const fieldOf = (body: string, name: string): string => {
  const read: unknown = JSON.parse(body)
  const value = typeof read === "object" && read !== null ? Reflect.get(read, name) : undefined
  return typeof value === "string" ? value : ""
}

export const make = (lives: Partial<Record<Kind, number>> = {}) => {
  const valid = new Map<string, Issued>()
  const issued: Record<Kind, Map<string, number>> = { partner: new Map(), exchange: new Map(), client: new Map() }
  const calls = new Map<string, number>()
  const audiences: Array<string> = []
  const strangers = new Set<string>()
  const lines: Array<string> = []
  let serial = 0

  const grant = (kind: Kind, account: string): Said => {
    const access_token = `${kind}-${account}-${++serial}`
    valid.set(access_token, { kind, account })
    add(issued[kind], account)
    return { status: 200, body: { access_token, expires_in: lives[kind] ?? 14_400, token_type: "Bearer" } }
  }

  const answer = ({ authorization, body, method, path }: Asked): Said => {
    const [, account = "", rest = ""] = /^\/v1\/accounts\/([^/]+)\/(.*)$/.exec(path) ?? []
    const bearer = valid.get(authorization.replace(/^Bearer /, ""))
    lines.push(`${method} ${account}/${rest} ${bearer?.kind ?? authorization.split(" ")[0]}`)
    if (rest === "auth/token") {
      audiences.push(fieldOf(body, "audience"))
      if (account === partner) return authorization === basic ? grant("partner", account) : unauthorized
      return bearer?.kind === "exchange" && bearer.account === account ? grant("client", account) : unauthorized
    }
    if (rest === "auth/exchange_token") {
      if (bearer?.kind !== "partner") return unauthorized
      const merchant = fieldOf(body, "account_id")
      return strangers.has(merchant)
        ? { status: 403, body: { error: { code: "FORBIDDEN", message: "Not a merchant of this partner" } } }
        : grant("exchange", merchant)
    }
    if (bearer === undefined || bearer.kind === "exchange" || bearer.account !== account) return unauthorized
    add(calls, account)
    return { status: 200, body: { users: { customer_id_format: "uuid" } } }
  }

  const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0)

  return {
    answer,
    /** Method, account, path and the kind of the credential, in the order of their arrival. */
    lines,
    audiences,
    calls,
    issued,
    /** How many tokens of the three levels were issued. */
    counts: () => [total(issued.partner), total(issued.exchange), total(issued.client)],
    /** From now on the tokens of these levels are refused. */
    revoke: (...kinds: ReadonlyArray<Kind>) => {
      for (const [token, { kind }] of valid) if (kinds.includes(kind)) valid.delete(token)
    },
    /** No merchant of this partner. */
    refuse: (merchant: string) => void strangers.add(merchant)
  }
}

export type Service = ReturnType<typeof make>

const askedOf = (request: Mock.Recorded): Asked => ({
  method: request.method,
  path: new URL(request.url).pathname,
  authorization: request.headers.authorization ?? "",
  body: request.body
})

/** Its answer, once this has ended. */
export const after =
  (service: Service, wait: Effect.Effect<unknown>): Mock.Answer =>
  (request) =>
    Effect.map(wait, () => {
      const { body, status } = service.answer(askedOf(request))
      return Response.json(body, { status })
    })

/** Without a network, for the time of a `TestClock`. `instead` may answer in its place. */
export const mock = (service: Service, instead?: (asked: Asked) => Mock.Answer | undefined): Mock.MockHttp => {
  const answer: Mock.Answer = (request, count) => (instead?.(askedOf(request)) ?? after(service, Effect.void))(request, count)
  return Mock.make({ token: answer, resource: answer })
}

/** For a real server. `bodyOf` gives the body of the request that came last. */
export const overHttp =
  (service: Service, bodyOf: () => string): Scripted.Answer =>
  (request, response) => {
    const { body, status } = service.answer({
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization ?? "",
      body: bodyOf()
    })
    const text = JSON.stringify(body)
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    response.end(text)
  }
