/**
 * The customer of a session.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Claims from "../../internal/Claims.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"

const readClaims = Claims.reader(Schema.Struct({ sub: Schema.NonEmptyString }))

const subjectOf = (token: Redacted.Redacted): Option.Option<string> => Option.map(readClaims(token), ({ sub }) => sub)

/**
 * The customer that an access token says it is for (assumed: customer-token-claims). None when the subject is the API client itself: then all customers
 * would count as one. The subject of a client can be another text than the configured id, so the client's own token is asked too.
 */
export const ofToken = (client: AccessTokensService, token: Redacted.Redacted): Effect.Effect<Option.Option<string>> =>
  Effect.map(client.peek, (own) =>
    Option.filter(
      subjectOf(token),
      (subject) =>
        subject !== client.key.client &&
        !Option.contains(
          Option.flatMap(own, ({ value }) => subjectOf(value)),
          subject
        )
    )
  )
