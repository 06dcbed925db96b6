/**
 * Answers that are given again without the work that made them, as long as nothing that they follow from has changed: the data, the request
 * and the validity of its access token.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Faults } from "../controls/faults/Faults.js"
import { Journal, type Note, withoutLongBodies } from "../controls/journal/Journal.js"
import { AccessTokenIssuer } from "../rooms/sessions/AccessTokenIssuer.js"
import { DataVersion } from "../system/DataVersion.js"
import type { ApiRequest } from "./ApiRequest.js"
import * as ApiResponse from "./ApiResponse.js"

/**
 * The operations whose answer follows from the data, the token and the URL alone: not from the time, from chance, from another header or from
 * another system. They change nothing.
 */
const repeatable: ReadonlySet<string> = new Set([
  "customers.settings.get",
  "customers.users.get",
  "customers.users.list",
  "customers.tags.list",
  "customers.tags.ofCustomer",
  "customers.terms.list",
  "customers.terms.get",
  "customers.locations.list",
  "customers.locations.get"
])

export interface KnownAnswersService {
  /** To be taken before the work. With it the answer of that work can be kept. */
  readonly version: () => string | undefined
  /** Keeps an answer, if it is one that can be given again, and the data has still this version. */
  readonly keep: (
    request: ApiRequest,
    path: string,
    response: ApiResponse.ApiResponse,
    note: Readonly<Note>,
    version: string | undefined
  ) => void
  /** The answer to a request at this time, which is then in the journal. `undefined` when the work has to be done. */
  readonly again: (request: ApiRequest, now: number) => ApiResponse.ApiResponse | undefined
  /** About how many bytes the answers take that are kept. */
  readonly size: () => number
}

export class KnownAnswers extends Context.Tag("effect-dintero/embedded/KnownAnswers")<KnownAnswers, KnownAnswersService>() {}

interface Known {
  readonly token: string
  /** What {@link sizeOf} says. */
  readonly size: number
  readonly path: string
  readonly response: ApiResponse.ApiResponse
  readonly note: Readonly<Note>
}

/** In bytes, of all answers that are kept: more than that, and all are forgotten. */
const mostBytes = 16 * 1024 * 1024

/** The decoded body, which the journal shows, takes about so many bytes for each character of its text. */
const decodedBytes = 4

/** An answer has its headers and its note besides. */
const fixedBytes = 1_024

/** About how many bytes an answer takes. Its token and its headers are shared with other answers. */
const sizeOf = (url: string, path: string, body: string): number =>
  fixedBytes + url.length + path.length + (1 + decodedBytes) * body.length

const tokenIn = (authorization: string): string | undefined => /^bearer +(\S+) *$/i.exec(authorization)?.[1]

export const make = Effect.gen(function* () {
  const faults = yield* Faults
  const journal = yield* Journal
  const issuer = yield* AccessTokenIssuer
  const { current } = yield* DataVersion
  /** By the `Authorization` header and the URL. */
  const known = new Map<string, Map<string, Known>>()
  let size = 0
  let version: string | undefined

  const forget = () => {
    known.clear()
    size = 0
  }

  return {
    version: current,
    size: () => size,
    keep: ({ headers: { authorization }, method, url }, path, response, note, before) => {
      if (before === undefined || method !== "GET" || authorization === undefined || typeof response.body !== "string") return
      if (response.status !== 200 || note.operation === null || !repeatable.has(note.operation) || note.fault !== null) return
      const token = tokenIn(authorization)
      if (token === undefined || current() !== before) return
      const own = sizeOf(url, path, response.body)
      if (own > mostBytes) return
      if (version !== before) forget()
      // Two requests for the same can be under way at the same time.
      const replaced = known.get(authorization)?.get(url)?.size ?? 0
      const ofHeader = known.has(authorization) ? 0 : authorization.length
      if (size - replaced + ofHeader + own > mostBytes) forget()
      else size -= replaced
      version = before
      let ofToken = known.get(authorization)
      if (ofToken === undefined) {
        ofToken = new Map()
        known.set(authorization, ofToken)
        size += authorization.length
      }
      size += own
      ofToken.set(url, { token, size: own, path, response, note: withoutLongBodies({ ...note }) })
    },
    again: (request, millis) => {
      if (known.size === 0 || request.method !== "GET" || faults.hasRules()) return undefined
      const answer = known.get(request.headers.authorization ?? "")?.get(request.url)
      if (answer === undefined || !issuer.isValid(answer.token, millis)) return undefined
      const now = current()
      if (now !== version) {
        // While a transaction is open nothing is known, and the answers may still be right after it.
        if (now !== undefined) forget()
        return undefined
      }
      const response = ApiResponse.conditional(request, answer.response)
      const { note } = answer
      const { status } = response
      return journal.add(millis, request.method, answer.path, status === note.status ? note : { ...note, status })
        ? response
        : undefined
    }
  } satisfies KnownAnswersService
})
