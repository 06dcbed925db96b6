/**
 * The assumptions about the service. Each is a question that neither the documentation nor recorded traffic answers, and says what this package
 * does until the answer is known.
 *
 * A comment that says `(assumed: ID)` points to an entry of this list. `npm run docs` writes `docs/assumptions.md` from it. `npm run check` fails
 * when a comment names an assumption that is not in the list, when no comment names an assumption of the list, or when its test is gone.
 *
 * @since 0.1.0
 */

/**
 * An assumption about the service.
 *
 * - `question`: what is not known
 * - `client`: what the client does, when the question concerns it
 * - `embedded`: what the embedded system does, when the question concerns it
 * - `why`: the reason for that choice
 * - `switch`: how a user changes it, or why that is not needed
 * - `test`: the file below `test/`, and the title of the test that checks the behaviour
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
    question: "Which answer does a wrong password, PIN, one-time code or refresh token get?",
    client:
      "400, 401 and 403 mean the same on the operations that take such a credential, if the body is a refusal of the service itself; see [errors](errors.md).",
    embedded: "403 with a `code` and a message, the same for every reason.",
    why: "The caller's access token is valid, and the documentation describes 401 as an invalid token.",
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
    question: "How many digits does a one-time code have, how long is it valid, and how many tries does it allow?",
    client: "`Mfa.complete` asks a person at most 5 times for the code of one message.",
    embedded: "A code has 6 digits, is valid for 10 minutes, allows 5 tries, and can be used once.",
    why: "This is common practice.",
    switch: "`tries` of `Mfa.complete`. The embedded system has no switch.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "may be tried 5 times; a new challenge has its own tries"]
  },
  {
    id: "mfa-token-life",
    question: "How long is an `mfa_token` valid?",
    embedded: "10 minutes. Each code that is sent for it starts these 10 minutes again.",
    why: "So every code is valid for its full time.",
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
    question: "What is the answer to a challenge when the user has no address for the channel?",
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
    question: "What is the answer to a challenge when its `mfa_token` is unknown, expired or used?",
    client: "404 is `NotFound`; every other status has its usual meaning.",
    embedded: "404.",
    why: "The operation documents a 404, and nothing else in it can be missing.",
    switch: none,
    test: ["conformance/cases/challenge.ts", "an unknown mfa_token, one of another client and one of another account: one 404"]
  },
  {
    id: "mfa-at-login",
    question: "What is the answer to `login` while multi-factor authentication is on?",
    client: "`mfa_required` with an `mfa_token` is `MfaRequired`, whatever the status.",
    embedded: "403 `mfa_required` with an `mfa_token`, as the token endpoint answers.",
    why: "The token endpoint is documented to answer so.",
    switch: none,
    test: ["embedded/rooms/logins/Login.test.ts", "asks for a code after the right password alone"]
  },
  {
    id: "mfa-login-always",
    question: "Is the answer to `mfa_login` a challenge when multi-factor authentication is off?",
    embedded: "Yes.",
    why: "The documentation of the operation has no other success.",
    switch: none,
    test: ["conformance/cases/password.ts", "tells the channel that the settings have, whether or not MFA is on"]
  },
  {
    id: "pin-at-login",
    question: "Which logins does a PIN begin?",
    embedded: "`mfa_login` alone, where it is as good as the password. `login` and the grant `password` refuse it.",
    why: "The documentation of a customer says that a PIN is for logins with a one-time code only, and that of `login` says that its `password` can be a PIN.",
    switch: none,
    test: ["embedded/rooms/logins/Mfa.test.ts", "begins no other login, also with MFA on"]
  },
  {
    id: "login-is-password-grant",
    question: "Which kind of grant does a customer's login need, and when is it checked?",
    embedded:
      "A grant of the kind `password` for the audience. It is checked at the login, and again when the one-time code is redeemed.",
    why: "According to the documentation, a login has the refresh token of a password grant.",
    switch: "The grants of the seed.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "is over when the client lost its grant meanwhile"]
  },
  {
    id: "refresh-token-rotation",
    question: "Does the answer to a refresh contain a new refresh token?",
    client: "It understands both. A new refresh token replaces the old one.",
    embedded: "No: a refresh token stays valid.",
    why: "The documentation does not mention one.",
    switch: "`rotation` of `refreshTokens` (embedded system) and of `RefreshPolicy` (client).",
    test: ["embedded/rooms/sessions/Token.test.ts", "answers another token for the same customer, as often as asked"]
  },
  {
    id: "refresh-token-successor",
    question: "With rotation, does the successor need the scope that the first refresh token needed?",
    embedded: "No.",
    why: "That rule has already allowed the session.",
    switch: none,
    test: [
      "embedded/rooms/sessions/RefreshTokens.test.ts",
      "gives a successor whatever scopes the client's token has: its session was given by that rule"
    ]
  },
  {
    id: "refresh-token-life",
    question: "How long is a refresh token valid?",
    embedded: "It does not expire.",
    why: "The documentation calls it long-lived, and gives no time.",
    switch: "`refreshTokens` of the embedded system: a lifetime from the login, or from the last use.",
    test: ["embedded/rooms/sessions/RefreshTokens.test.ts", "follows the system's own clock too"]
  },
  {
    id: "refresh-token-reuse",
    question: "What happens when a refresh token is used after it was replaced?",
    client: "The session ends: `SessionExpired`.",
    embedded: "It is refused like an unknown token. With rotation the whole session ends.",
    why: "RFC 9700, section 4.14.2.",
    switch: "`refreshTokens` of the embedded system.",
    test: [
      "embedded/rooms/sessions/RefreshTokens.test.ts",
      "refuses used, expired, revoked, foreign and unknown tokens with one text"
    ]
  },
  {
    id: "revoke-unknown-token",
    question: "What is the answer to `auth.revoke` for a token that is unknown, revoked, or owned by another client?",
    client: "It repeats a revocation, because it takes a repetition to be harmless.",
    embedded: "200 as for any other token, and nothing happens.",
    why: "RFC 7009, section 2.2.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "an unknown token, one of another client and one of another account are answered alike, and nothing happens"
    ]
  },
  {
    id: "access-token-after-revoke",
    question: "Are the access tokens of a revoked session still valid?",
    embedded: "Yes, until they expire.",
    why: "They are signed, and the documentation does not say that the service looks them up.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "the access tokens of the session are good until they expire"]
  },
  {
    id: "basic-user-name",
    question: "Is a client's own label (`client_id`) a user name for Basic authorization too?",
    embedded: "Yes. The `id` is a user name too, as recorded traffic shows.",
    why: "The partner guide lets a caller choose the label.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "client_credentials: by id or by label, with the scopes of its grants"]
  },
  {
    id: "scheme-case",
    question: "Does the case of the scheme in `Authorization` matter?",
    embedded: "No.",
    why: "RFC 9110, section 11.1.",
    switch: none,
    test: ["conformance/FromContract.ts", "the scheme is read in any case"]
  },
  {
    id: "password-grant-user-name",
    question: "What is a customer's `username` in the `password` grant?",
    embedded: "The `customer_id`, the `id` or the email. A customer is found before a company.",
    why: "The documentation does not say.",
    switch: none,
    test: [
      "embedded/rooms/sessions/Token.test.ts",
      "logs a customer in by customer_id, id or email; customers come before companies"
    ]
  },
  {
    id: "change-password-for-nobody",
    question: "What is the answer to `change_password` for a user that does not exist?",
    embedded: "204, and nothing is sent.",
    why: "The answer must not show who has an account.",
    switch: none,
    test: [
      "embedded/rooms/logins/Mfa.test.ts",
      "sends nothing for nobody, another type, or a type that cannot log in, and answers the same"
    ]
  },
  {
    id: "guessing-limits",
    question: "Is the number of guesses of a password or code limited, and are there rate limits?",
    client: "429 is `RateLimited`; a `Retry-After` is obeyed.",
    embedded: "No limits.",
    why: "No limits are published, and a test that fails a login on purpose does not expect a limit.",
    switch: "`guessing`, or `serve --limit-guessing`. A fault rule can answer 429.",
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
    client: "It sends what it is given. The documentation of `settings.update` says that sections that are left out stay.",
    embedded: "It replaces the sections that are sent and keeps the others.",
    why: "The documented sample of the request is `{}`. If it replaced everything, it would erase all settings.",
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
    why: "Recorded traffic shows that unknown fields of a body are ignored.",
    switch: none,
    test: ["conformance/FromContract.ts", "unknown fields are ignored"]
  },
  {
    id: "body-limit",
    question: "How large may a body be?",
    embedded: "100 KiB. A larger body is a 400.",
    why: "The service runs on Express, and 100 KiB is the default of Express.",
    switch: none,
    test: ["embedded/system/Lifecycle.test.ts", "reads no more of a body than its limit, and still answers"]
  },
  {
    id: "401-with-code",
    question: "What does a 401 with a code mean?",
    client:
      "When the token is the only credential of a call, another token is tried once, and then the status decides. When the body has a credential too, the service has refused that credential.",
    why: "The 401 of recorded traffic has no code, so a 401 with a code means something else.",
    switch: none,
    test: ["truth/Decisions.ts", "401 with a code"]
  },
  {
    id: "refusal-without-code",
    question: "What do a 403 and a 400 without a code mean when a credential was sent?",
    client: "The 403 refuses the credential if the token has a scope of the operation. The 400 is about the form of the request.",
    embedded: "A missing grant is such a 403, and a body that cannot be read is such a 400.",
    why: "Mocks of Dintero's own SDK have these bodies, and nothing says more about them.",
    switch: none,
    test: ["truth/bodies.test.ts", "a 403 for a scope, another account or a missing grant has the same shape, and no code"]
  },
  {
    id: "scopes-include-nothing",
    question: "Does a wider scope include a narrower scope, and are the scopes from before 2019 still valid?",
    client:
      "A token has exactly the scopes that its claim names. A 403 is `Forbidden` when the token has none of the operation's scopes.",
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
    question: "Does the answer to a challenge always have an `oob_code`?",
    client: "An answer without it is `InvalidResponse`.",
    why: "The documentation requires none of the fields, but without `oob_code` a login cannot continue.",
    switch: none,
    test: [
      "schemas/schemas.test.ts",
      "needs an oob_code and nothing else; the enums of the answer are open, those of the request are closed"
    ]
  },
  {
    id: "customer-token-claims",
    question: "Which claims has the access token of a customer?",
    client: "It reads `scopes` and the times, and nothing else.",
    embedded:
      "The claims of a client's token, `jti`, and `effect_dintero_client`. The last is a claim of this package: the client that the token was made for.",
    why: "Recorded traffic has tokens of clients only.",
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
    why: "Five of Dintero's own plugins build the audience from the address that they call, whatever its host.",
    switch: none,
    test: [
      "truth/tokens.test.ts",
      "both spellings of an audience, with and without a slash, on each host that people build it from"
    ]
  },
  {
    id: "express-habits",
    question: "Does the service answer HEAD and conditional requests as Express does?",
    embedded: "A HEAD has the headers of a GET, and a request with the current ETag gets a 304.",
    why: "The ETags of the service look like those of Express.",
    switch: none,
    test: ["truth/bodies.test.ts", "a HEAD has the headers of a GET and no body; what the caller has already is a 304"]
  },
  {
    id: "domain-codes",
    question: "Which codes do refusals have besides `NOT FOUND` and `mfa_required`?",
    client: "It decides by no other code.",
    embedded: "The reason phrase in capitals, with spaces.",
    why: "`NOT FOUND` is written in this way.",
    switch: none,
    test: ["truth/bodies.test.ts", "a credential that is refused by a rule of the API has a code"]
  },
  {
    id: "validation-of-choices",
    question: "What does the validation answer about a body that can have one of several shapes?",
    embedded: "The mistakes against the shape that the discriminator names, or else against the shape that fits best.",
    why: "The service's own schema is not published.",
    switch: none,
    test: ["embedded/serving/BadInput.test.ts", "of a login is named as a whole"]
  },
  {
    id: "cursor",
    question: "Which field of an item is the next page's `starting_after`?",
    client: "The entry of the list in the contract names fields. The client takes the first of them that the item has.",
    why: "The documentation mentions a `paging_token` and the id of an object.",
    switch: "Give `starting_after` yourself.",
    test: ["http/paging.test.ts", "the cursor is the first field of the entry that the last item has"]
  },
  {
    id: "last-page",
    question: "How does a caller know that a page is the last one?",
    client: "A page is the last one when it has fewer items than its limit.",
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
