/**
 * What the server of `examples/sessions` answers, as the table of docs/sessions.md. Each answer is that of the server's own function. An error
 * without an example here does not compile.
 */
import { HttpServerError, HttpServerRequest } from "@effect/platform"
import { Cause, Duration, Either, ParseResult, Schema } from "effect"
import * as Dintero from "effect-dintero"
import { answerTo, type ShopError } from "../../examples/sessions/Answers.js"
import { NotSignedIn } from "../../examples/sessions/CurrentCustomer.js"

const parseError = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(Schema.String)(1)))

const requestError = new HttpServerError.RequestError({
  request: HttpServerRequest.fromWeb(new Request("http://shop.example/sign-in")),
  reason: "Decode"
})

/** The errors with one tag: an example of each, and in brackets what tells them apart. */
type Examples = {
  readonly [Tag in ShopError["_tag"]]: ReadonlyArray<readonly [error: Extract<ShopError, { readonly _tag: Tag }>, only?: string]>
}

const reasons = <Reason extends string, E>(make: (given: { readonly reason: Reason }) => E, ...all: ReadonlyArray<Reason>) =>
  all.map((reason) => [make({ reason }), `\`${reason}\``] as const)

export const examples: Examples = {
  NotSignedIn: [[new NotSignedIn()]],
  SessionNotFound: [[Dintero.SessionNotFound.forTest()]],
  SessionExpired: reasons(Dintero.SessionExpired.forTest, "refused", "ended", "unauthorized"),
  TokenStoreError: reasons(Dintero.TokenStoreError.forTest, "unavailable", "unreadable", "foreign", "wrong-key"),
  SessionNotStored: reasons(Dintero.SessionNotStored.forTest, "unavailable", "unreadable", "foreign", "wrong-key"),
  CredentialsRefused: [[Dintero.CredentialsRefused.forTest()]],
  WrongCode: [[Dintero.WrongCode.forTest()]],
  TooManyMessages: [[Dintero.TooManyMessages.forTest()]],
  PendingLoginOver: reasons(Dintero.PendingLoginOver.forTest, "unknown", "tries"),
  CodeRefused: [[Dintero.CodeRefused.forTest()]],
  CodeExpired: [[Dintero.CodeExpired.forTest()]],
  TooManyAttempts: [[Dintero.TooManyAttempts.forTest()]],
  MfaRequired: [[Dintero.MfaRequired.forTest()]],
  ParseError: [[ParseResult.isParseError(parseError) ? parseError : ParseResult.parseError(parseError)]],
  RequestError: [[requestError]],
  InvalidRequest: [[Dintero.InvalidRequest.forTest()]],
  BadRequest: [[Dintero.BadRequest.forTest()]],
  Duplicate: [[Dintero.Duplicate.forTest()]],
  NotFound: [[Dintero.NotFound.forTest()]],
  RateLimited: [[Dintero.RateLimited.forTest()]],
  ServerError: [[Dintero.ServerError.forTest()]],
  TransportError: [[Dintero.TransportError.forTest()]],
  InvalidResponse: [[Dintero.InvalidResponse.forTest()]],
  UnexpectedStatus: [[Dintero.UnexpectedStatus.forTest()]],
  MethodNotAllowed: [[Dintero.MethodNotAllowed.forTest()]],
  Unauthorized: [[Dintero.Unauthorized.forTest()]],
  TokenExpired: [[Dintero.TokenExpired.forTest()]],
  Forbidden: [[Dintero.Forbidden.forTest()]],
  ForeignAccount: [[Dintero.ForeignAccount.forTest()]],
  NoSuchElementException: [[new Cause.NoSuchElementException()]]
}

/** What the page does with the `error` of an answer. */
const page: Readonly<Record<string, string>> = {
  "sign-in": "shows the sign-in",
  "start-again": "shows the sign-in, and says why",
  "credentials-refused": "asks for the password again",
  "code-refused": "asks for the code again",
  "code-expired": "offers another message",
  "too-many-messages": "says that the last code is still good",
  "store-unavailable": "tries again after the time of `Retry-After`; the customer stays signed in",
  "dintero-unavailable": "tries again after the time of `Retry-After`; the customer stays signed in",
  busy: "tries again after the time of `Retry-After`",
  "bad-request": "shows what is wrong with the form",
  "in-use": "asks for another value",
  "not-found": "says so",
  internal: "says that something is wrong here; an alert for us",
  upstream: "says that something is wrong; an alert for us"
}

export const table = (): string => {
  // The errors of each answer, and of each tag what its error has to say for this answer.
  const answers = new Map<string, Map<string, Array<string>>>()
  for (const [tag, found] of Object.entries(examples)) {
    for (const [error, only] of found) {
      const { clears, error: code, retryAfter, status } = answerTo(error)
      const does = page[code]
      if (does === undefined) throw new Error(`AnswersTable.ts does not say what the page does with ${code}`)
      const wait = retryAfter === undefined ? "" : `, \`Retry-After: ${Duration.toSeconds(retryAfter)}\``
      const cookie = clears === undefined ? "stays" : clears === "session" ? "the session's goes" : "the sign-in's goes"
      const answer = `${status} \`${code}\`${wait} | ${cookie} | ${does}`
      const tags = answers.get(answer) ?? new Map<string, Array<string>>()
      answers.set(answer, tags.set(tag, [...(tags.get(tag) ?? []), ...(only === undefined ? [] : [only])]))
    }
  }
  const named = ([tag, only]: readonly [string, ReadonlyArray<string>]) =>
    only.length === 0 ? `\`${tag}\`` : `\`${tag}\` (${only.join(", ")})`
  return [
    "| error | answer | cookie | the page |",
    "|---|---|---|---|",
    ...[...answers].map(([answer, tags]) => `| ${[...tags].map(named).join(", ")} | ${answer} |`)
  ].join("\n")
}
