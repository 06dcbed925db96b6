/** Calls of the controls over HTTP. */
import { setToken, token } from "./Token.js"

const prefix = "/_embedded"

export interface Issue {
  readonly path: string
  readonly message: string
}

/** A control refused, or could not be asked. */
export class Refused extends Error {
  /** 0 when there was no answer. */
  readonly status: number
  readonly issues: ReadonlyArray<Issue>

  constructor(status: number, message: string, issues: ReadonlyArray<Issue> = []) {
    super(message)
    this.status = status
    this.issues = issues
  }
}

export const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const issuesIn = (body: unknown): ReadonlyArray<Issue> =>
  !isRecord(body) || !Array.isArray(body.issues)
    ? []
    : body.issues.filter(isRecord).map(({ message, path }) => ({
        // As the controls write it, or in parts as the HTTP server does when a call does not fit the contract.
        path: Array.isArray(path) ? path.join(".") : String(path ?? ""),
        message: String(message ?? "")
      }))

export const request = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> => {
  const sent = token.peek()
  const response = await fetch(`${prefix}${path}`, {
    method,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    headers: { authorization: `Bearer ${sent}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null
  }).catch((cause: unknown) => {
    throw signal?.aborted === true ? cause : new Refused(0, "The system does not answer. Does “effect-dintero serve” still run?")
  })
  if (response.ok) return response
  const answer: unknown = await response.json().catch(() => undefined)
  const said = isRecord(answer) && typeof answer.message === "string" ? answer.message : ""
  if (response.status === 401) {
    // An answer to a token that was replaced meanwhile says nothing about the new one.
    if (sent === token.peek()) setToken("", "This token was refused. Each start of the system has a new one.")
    throw new Refused(401, said || "The admin token was refused.")
  }
  throw new Refused(response.status, said || `The system answered with status ${response.status}.`, issuesIn(answer))
}

/** Seam: what a control answers has the type that its schema says. */
export const ask = async <A>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<A> =>
  (await request(method, path, body, signal)).json()

export const get = <A>(path: string, signal?: AbortSignal): Promise<A> => ask("GET", path, undefined, signal)

/** For what is asked for without a person's doing: when it fails, the state of the connection says so. */
export const ignored = (): void => undefined

/** Of the fields that are not empty. */
export const queryOf = (fields: { readonly [name: string]: string }): string => {
  const query = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ""))
  return query.size === 0 ? "" : `?${query}`
}

export const accountPath = (accountId: string): string => `/accounts/${encodeURIComponent(accountId)}`
