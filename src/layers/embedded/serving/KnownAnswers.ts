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
const repeatable: ReadonlySet<string> = new Set(["customers.settings.get", "customers.users.get", "customers.users.list"])

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
}

export class KnownAnswers extends Context.Tag("effect-dintero/embedded/KnownAnswers")<KnownAnswers, KnownAnswersService>() {}

interface Known {
  readonly token: string
  readonly path: string
  readonly response: ApiResponse.ApiResponse
  readonly note: Readonly<Note>
}

/** The characters of all URLs, headers and bodies that are kept: more than that, and all are forgotten. */
const mostCharacters = 4 * 1024 * 1024

const tokenIn = (authorization: string): string | undefined => /^bearer +(\S+) *$/i.exec(authorization)?.[1]

export const make = Effect.gen(function* () {
  const faults = yield* Faults
  const journal = yield* Journal
  const issuer = yield* AccessTokenIssuer
  const { current } = yield* DataVersion
  /** By the `Authorization` header and the URL. */
  const known = new Map<string, Map<string, Known>>()
  let characters = 0
  let version: string | undefined

  const forget = () => {
    known.clear()
    characters = 0
  }

  return {
    version: current,
    keep: ({ headers: { authorization }, method, url }, path, response, note, before) => {
      if (before === undefined || method !== "GET" || authorization === undefined || typeof response.body !== "string") return
      if (response.status !== 200 || note.operation === null || !repeatable.has(note.operation) || note.fault !== null) return
      const token = tokenIn(authorization)
      if (token === undefined || current() !== before) return
      const size = authorization.length + url.length + path.length + response.body.length
      if (version !== before || characters + size > mostCharacters) forget()
      if (size > mostCharacters) return
      version = before
      characters += size
      const ofToken = known.get(authorization) ?? new Map<string, Known>()
      known.set(authorization, ofToken)
      ofToken.set(url, { token, path, response, note: withoutLongBodies({ ...note }) })
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
