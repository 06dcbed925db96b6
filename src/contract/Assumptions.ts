/**
 * What nobody outside of Dintero knows of the service, and what this package does in the meantime. The documentation is silent on each of
 * these questions, and no recording of real traffic answers them.
 *
 * A comment that says `(assumed: ID)` points here. `docs/assumptions.md` and the table of differences in `docs/testing.md` are written from this
 * list, and a build fails when a comment names an assumption that is not in it, when no comment names one that is, or when its test is gone.
 *
 * @since 0.1.0
 */

/**
 * - `question`: what is not known
 * - `client`: what the client does, when the question concerns it
 * - `embedded`: what the embedded system does, when the question concerns it
 * - `why`: the reason for that choice
 * - `switch`: how a user changes it, or why that is not needed
 * - `test`: the file below `test/`, and the title of the test that holds it
 *
 * @since 0.1.0
 * @category models
 */
export interface Assumption {
  readonly id: string
  readonly question: string
  readonly client?: string
  readonly embedded?: string
  readonly why: string
  readonly switch: string
  readonly test: readonly [file: string, title: string]
}

const none = "There is none."

/**
 * Every assumption that the code relies on.
 *
 * @since 0.1.0
 * @category register
 */
export const assumptions: ReadonlyArray<Assumption> = [
  {
    id: "wrong-credential-answer",
    question: "What answers a wrong password, PIN, one-time code or refresh token?",
    client:
      "400, 401 and 403 mean the same on the operations that take such a credential, if the body is a refusal of the domain; see [errors](errors.md).",
    embedded: "403 with a `code` and a message, the same for every reason.",
    why: "The caller's token is good, and the documentation words 401 as an invalid token.",
    switch: "`wrongCredentialStatus` of the embedded system: 400, 401 or 403. The client needs no switch.",
    test: ["embedded/rooms/sessions/Token.test.ts", "refuses with another status where the options say so"]
  },
  {
    id: "mfa-oob-spelling",
    question: "Is the grant of a one-time code spelt `mfa_oob` or `mfa-oob`?",
    client: "`Mfa.complete` sends `mfa_oob`; `auth.token` takes both.",
    embedded: "Both are accepted.",
    why: "The documentation uses both; `mfa_oob` is the value of the schema.",
    switch: "Call `auth.token` with the other spelling.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "ends in the session that a login has, in both spellings of the grant"]
  },
  {
    id: "account-user-grant",
    question: "Is the grant of a member of staff spelt `account_user_token` or `account_user`, and what is its body?",
    client: "`auth.token` takes both, with an `audience`.",
    embedded: "Both are answered with 400, because the system has no staff.",
    why: "The text of the documentation says `account_user_token`, an older schema `account_user`; neither shows a body.",
    switch: "Call `auth.token` with the other spelling.",
    test: ["embedded/rooms/sessions/Token.test.ts", "knows no codes and no staff"]
  },
  {
    id: "one-time-codes",
    question: "How long is a one-time code, how long is it good, and how often may it be tried?",
    client: "`Mfa.complete` asks a person at most 5 times for the code of one message.",
    embedded: "6 digits, 10 minutes, 5 tries, once.",
    why: "This is common practice.",
    switch: "`tries` of `Mfa.complete`. The embedded system has no switch.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "may be tried 5 times; a new challenge has its own tries"]
  },
  {
    id: "mfa-token-life",
    question: "How long is an `mfa_token` good?",
    embedded: "10 minutes, and again from each code that is sent for it.",
    why: "Every code has its whole time in this way.",
    switch: none,
    test: ["embedded/rooms/logins/Mfa.test.ts", "of a later challenge has its 10 minutes too, and voids the code before"]
  },
  {
    id: "mfa-channel",
    question: "Which channel does a one-time code take when the settings and the caller disagree?",
    embedded: "The account's settings come first, then the caller, then SMS.",
    why: "The documentation says that the settings govern the channel.",
    switch: "The account's settings.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "the settings come before the caller, and sms is the default"]
  },
  {
    id: "mfa-no-address",
    question: "What answers a challenge over a channel for which the user has no address?",
    embedded: "400, and nothing is sent.",
    why: "The operation documents no status that fits better.",
    switch: none,
    test: [
      "embedded/rooms/logins/Mfa.test.ts",
      "no address for the channel: 400, nothing is sent, and a code that was sent before stays good"
    ]
  },
  {
    id: "mfa-unknown-login",
    question: "What answers a challenge for an `mfa_token` that is unknown, expired or used?",
    client: "404 is `NotFound`; every other status is what it says.",
    embedded: "404.",
    why: "The operation documents a 404, and nothing else in it can be missing.",
    switch: none,
    test: ["conformance/Cases.ts", "an unknown mfa_token, one of another client and one of another account: one 404"]
  },
  {
    id: "mfa-at-login",
    question: "What answers `login` while multi-factor authentication is on?",
    client: "`mfa_required` with an `mfa_token` is `MfaRequired`, whatever the status.",
    embedded: "403 `mfa_required` with an `mfa_token`, as the token endpoint answers.",
    why: "The token endpoint is documented to answer so.",
    switch: none,
    test: ["embedded/rooms/logins/Login.test.ts", "asks for a code after the right password alone"]
  },
  {
    id: "mfa-login-always",
    question: "Does `mfa_login` answer a challenge when multi-factor authentication is off?",
    embedded: "Yes.",
    why: "The operation documents no other success.",
    switch: none,
    test: ["conformance/Cases.ts", "tells the channel that the settings have, whether or not MFA is on"]
  },
  {
    id: "login-is-password-grant",
    question: "Which kind of grant does a customer's login need, and when is it looked at?",
    embedded: "A grant of the kind `password` for the audience, at the login and again when its code is there.",
    why: "The documentation gives the login the refresh token of a password grant.",
    switch: "The grants of the seed.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "is over when the client lost its grant meanwhile"]
  },
  {
    id: "refresh-token-rotation",
    question: "Does a refresh answer another refresh token?",
    client: "Both are understood: another refresh token replaces the one before.",
    embedded: "No: a refresh token stays good.",
    why: "The documentation does not mention one.",
    switch: "`rotation` of `refreshTokens` (embedded system) and of `RefreshPolicy` (client).",
    test: ["embedded/rooms/sessions/Token.test.ts", "answers another token for the same customer, as often as asked"]
  },
  {
    id: "refresh-token-successor",
    question: "With rotation, does the successor need the scope that the first refresh token needed?",
    embedded: "No.",
    why: "The session was given by that rule already.",
    switch: none,
    test: [
      "embedded/rooms/sessions/RefreshTokens.test.ts",
      "gives a successor whatever scopes the client's token has: its session was given by that rule"
    ]
  },
  {
    id: "refresh-token-life",
    question: "How long is a refresh token good?",
    embedded: "It does not expire.",
    why: "The documentation says that it is long-lived, and gives no time.",
    switch: "`refreshTokens` of the embedded system: from the login, or from the last use.",
    test: ["embedded/rooms/sessions/RefreshTokens.test.ts", "follows the system's own clock too"]
  },
  {
    id: "refresh-token-reuse",
    question: "What follows the use of a refresh token that was replaced?",
    client: "It counts as refused: `SessionExpired`.",
    embedded: "It is refused as an unknown one, and with rotation the whole session ends.",
    why: "RFC 9700, section 4.14.2.",
    switch: "`refreshTokens` of the embedded system.",
    test: [
      "embedded/rooms/sessions/RefreshTokens.test.ts",
      "refuses used, expired, revoked, foreign and unknown tokens with one text"
    ]
  },
  {
    id: "revoke-unknown-token",
    question: "What answers `auth.revoke` for a token that is unknown, revoked, or another client's?",
    client: "A repetition is taken to do no harm.",
    embedded: "200 as for any other, and nothing happens.",
    why: "RFC 7009, section 2.2.",
    switch: none,
    test: [
      "conformance/Cases.ts",
      "an unknown token, one of another client and one of another account are answered alike, and nothing happens"
    ]
  },
  {
    id: "access-token-after-revoke",
    question: "Are the access tokens of a revoked session still good?",
    embedded: "Yes, until they expire.",
    why: "They are signed, and nothing says that they are looked up.",
    switch: none,
    test: ["conformance/Cases.ts", "the access tokens of the session are good until they expire"]
  },
  {
    id: "basic-user-name",
    question: "Is a client's own label (`client_id`) a Basic user name too?",
    embedded: "Yes, beside its `id`, which the recording shows.",
    why: "The partner guide lets a caller choose the label.",
    switch: none,
    test: ["conformance/Cases.ts", "client_credentials: by id or by label, with the scopes of its grants"]
  },
  {
    id: "scheme-case",
    question: "Is the scheme in `Authorization` read in any case?",
    embedded: "Yes.",
    why: "RFC 9110, section 11.1.",
    switch: none,
    test: ["conformance/Cases.ts", "the scheme is read in any case"]
  },
  {
    id: "password-grant-user-name",
    question: "What is the `username` of the `password` grant for a customer?",
    embedded: "The `customer_id`, the `id` or the email; customers come before companies.",
    why: "The documentation does not say.",
    switch: none,
    test: [
      "embedded/rooms/sessions/Token.test.ts",
      "logs a customer in by customer_id, id or email; customers come before companies"
    ]
  },
  {
    id: "change-password-for-nobody",
    question: "What answers `change_password` for a user that does not exist?",
    embedded: "204, and nothing is sent.",
    why: "The answer must not tell who has an account.",
    switch: none,
    test: [
      "embedded/rooms/logins/Mfa.test.ts",
      "sends nothing for nobody, another type, or a type that cannot log in, and answers the same"
    ]
  },
  {
    id: "guessing-limits",
    question: "Are guesses of a password or code limited, and are there rate limits?",
    client: "429 is `RateLimited`; a `Retry-After` is obeyed.",
    embedded: "No limits.",
    why: "No numbers are published, and a test that fails a login on purpose does not expect one.",
    switch: "`guessing`, or `serve --limit-guessing`; a fault rule answers 429.",
    test: ["embedded/rooms/logins/Guessing.test.ts", "are not limited unless the options say so"]
  },
  {
    id: "retry-after-form",
    question: "Is `Retry-After` always in seconds?",
    client: "An HTTP date and `retry-after-ms` are understood too.",
    why: "RFC 9110, section 10.2.3 allows a date.",
    switch: "The client needs none.",
    test: ["http/failures.test.ts", "Retry-After in its forms"]
  },
  {
    id: "settings-merge",
    question: "Does a `PUT` of the settings merge or replace?",
    client: "The documentation of `settings.update` says that sections that are left out stay.",
    embedded: "It replaces the sections that are sent and keeps the others.",
    why: "The documented sample of the request is `{}`, which would erase everything otherwise.",
    switch: none,
    test: [
      "embedded/rooms/accounts/Settings.test.ts",
      "a PUT replaces the sections that it has, keeps the others, and fills the defaults"
    ]
  },
  {
    id: "unknown-parameters",
    question: "Is an unknown query parameter refused?",
    embedded: "No, it is ignored, as unknown fields of a body are.",
    why: "Unknown fields are known to be ignored.",
    switch: none,
    test: ["conformance/Cases.ts", "unknown fields are ignored"]
  },
  {
    id: "body-limit",
    question: "How large may a body be?",
    embedded: "100 KiB; a larger one is a 400.",
    why: "The service runs on Express, and that is its default.",
    switch: none,
    test: ["embedded/system/Lifecycle.test.ts", "reads no more of a body than its limit, and still answers"]
  },
  {
    id: "401-with-code",
    question: "What does a 401 with a code mean?",
    client:
      "On a call whose only credential is its token, another token is tried once, and then the status counts. On a call with a credential in its body the service has judged that credential.",
    why: "The recorded 401 has no code, so one with a code says something else.",
    switch: none,
    test: ["truth/Decisions.ts", "401 with a code"]
  },
  {
    id: "refusal-without-code",
    question: "What do a 403 and a 400 without a code mean where a credential was sent?",
    client:
      "The 403 refuses the credential if the token has the scope of the operation. The 400 is about the form of the request.",
    embedded: "A missing grant is such a 403; a body that cannot be read is such a 400.",
    why: "Mocks of Dintero's own SDK have these bodies, and nothing says more about them.",
    switch: none,
    test: ["truth/bodies.test.ts", "a 403 for a scope, another account or a missing grant has the same shape, and no code"]
  },
  {
    id: "scopes-include-nothing",
    question: "Does a wider scope include a narrower one, and do the scopes of before 2019 count?",
    client:
      "A token has a scope if its claim names it. A 403 for a token that names none of an operation's scopes is `Forbidden`.",
    embedded: "The same list decides.",
    why: "The documentation lists the scopes of each operation.",
    switch: none,
    test: [
      "http/failures.test.ts",
      "what the token says of its scopes: `scopes`, else `scope`; what cannot be read has every one"
    ]
  },
  {
    id: "oob-code-required",
    question: "Is `oob_code` always in the answer of a challenge?",
    client: "An answer without it is `InvalidResponse`.",
    why: "The documentation requires none of its fields, but without this one a login cannot go on.",
    switch: none,
    test: ["schemas/schemas.test.ts", "has an oob_code, which is all that it needs; its enums grow, those of its question do not"]
  },
  {
    id: "customer-token-claims",
    question: "Which claims has the access token of a customer?",
    client: "It is opaque, but for `scopes` and the instants.",
    embedded:
      "Those of a client's token, `jti`, and `effect_dintero_client`, which is a claim of ours: the client that it was made for.",
    why: "The recording has tokens of clients only.",
    switch: none,
    test: [
      "truth/tokens.test.ts",
      "a customer's token has two claims more, an id and the client; its answer ends with the refresh token"
    ]
  },
  {
    id: "audience-hosts",
    question: "Which hosts may an audience name?",
    embedded:
      "`api.dintero.com`, any other host of `dintero.com`, this machine, and the host that the request was sent to; the account may stand in the path, as the user, or both.",
    why: "Five of Dintero's own plugins build the audience from the address that they call.",
    switch: none,
    test: [
      "truth/tokens.test.ts",
      "both spellings of an audience, with and without a slash, on each host that people build it from"
    ]
  },
  {
    id: "express-habits",
    question: "Does the service answer HEAD and conditional requests as Express does?",
    embedded: "HEAD has the headers of a GET, and a request with the current etag gets a 304.",
    why: "The service's etags are those of Express.",
    switch: none,
    test: ["truth/bodies.test.ts", "a HEAD has the headers of a GET and no body; what the caller has already is a 304"]
  },
  {
    id: "domain-codes",
    question: "What are the codes of refusals beside `NOT FOUND` and `mfa_required`?",
    client: "No decision depends on another code.",
    embedded: "The reason phrase in capitals, with spaces.",
    why: "That is how `NOT FOUND` is written.",
    switch: none,
    test: ["truth/bodies.test.ts", "a credential that is refused by a rule of the API has a code"]
  },
  {
    id: "validation-of-choices",
    question: "What does the validation say of a body that may have one of several shapes?",
    embedded: "What is wrong with the shape that its discriminator names, or else with the nearest one.",
    why: "The service's own schema is not published.",
    switch: none,
    test: ["embedded/serving/BadInput.test.ts", "of a login is named as a whole"]
  },
  {
    id: "cursor",
    question: "Which field of an item is the next page's `starting_after`?",
    client: "The first field of the list's entry in the contract that the item has.",
    why: "The documentation speaks of a `paging_token` and of an object's id.",
    switch: "Give `starting_after` yourself.",
    test: ["http/paging.test.ts", "the cursor is the first field of the entry that the last item has"]
  },
  {
    id: "last-page",
    question: "How is the end of a list known?",
    client: "A page with fewer items than its limit is the last one.",
    why: "The answers have no envelope and no link.",
    switch: "Ask for the next page with `starting_after` yourself.",
    test: ["http/paging.test.ts", "a page that is not full is the last one"]
  },
  {
    id: "order-by-time",
    question: "In which order are the items of a list with `since_datetime`?",
    client: "By their time, the earliest first: the next page is asked for with the largest time of the page.",
    why: "The documentation says to go on with the largest `updated_at` that was seen, which finds everything in this order alone.",
    switch: "Give `since_datetime` yourself.",
    test: ["http/pagingByTime.test.ts", "gives each change once, in the order of their times"]
  }
]
