/**
 * What the refusal of a one-time code says about it. The service's words for it are not known (assumed: code-refusal-words), so the words that several
 * systems use are looked for. An answer that has none of them, or those of several reasons, says nothing more than that something was refused.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import { answeredOf } from "../schemas/Answered.js"
import { CodeExpired, CodeRefused, type CredentialsRefused, TooManyAttempts } from "../schemas/DinteroError.js"
import { plain } from "../schemas/Words.js"

/**
 * The errors of one code that a person gave.
 *
 * @since 0.1.0
 * @category errors
 */
export type CodeError = CodeRefused | CodeExpired | TooManyAttempts | CredentialsRefused

const isText = (value: unknown): value is string => typeof value === "string"

const wordsOf = ({ code, errors = [], message }: CredentialsRefused): string =>
  plain(
    [code, message, ...errors.filter(Predicate.isRecord).flatMap((item) => [item.code, item.message, item.description])].filter(
      isText
    )
  )

const tooMany =
  /\btoo many\b|\b(attempts?|tries) (are |is |was |were )?(exceeded|exhausted|used up)\b|\bmax(imum)? (number of )?(attempts|tries)\b|\bno (more )?(attempts|tries)\b/

/** What is expired or wrong has to be the code: an `mfa_token` can be too. */
const namesCode = /\b(codes?|otp|passcode)\b/
const namesToken = /\btoken\b/

const expired = /\bexpired\b|\bno longer valid\b|\btoo old\b/

const wrong = /\b(wrong|invalid|incorrect|not valid|not correct|does not match|mismatch)\b/

/** @internal */
export const judge = (error: CredentialsRefused): CodeError => {
  const words = wordsOf(error)
  const isAboutCode = namesCode.test(words) && !namesToken.test(words)
  const reasons = {
    tooMany: tooMany.test(words),
    expired: isAboutCode && expired.test(words),
    wrong: isAboutCode && wrong.test(words)
  }
  if (Object.values(reasons).filter((isSaid) => isSaid).length !== 1) return error
  const answered = answeredOf(error)
  if (reasons.tooMany) return new TooManyAttempts({ ...answered, reason: "refused" })
  return reasons.expired ? new CodeExpired(answered) : new CodeRefused(answered)
}
