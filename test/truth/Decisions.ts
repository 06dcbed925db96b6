/**
 * What a client makes of each answer that refuses, on each kind of call. The test runs every row, and the table in docs/errors.md is written from
 * them.
 */
import { bodies, type Reply } from "../utils/RecordedServer.js"

/** What the tokens say of their scopes: those of the operation among them, none of these, or nothing that can be read. */
export type Scopes = "enough" | "none" | "unreadable"

/** `ok`, or the tag of the error; of a session's refresh with what becomes of what is stored. */
export interface Ends {
  /** Of a call by a token that is at hand. */
  readonly call: string
  /** Of a login, the second factor, and a login without a password. */
  readonly login: string
  readonly refresh: string
  readonly stored: "kept" | "removed"
}

export interface Decision {
  readonly answer: string
  readonly reply: Reply
  /** How often it comes, before the server's own answer. */
  readonly times: number
  readonly scopes: Scopes
  readonly ends: Ends
  /** Requests of the same call, in which each sending but the first has another access token. */
  readonly sendings: number
  /** Calls for which this answer means something else, which other tests hold. */
  readonly without?: ReadonlyArray<string>
  /** The same for a call whose only credential is its token, when it is another number. */
  readonly callSendings?: number
}

/** A row of the documentation: the same decision for several answers. */
export interface Row {
  readonly row: string
  readonly means: string
  readonly decisions: ReadonlyArray<Decision>
}

const always = Number.POSITIVE_INFINITY

const html = "<!doctype html><html><head><title>403</title></head><body><h1>Forbidden</h1></body></html>"

const json = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })

const page = (status: number): Reply => ({ status, body: html, contentType: "text/html" })

const oauth = (status: number, error: string): Reply => json(status, { error, error_description: "No" })

const domain = (status: number): Reply => json(status, { error: { code: "NOT TODAY", message: "That was not it" } })

const statusTags: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  407: "UnexpectedStatus",
  451: "UnexpectedStatus",
  503: "ServerError",
  511: "ServerError"
}

const tagOf = (status: number): string => statusTags[status] ?? "UnexpectedStatus"

const byStatus = (status: number): Ends => ({
  call: tagOf(status),
  login: tagOf(status),
  refresh: tagOf(status),
  stored: "kept"
})

const refused = (status: number): Ends => ({
  call: tagOf(status),
  login: "CredentialsRefused",
  refresh: "SessionExpired",
  stored: "removed"
})

const once = (answer: string, reply: Reply, ends: Ends, more: Partial<Decision> = {}): Decision => ({
  answer,
  reply,
  times: always,
  scopes: "enough",
  ends,
  sendings: 1,
  ...more
})

/** All that a 401 can look like which is about nothing but the access token. */
const unauthorized: ReadonlyArray<readonly [string, Reply]> = [
  ["401 as recorded", { status: 401, body: bodies.unauthorized }],
  ["401 without a body", { status: 401, body: "" }],
  ["401 without a code, and with errors", json(401, { error: { errors: [{ description: "no" }], message: "UNAUTHORIZED" } })],
  ["401 with a page of HTML", page(401)],
  ["401 of a gateway, with a number for a code", json(401, { error: { code: 401, message: "Request had invalid credentials" } })],
  ["401 of a gateway, with a text for an error", json(401, { error: "Unauthorized" })],
  ["401 invalid_token (RFC 6750)", oauth(401, "invalid_token")]
]

export const rows: ReadonlyArray<Row> = [
  {
    row: "access token refused",
    means: "a 401 without a code, without a body, or with a body that is not Dintero's",
    decisions: unauthorized.map(([answer, reply]) =>
      once(answer, reply, { call: "ok", login: "ok", refresh: "ok", stored: "kept" }, { times: 1, sendings: 2 })
    )
  },
  {
    row: "refused again",
    means: "the same, with the new access token too",
    decisions: unauthorized.map(([answer, reply]) =>
      once(
        answer,
        reply,
        { call: "Unauthorized", login: "Unauthorized", refresh: "SessionExpired", stored: "kept" },
        { sendings: 2 }
      )
    )
  },
  {
    row: "scope missing",
    means: "a 403, and the token itself says that it has none of the operation's scopes",
    decisions: [
      once("403 as recorded", { status: 403, body: bodies.forbidden }, byStatus(403), { scopes: "none" }),
      once("403 with a code", domain(403), byStatus(403), { scopes: "none" }),
      once("403 with a page of HTML", page(403), byStatus(403), { scopes: "none" })
    ]
  },
  {
    row: "refused",
    means: "a 400, 401 or 403 with another error of Dintero's own; also the 403 without a code, from a token that has the scope",
    decisions: [
      once("400 with a code", domain(400), refused(400)),
      once("401 with a code", domain(401), refused(401), { callSendings: 2 }),
      once("403 with a code", domain(403), refused(403)),
      once("403 with errors and no code", json(403, { error: { errors: [{ description: "no" }], message: "No" } }), refused(403)),
      once("403 as recorded, and the token has the scope", { status: 403, body: bodies.forbidden }, refused(403)),
      once("403 as recorded, and the token cannot be read", { status: 403, body: bodies.forbidden }, refused(403), {
        scopes: "unreadable"
      })
    ]
  },
  {
    row: "second factor",
    means: "`mfa_required`, with an `mfa_token`",
    decisions: [400, 401, 403].map((status) =>
      once(
        `${status} mfa_required`,
        json(status, { error: { code: "mfa_required", message: "Multifactor authentication required" }, mfa_token: "m" }),
        { ...refused(status), login: "MfaRequired" },
        // There a code is asked for anyhow.
        { ...(status === 401 ? { callSendings: 2 } : {}), without: ["login with MFA", "Mfa.complete"] }
      )
    )
  },
  {
    row: "invalid_grant",
    means: "the code of RFC 6749 for what was refused",
    decisions: [
      once("400 invalid_grant", oauth(400, "invalid_grant"), refused(400)),
      once("401 invalid_grant", oauth(401, "invalid_grant"), refused(401)),
      once("403 invalid_grant", oauth(403, "invalid_grant"), refused(403))
    ]
  },
  {
    row: "not about the credential",
    means: "another code of RFC 6749, or a request that does not fit its schema",
    decisions: [
      once("401 invalid_client", oauth(401, "invalid_client"), byStatus(401)),
      once("400 invalid_request", oauth(400, "invalid_request"), byStatus(400)),
      once("400 invalid_scope", oauth(400, "invalid_scope"), byStatus(400)),
      once("400 unauthorized_client", oauth(400, "unauthorized_client"), byStatus(400)),
      once("403 unauthorized_client", oauth(403, "unauthorized_client"), byStatus(403)),
      once("400 unsupported_grant_type", oauth(400, "unsupported_grant_type"), byStatus(400)),
      once("503 temporarily_unavailable", oauth(503, "temporarily_unavailable"), byStatus(503)),
      once("400 of a validation, as recorded", { status: 400, body: bodies.validation }, byStatus(400)),
      once("400 as in Dintero's own mocks", { status: 400, body: bodies.badRequest }, byStatus(400))
    ]
  },
  {
    row: "not Dintero's",
    means: "a body that is no JSON object with `error`: of a proxy, a firewall, a captive portal",
    decisions: [
      ...[400, 403, 407, 451, 511].map((status) => once(`${status} with a page of HTML`, page(status), byStatus(status))),
      once("400 without a body", { status: 400, body: "" }, byStatus(400)),
      once("403 without a body", { status: 403, body: "" }, byStatus(403)),
      once("403 with JSON of another make", json(403, { message: "Blocked by a rule" }), byStatus(403)),
      once("403 of a gateway, with a number for a code", json(403, { error: { code: 403, message: "Denied" } }), byStatus(403))
    ]
  }
]

/** What ends in several tags ends in that of its status. */
const cell = (ends: ReadonlyArray<string>): string => {
  const [end, ...others] = new Set(ends)
  if (end === undefined || others.length > 0) return "as its status"
  return end === "ok" ? "goes on, with another token" : `\`${end}\``
}

/** As it stands in the documentation. */
export const table = (): string =>
  [
    "| the answer | a call | login, MFA, passwordless | a session's refresh | the stored session |",
    "|---|---|---|---|---|",
    ...rows.map(({ decisions, means }) => {
      const ends = decisions.map(({ ends }) => ends)
      const of = (field: keyof Ends) => cell(ends.map((end) => end[field]))
      return `| ${means} | ${of("call")} | ${of("login")} | ${of("refresh")} | ${ends[0]?.stored ?? ""} |`
    })
  ].join("\n")
