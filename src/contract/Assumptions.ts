/**
 * The assumptions about the service. Each is a question that neither the documentation nor recorded traffic answers, and says what this package
 * does until the answer is known.
 *
 * A comment that says `(assumed: ID)` points to an entry of this list. `npm run docs` writes `docs/assumptions.md` from it. `npm run check` fails
 * when a comment names an assumption that is not in the list, when no comment names an assumption of the list, or when its test is gone.
 *
 * @since 0.1.0
 */
import type { OperationName, tags } from "./Contract.js"

/**
 * An assumption about the service.
 *
 * - `operations`: the operations that the question is about. The name of a tag stands for all of its operations.
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
  readonly operations: ReadonlyArray<OperationName | keyof typeof tags | "every call" | "every list">
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
    operations: ["auth.token", "customers.password.login", "customers.password.mfaLogin"],
    question: "Which answer does a wrong password, PIN, one-time code or refresh token get?",
    client:
      "400, 401 and 403 mean the same on the operations that take such a credential, if the body is a refusal of the service itself; see [errors](errors.md).",
    embedded: "403 with a `code` and a message, the same for every reason.",
    why: "The caller's access token is valid, and the documentation describes 401 as an invalid token.",
    switch:
      "`wrongCredentialStatus` of the embedded system, and `assumed.wrongRefreshToken` for refresh tokens: 400, 401 or 403. The client needs no switch.",
    test: ["embedded/rooms/sessions/Token.test.ts", "refuses with another status where the options say so"]
  },
  {
    id: "mfa-oob-spelling",
    operations: ["auth.token"],
    question: "Is the grant of a one-time code spelt `mfa_oob` or `mfa-oob`?",
    client: "`Grant.mfaOob` and `Mfa` send `mfa_oob`; `auth.token` takes both.",
    embedded: "Both are accepted.",
    why: "The documentation uses both; `mfa_oob` is the value of the schema.",
    switch: "`grantSpellings.mfaOob` of the layer.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "ends in the session that a login has, in both spellings of the grant"]
  },
  {
    id: "account-user-grant",
    operations: ["auth.token"],
    question: "Is the grant of a member of staff spelt `account_user_token` or `account_user`, and what is its body?",
    client: "`Grant.accountUser` sends `account_user_token`, with an `audience`; `auth.token` takes both.",
    embedded: "Both are accepted.",
    why: "The text of the documentation says `account_user_token`, an older schema `account_user`; neither shows a body.",
    switch: "`grantSpellings.accountUser` of the layer.",
    test: [
      "embedded/rooms/identity/AccountUserGrant.test.ts",
      "gives an account user's token for an ID token with their email, in both spellings of the grant"
    ]
  },
  {
    id: "account-user-token",
    operations: ["auth.token"],
    question: "Which ID token shows an account user, and what is the access token that it gets?",
    embedded:
      "An ID token with RS256 or ES256 that the account's `jwks` verify, with `sub`, `exp` and an `email` that is not said to be unverified. The account has an external user with this email. The access token has the `id` of that user as its `sub`, and the scopes of the user and of their roles. Another ID token gets 401, and one of nobody 403.",
    why: "The documentation only says that the token needs an `email`, and that external users need the account's `jwks.uri`.",
    switch: "`jwks` of the account in the seed, with its `issuer` and `audience`.",
    test: [
      "embedded/rooms/identity/AccountUserGrant.test.ts",
      "refuses every ID token that the issuer's keys do not verify, that has expired, or that names no email"
    ]
  },
  {
    id: "code-refusal-words",
    operations: ["auth.token"],
    question: "Does the refusal of a one-time code say whether the code is wrong or too old, or was tried too often?",
    client:
      "`Mfa` and `Passwordless` look for common words in the code and the texts of the refusal. Without them, or with words of several reasons, it is `CredentialsRefused`.",
    embedded: "It says nothing more than that something was refused.",
    why: "The documentation has no such answer, and a server that says it helps a guesser.",
    switch: "Catch `CredentialsRefused` of `auth.token`, which has the words of the answer.",
    test: ["services/Mfa.test.ts", "says why a code was refused where the answer does"]
  },
  {
    id: "one-time-codes",
    operations: ["auth.mfa.challenge", "auth.token"],
    question: "How many digits does a one-time code have, how long is it valid, and how many tries does it allow?",
    client:
      "`Mfa.complete` asks a person at most 5 times for the code of one message, and `Mfa.confirm` sends at most 5 codes for it. Of two confirmations with the right code one gets the token, also if a code could be used twice.",
    embedded: "A code has 6 digits, is valid for 10 minutes, allows 5 tries, and can be used once.",
    why: "This is common practice.",
    switch: "`tries` of `Mfa.complete` and `Mfa.begin`. The embedded system has no switch.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "may be tried 5 times; a new challenge has its own tries"]
  },
  {
    id: "mfa-token-life",
    operations: ["auth.mfa.challenge", "auth.token"],
    question: "How long is an `mfa_token` valid?",
    client:
      "A login of `Mfa.begin` lasts 10 minutes after each message. If the server ends it earlier, the refusal of the code counts as a wrong code, and `Mfa.resend` ends in `NotFound`.",
    embedded: "10 minutes. Each code that is sent for it starts these 10 minutes again.",
    why: "So every code is valid for its full time.",
    switch: "`lifetime` of `Mfa.begin`. The embedded system has no switch.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "of a later challenge has its 10 minutes too, and voids the code before"]
  },
  {
    id: "mfa-channel",
    operations: ["auth.mfa.challenge"],
    question: "Which channel does a one-time code take when the settings and the caller disagree?",
    client: "`PendingLogin.channel` is the channel that was asked for, or else the one that the answer of the login names.",
    embedded: "The account's settings come first, then the caller, then SMS.",
    why: "The documentation says that the settings govern the channel.",
    switch: "The account's settings.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "the settings come before the caller, and sms is the default"]
  },
  {
    id: "mfa-no-address",
    operations: ["auth.mfa.challenge"],
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
    operations: ["auth.mfa.challenge"],
    question: "What is the answer to a challenge when its `mfa_token` is unknown, expired or used?",
    client: "404 is `NotFound`; every other status has its usual meaning.",
    embedded: "404.",
    why: "The operation documents a 404, and nothing else in it can be missing.",
    switch: none,
    test: ["conformance/cases/challenge.ts", "an unknown mfa_token, one of another client and one of another account: one 404"]
  },
  {
    id: "mfa-at-login",
    operations: ["customers.password.login"],
    question: "What is the answer to `login` while multi-factor authentication is on?",
    client: "`mfa_required` with an `mfa_token` is `MfaRequired`, whatever the status.",
    embedded: "403 `mfa_required` with an `mfa_token`, as the token endpoint answers.",
    why: "The token endpoint is documented to answer so.",
    switch: none,
    test: ["embedded/rooms/logins/Login.test.ts", "asks for a code after the right password alone"]
  },
  {
    id: "mfa-login-always",
    operations: ["customers.password.mfaLogin"],
    question: "Is the answer to `mfa_login` a challenge when multi-factor authentication is off?",
    embedded: "Yes.",
    why: "The documentation of the operation has no other success.",
    switch: none,
    test: ["conformance/cases/password.ts", "tells the channel that the settings have, whether or not MFA is on"]
  },
  {
    id: "pin-at-login",
    operations: ["customers.password.login", "customers.password.mfaLogin"],
    question: "Which logins does a PIN begin?",
    embedded: "`mfa_login` alone, where it is as good as the password. `login` and the grant `password` refuse it.",
    why: "The documentation of a customer says that a PIN is for logins with a one-time code only, and that of `login` says that its `password` can be a PIN.",
    switch: "`assumed.pinAtLogin` of the embedded system.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "begins no other login, also with MFA on"]
  },
  {
    id: "sessions-of-a-customer",
    operations: ["customers.users.delete", "customers.users.changeCustomerId"],
    question: "What becomes of the sessions of a customer who is deleted, or gets another `customer_id`?",
    embedded:
      "A deletion revokes the refresh tokens and ends the logins that wait for a code. After a change of the id they go on under the new one. An access token keeps its subject until it expires, and reaches no other customer who gets the old id.",
    why: "A session must not outlive its customer, and must not reach another customer who gets the old id.",
    switch: none,
    test: [
      "conformance/cases/users.ts",
      "the sessions go on under the new id, and do not reach another customer who gets the old one"
    ]
  },
  {
    id: "login-is-password-grant",
    operations: ["customers.password.login", "customers.password.mfaLogin"],
    question: "Which kind of grant does a customer's login need, and when is it checked?",
    embedded:
      "A grant of the kind `password` for the audience. It is checked at the login, and again when the one-time code is redeemed.",
    why: "According to the documentation, a login has the refresh token of a password grant.",
    switch: "The grants of the seed.",
    test: ["embedded/rooms/logins/Mfa.test.ts", "is over when the client lost its grant meanwhile"]
  },
  {
    id: "passwordless-unknown",
    operations: ["auth.passwordless.send"],
    question: "What is the answer to `passwordless.send` when no customer has the email, or the customer has no phone number?",
    embedded: "204 as for any other email, after the same work, and nothing is sent. A request without an email is a 400.",
    why: "The answer must not show who is a customer.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "nobody, another type, or no phone number: the same answer, and nothing is sent"]
  },
  {
    id: "passwordless-session",
    operations: ["auth.passwordless.send", "auth.token"],
    question: "Where does a `login_session_id` come from, and what does it do?",
    client: "It sends what it is given. `Passwordless.begin` makes a random UUID.",
    embedded:
      "The caller chooses it at the first call. With the same one, the same client, audience, email and type get the same code again. The code keeps its 10 minutes and its tries. After that, or when it was used, the session has another code.",
    why: "The documentation says that it sends the same code again, the changelog calls it a UUID, and no answer has it.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "the same login_session_id: the same code again over another connection, until it is used, for its 10 minutes"
    ]
  },
  {
    id: "passwordless-grant",
    operations: ["auth.passwordless.send", "auth.passwordless.code"],
    question:
      "Which answer does a `client_id` get that is unknown, or has no grant of the type `authorization_code` for the audience?",
    embedded: "403, the same for both. A grant of the type `any` is enough. The client is named by its `id` or its label.",
    why: "The documentation of grants says that `any` stands for all types. The token endpoint is assumed to answer a missing grant with 403 too.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "a client that is unknown or has no grant for it, and another audience: 403, and nothing is sent"
    ]
  },
  {
    id: "passwordless-client",
    operations: ["auth.token"],
    question: "Which API client can redeem a login code?",
    embedded: "Only the `client_id` for which it was made, with its own access token. For any other client the code is wrong.",
    why: "RFC 6749, section 4.1.3 binds an authorization code to its client.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "authorization_code: another user, kind, audience or client is a wrong code, and the right one is good after that"
    ]
  },
  {
    id: "passwordless-connections",
    operations: ["auth.passwordless.send"],
    question: "Which answers do the limits of a connection get?",
    embedded:
      "403 for a connection that the scope does not allow: the scope that ends in `-sms` allows SMS, and the one that ends in `-email` email. 400 for SMS while customers may share a phone number.",
    why: "The documentation has the scopes and does not explain them. It says that SMS is not supported with shared numbers.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "each of its scopes is enough; two of them allow one connection each"]
  },
  {
    id: "passwordless-codes",
    operations: ["auth.passwordless.send", "auth.passwordless.code", "auth.token"],
    question: "What do login codes look like, and for whom are they?",
    client: "A code is any text.",
    embedded:
      "A code that the system sends has 6 digits, and is redeemed together with the email. A code that the caller delivers has 43 characters, so that `authorize`, which has no user, can find its user by it. It is for every customer who is not deleted, by the `id` or the `customer_id`. A new code replaces the one before for the same client, audience and email or user.",
    why: "Before 2021 the token endpoint took a code without a user, and so does `authorize` still. Nobody can guess a long code.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "makes a code that is redeemed by the customer_id or the id, and sends nothing"]
  },
  {
    id: "passwordless-mfa",
    operations: ["auth.token"],
    question: "Does a one-time code follow a login code when multi-factor authentication is on?",
    client: "`mfa_required` is `MfaRequired` here too.",
    embedded: "No.",
    why: "A login code has already reached the user over a channel of its own.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "authorization_code: no other code follows when the settings want one after a password"
    ]
  },
  {
    id: "passwordless-rate-limit",
    operations: ["auth.passwordless.send"],
    question: "How many login codes are sent before the documented 429?",
    client: "429 is `RateLimited`; a `Retry-After` is obeyed.",
    embedded: "No limits. With `limited`, one code in a minute and 10 in an hour for each email, and `Retry-After` in seconds.",
    why: "No numbers are published, and a test that sends several codes does not expect a limit.",
    switch: "`passwordless` of the embedded system.",
    test: [
      "embedded/rooms/passwordless/Passwordless.test.ts",
      "one code in a minute and ten in an hour for each email, known or not; then 429 with Retry-After"
    ]
  },
  {
    id: "authorize-redirect",
    operations: ["auth.authorize"],
    question: "Where does `authorize` redirect to, and with which parameters?",
    client: "The answer is the URL, whatever its parameters are.",
    embedded:
      "To `redirect_uri`, which must be one of the client's `callbacks`, character by character. Without it, to the only callback. The URL gets `id_token`, with the name and the email of the user, and `state`. Everything else is a 400, and the code stays valid.",
    why: "The documentation says that the URL must be a callback and that `state` comes back. `redirect` has its ID token in `id_token`.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "redirects to a callback with an ID token of the user and the state, once"]
  },
  {
    id: "redirect-without-customer",
    operations: ["auth.redirect"],
    question: "Which answer does `redirect` give to an access token that has no customer?",
    embedded: "403.",
    why: "An ID token is about a user, and an API client is none.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "a client's own token, and that of a customer who was deleted or whose id passed on: 403"
    ]
  },
  {
    id: "id-token-content",
    operations: ["auth.authorize", "auth.redirect"],
    question: "What does an ID token have in it, and how long is it valid?",
    embedded:
      "`sub` is the `customer_id`. `name` is the first and the last name, or the name of the company. A claim about which nothing is known is left out. It is valid for 10 minutes. The API does not accept it as an access token.",
    why: "The documentation has the names of the claims. The token is in a URL, so its life is short.",
    switch: none,
    test: [
      "conformance/cases/authenticate.ts",
      "has the claims that are asked for, and those of the caller with ext_ before their name"
    ]
  },
  {
    id: "refresh-token-rotation",
    operations: ["auth.token"],
    question: "Does the answer to a refresh contain a new refresh token?",
    client: "It understands both. A new refresh token replaces the old one.",
    embedded: "No: a refresh token stays valid.",
    why: "The documentation does not mention one.",
    switch: "`rotation` of `refreshTokens` (embedded system) and of `RefreshPolicy` (client).",
    test: ["embedded/rooms/sessions/Token.test.ts", "answers another token for the same customer, as often as asked"]
  },
  {
    id: "refresh-token-successor",
    operations: ["auth.token"],
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
    operations: ["auth.token", "customers.password.login"],
    question: "How long is a refresh token valid?",
    embedded: "It does not expire.",
    why: "The documentation calls it long-lived, and gives no time.",
    switch: "`refreshTokens` of the embedded system: a lifetime from the login, or from the last use.",
    test: ["embedded/rooms/sessions/RefreshTokens.test.ts", "follows the system's own clock too"]
  },
  {
    id: "refresh-token-reuse",
    operations: ["auth.token"],
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
    operations: ["auth.revoke"],
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
    operations: ["auth.revoke"],
    question: "Are the access tokens of a revoked session still valid?",
    embedded: "Yes, until they expire.",
    why: "They are signed, and the documentation does not say that the service looks them up.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "the access tokens of the session are good until they expire"]
  },
  {
    id: "basic-user-name",
    operations: ["auth.token"],
    question: "Is a client's own label (`client_id`) a user name for Basic authorization too?",
    embedded: "Yes. The `id` is a user name too, as recorded traffic shows.",
    why: "The partner guide lets a caller choose the label.",
    switch: none,
    test: ["conformance/cases/authenticate.ts", "client_credentials: by id or by label, with the scopes of its grants"]
  },
  {
    id: "client-label",
    operations: ["auth.clients.create", "auth.clients.update"],
    question: "Has the label of an API client (`client_id`) to be unique, and what is it when the caller gives none?",
    client: "A 400 or 409 that says so is `Duplicate`. A label with a colon is `InvalidRequest`.",
    embedded:
      "It is unique among the labels and ids of the account's clients: a label that is in use is a 400. Without one, the `id` is the label. A label has 1 to 255 characters and no colon.",
    why: "Labels and ids are user names of Basic authorization, in which a colon ends the user name (RFC 7617, section 2).",
    switch: none,
    test: [
      "conformance/cases/clients.ts",
      "a label that is a label or an id of a client of the account: a duplicate; that of a deleted one, or of another account: not"
    ]
  },
  {
    id: "client-with-secret-shape",
    operations: ["auth.clients.create", "auth.clients.rotateSecret"],
    question: "Has the answer to `clients.create` and `clients.rotateSecret` its fields in an object `client`?",
    client: "Both forms are read.",
    embedded: "No.",
    why: "Older documentation shows the object `client`, and newer documentation does not.",
    switch: none,
    test: ["schemas/schemas.test.ts", "is read flat, and in an object `client`; it is written flat"]
  },
  {
    id: "rotated-secret",
    operations: ["auth.clients.rotateSecret"],
    question: "How long is the old secret of an API client valid after `clients.rotateSecret`?",
    embedded: "It is refused at once.",
    why: "A secret is also rotated because someone else may know it.",
    switch: "`clients: { secretOverlap }` of the embedded system.",
    test: ["embedded/rooms/clients/Clients.test.ts", "works as long as the overlap, beside the new one"]
  },
  {
    id: "deleted-client",
    operations: ["auth.clients.delete"],
    question: "What becomes of the grants and tokens of an API client that is deleted?",
    embedded:
      "The grants are removed, and the refresh tokens are revoked. The access tokens are valid until they expire, and begin no sessions.",
    why: "Access tokens are signed, and the documentation does not say that the service looks them up.",
    switch: none,
    test: ["conformance/cases/clients.ts", "its access tokens are good until they expire, and begin no sessions"]
  },
  {
    id: "grant-scopes",
    operations: ["auth.grants.create", "auth.grants.update", "auth.roles.create", "auth.roles.update"],
    question: "Which scopes can a caller give to an API client?",
    client: "A refusal with 403 is `Forbidden`.",
    embedded:
      "With `admin:accounts` every scope, and with `write:accounts` only the scopes of its own token. The same decides whose secret it can rotate: its own, and that of a client whose scopes it could give.",
    why: "Account users get only roles whose scopes the caller has, according to the documentation. The first client of a merchant has to be able to make others that do more than it does itself.",
    switch: "`assumed.adminGives` of the embedded system: `own` limits `admin:accounts` too.",
    test: [
      "conformance/cases/grants.ts",
      "with write:accounts alone, a caller gives only its own scopes: 403, and a header names the others"
    ]
  },
  {
    id: "grant-audience",
    operations: ["auth.grants.create", "auth.grants.update"],
    question: "Can a grant have the audience of another account?",
    embedded: "No: 403. An audience that names no account is kept as it is.",
    why: "A client could otherwise get tokens for accounts of other merchants. A partner exchanges its token instead.",
    switch: "The grants of the seed.",
    test: [
      "conformance/cases/grants.ts",
      "each spelling of the account is one audience; that of another account is a 403; any other text is kept"
    ]
  },
  {
    id: "grant-client-id",
    operations: ["auth.grants.list", "auth.grants.create"],
    question: "Is the `client_id` of a grant the `id` of the client or its label?",
    client: "It sends what it is given.",
    embedded: "Both are accepted. The grant has the `id`.",
    why: "The partner guide passes the `id`, and the name of the field is that of the label.",
    switch: none,
    test: ["conformance/cases/grants.ts", "by the label of the client: the grant has its id"]
  },
  {
    id: "equal-grants",
    operations: ["auth.grants.create"],
    question: "Can a client have several grants for one audience?",
    embedded: "Yes. A token has the scopes of all of them that are for its grant type.",
    why: "Grants of different types need it, and nothing forbids it for equal types.",
    switch: none,
    test: [
      "conformance/cases/grants.ts",
      "answers the grant with what the system adds, and the client gets tokens with its scopes"
    ]
  },
  {
    id: "oidc-secret",
    operations: ["grants"],
    question: "Is the secret of an OpenID provider in the answers that have a grant?",
    client: "It may be absent.",
    embedded: "No.",
    why: "Other secrets are shown only once too.",
    switch: none,
    test: ["conformance/cases/grants.ts", "oidc is for the type authorization_code alone, and its secret is never shown"]
  },
  {
    id: "scheme-case",
    operations: ["every call"],
    question: "Does the case of the scheme in `Authorization` matter?",
    embedded: "No.",
    why: "RFC 9110, section 11.1.",
    switch: none,
    test: ["conformance/FromContract.ts", "the scheme is read in any case"]
  },
  {
    id: "password-grant-user-name",
    operations: ["auth.token"],
    question: "What is a customer's `username` in the `password` grant, and who logs in when an auth user has the same name?",
    embedded:
      "The `customer_id`, the `id` or the email. An auth user with the name is found before a customer, and a customer before a company. The password of a customer makes no auth user.",
    why: "The documentation does not say. The name of an auth user was chosen for this grant.",
    switch: none,
    test: [
      "embedded/rooms/sessions/Token.test.ts",
      "logs a customer in by customer_id, id or email; customers come before companies"
    ]
  },
  {
    id: "auth-user-names",
    operations: ["auth.users.create", "auth.users.changeUsername"],
    question: "Does case matter in the `username` of an auth user, and what is the answer to a name that is in use?",
    client: "`Duplicate`, when the 400 says that the name is in use.",
    embedded: "Case matters. A name that is in use is a 400, as a duplicate email of a customer is.",
    why: "The documentation has a length and no form.",
    switch: "`assumed.duplicateAnswer` of the embedded system sets the body of the 400.",
    test: [
      "embedded/rooms/authUsers/AuthUsers.test.ts",
      "has a name that no other one has; one of several concurrent ones gets it"
    ]
  },
  {
    id: "auth-user-password",
    operations: ["auth.users.create", "auth.users.update"],
    question: "How long may the password of an auth user be?",
    embedded: "At most 1,024 bytes. A longer one is a 400.",
    why: "The documentation has no limit, and a hash of a very long text would keep the server busy.",
    switch: none,
    test: [
      "embedded/rooms/authUsers/AuthUsers.test.ts",
      "cannot have what is no password, no name, no link and no second factor: 400, and nothing is stored or hashed"
    ]
  },
  {
    id: "auth-user-links",
    operations: ["auth.users.create", "auth.users.update", "auth.token"],
    question: "Which links can an auth user have, and whose token does a login give?",
    embedded:
      "The URL of a customer of the account, by `customer_id` or `id`, with or without `/customers` before `/users`. The customer has to be there already, and stays linked when its `customer_id` changes. A login gives that customer's token, and is refused after the customer was deleted. Without such a link the subject of the token is the `id` of the auth user. Of several links of one kind the first one counts. A link that names nothing is a 400.",
    why: "The documentation has the three kinds of links, and the words account URL, `/users/` and id for the first one.",
    switch: none,
    test: [
      "embedded/rooms/authUsers/AuthUsers.test.ts",
      "gives the token of the linked customer, in each form of the link, or else one of the auth user"
    ]
  },
  {
    id: "auth-user-update",
    operations: ["auth.users.update"],
    question: "What becomes of the links and the second factor that an update of an auth user leaves out?",
    embedded: "They stay.",
    why: "They are optional there, and the password is required. A caller that only sets a password would otherwise switch the second factor off.",
    switch: none,
    test: [
      "embedded/rooms/authUsers/AuthUsers.test.ts",
      "keeps its links when mfa is set later, and cannot lose them while it has mfa"
    ]
  },
  {
    id: "auth-user-sessions",
    operations: ["auth.users.update", "auth.users.delete", "auth.users.changeUsername"],
    question: "What becomes of the sessions of an auth user?",
    embedded:
      "A deletion revokes the refresh tokens and ends the logins that wait for a code, and so does a link to another customer. A new name and a new password do not. The name of a deleted auth user can be used again.",
    why: "A session must not outlive its user, or reach a customer whose user it no longer is. Each update sends the password, also when another field changes. A new password of a customer ends no session either.",
    switch: "`auth.revoke` ends a session.",
    test: [
      "embedded/rooms/authUsers/AuthUsers.test.ts",
      "outlive a new name and a new password, and end with a deletion and with the link to their customer"
    ]
  },
  {
    id: "auth-user-codes",
    operations: ["auth.token", "auth.mfa.challenge"],
    question: "When does an auth user need a one-time code, and where is it sent?",
    embedded:
      "With `mfa`, over one of its `oob_channels`, or over both kinds when it names none. A challenge for another channel is a 400. Without `mfa`, a user that is linked to a customer needs one where the settings of the account say so. The code goes to the user's own `tel:` or `mailto:` link, or else to the customer's number or email.",
    why: "The documentation requires links with `mfa`, and lists the channels there.",
    switch: "`mfa` of the auth user.",
    test: [
      "embedded/rooms/authUsers/Codes.test.ts",
      "is over no other channel than its own, also when the settings of the account have another"
    ]
  },
  {
    id: "recovery-unknown",
    operations: ["auth.mfa.recovery", "customers.password.mfaRecovery"],
    question: "What is the answer to a recovery of a user that does not exist?",
    embedded: "The same as for one that does, and nothing is sent. So it is for a user without an address for the channel.",
    why: "The answer must not show who has an account.",
    switch: none,
    test: [
      "embedded/rooms/authUsers/Codes.test.ts",
      "answers alike for a user, nobody, and a user without the address or the channel, and sends only to the first"
    ]
  },
  {
    id: "recovery-channels",
    operations: ["auth.mfa.recovery", "customers.password.mfaRecovery"],
    question: "What happens when the two codes of a recovery would go over one channel?",
    client:
      "With the answer of `auth.mfa.recovery` and its `channel`, `Mfa.complete` asks for the second code over the other one. Without it no channel is named.",
    embedded:
      "A challenge that names the channel of the first code is a 400. One that names none takes the other channel. A user with one address or one channel gets the first code, and a 400 for the second.",
    why: "The documentation says that the two codes go over different channels.",
    switch: none,
    test: [
      "embedded/rooms/authUsers/Codes.test.ts",
      "sends no second code over the channel of the first: 400, also when the settings of the account have it"
    ]
  },
  {
    id: "change-password-for-nobody",
    operations: ["customers.password.requestChange"],
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
    operations: ["customers.password.login", "customers.password.mfaLogin", "auth.token"],
    question: "Is the number of guesses of a password or code limited, and are there rate limits?",
    client: "429 is `RateLimited`; a `Retry-After` is obeyed.",
    embedded: "No limits.",
    why: "No limits are published, and a test that fails a login on purpose does not expect a limit.",
    switch: "`guessing`, or `serve --limit-guessing`. A fault rule can answer 429.",
    test: ["embedded/rooms/logins/Guessing.test.ts", "are not limited unless the options say so"]
  },
  {
    id: "retry-after-form",
    operations: ["every call"],
    question: "Is `Retry-After` always in seconds?",
    client: "An HTTP date and `retry-after-ms` are understood too.",
    why: "RFC 9110, section 10.2.3 allows a date.",
    switch: "The client needs none.",
    test: ["http/failures.test.ts", "Retry-After in its forms"]
  },
  {
    id: "settings-merge",
    operations: ["customers.settings.update"],
    question: "Does a `PUT` of the settings merge or replace?",
    client: "It sends what it is given. The documentation of `settings.update` says that sections that are left out stay.",
    embedded: "It replaces the sections that are sent and keeps the others.",
    why: "The documented sample of the request is `{}`. If it replaced everything, it would erase all settings.",
    switch: "`assumed.settingsUpdate` of the embedded system.",
    test: [
      "embedded/rooms/accounts/Settings.test.ts",
      "a PUT replaces the sections that it has, keeps the others, and fills the defaults"
    ]
  },
  {
    id: "unknown-parameters",
    operations: ["every call"],
    question: "Is an unknown query parameter refused?",
    embedded: "No, it is ignored, as unknown fields of a body are.",
    why: "Recorded traffic shows that unknown fields of a body are ignored.",
    switch: none,
    test: ["conformance/FromContract.ts", "unknown fields are ignored"]
  },
  {
    id: "body-limit",
    operations: ["every call"],
    question: "How large may a body be?",
    embedded: "100 KiB. A larger body is a 400.",
    why: "The service runs on Express, and 100 KiB is the default of Express.",
    switch: none,
    test: ["embedded/system/Lifecycle.test.ts", "reads no more of a body than its limit, and still answers"]
  },
  {
    id: "body-nesting",
    operations: ["every call"],
    question: "How deeply may the values of a body be nested?",
    embedded: "100 levels of arrays and objects. A body that is nested more deeply is a 400.",
    why: "No body of the API needs more than ten. Without a limit, a body of 100 KiB can have more levels than a program can encode again.",
    switch: none,
    test: ["embedded/serving/BadInput.test.ts", "gets the status of the first check that it fails"]
  },
  {
    id: "401-with-code",
    operations: ["every call"],
    question: "What does a 401 with a code mean?",
    client:
      "When the token is the only credential of a call, another token is tried once, and then the status decides. When the body has a credential too, the service has refused that credential.",
    why: "The 401 of recorded traffic has no code, so a 401 with a code means something else.",
    switch: none,
    test: ["truth/Decisions.ts", "401 with a code"]
  },
  {
    id: "refusal-without-code",
    operations: ["auth.token", "customers.password.login", "customers.password.mfaLogin"],
    question: "What do a 403 and a 400 without a code mean when a credential was sent?",
    client: "The 403 refuses the credential if the token has a scope of the operation. The 400 is about the form of the request.",
    embedded: "A missing grant is such a 403, and a body that cannot be read is such a 400.",
    why: "Mocks of Dintero's own SDK have these bodies, and nothing says more about them.",
    switch: none,
    test: ["truth/bodies.test.ts", "a 403 for a scope, another account or a missing grant has the same shape, and no code"]
  },
  {
    id: "scopes-include-nothing",
    operations: ["every call"],
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
    operations: ["auth.mfa.challenge"],
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
    operations: ["customers.password.login", "auth.token"],
    question: "Which claims has the access token of a customer?",
    client:
      "It reads `scopes` and the times. When a session starts, it takes `sub` for the `customer_id`, unless that is the API client itself: its configured id, or the `sub` of its own token. A token that is no JWT, or has no `sub`, says nothing. The customer of a session decides which sessions `ofCustomer` lists, `endAll` ends and `perCustomer` counts, and authorises no call. A renewal does not change it, also when the new token has another `sub`.",
    embedded:
      "The claims of a client's token, `jti`, `effect_dintero_client` and `effect_dintero_customer`. The last two are claims of this package: the client that the token was made for, and the `id` of the customer.",
    why: "Recorded traffic has tokens of clients only.",
    switch: "`customerId` of `sessions.start` and `sessions.startFrom`, which wins over the token.",
    test: ["sessions/devices.test.ts", "the customer_id of the start, otherwise the subject of the access token"]
  },
  {
    id: "exchange-token",
    operations: ["auth.exchangeToken"],
    question: "What is the exchange token of a partner, how long does it live, and what does it authorise?",
    client: "It is sent for one grant, and nothing in it is read.",
    embedded:
      "A JWT for the merchant's account without scopes, with the claim `effect_dintero_partner` of this package. It lives as long as the partner's access tokens. It authorises `client_credentials` on the merchant's account. Every other use of it gets 401. An account that is not the partner's merchant gets the same 403 as one that does not exist.",
    why: "The documentation names the one use, and shows the answer of an access token.",
    switch: "`access_token_lifetime` of the partner's account in the seed.",
    test: [
      "embedded/rooms/sessions/Exchange.test.ts",
      "authorises nothing else: no other operation of either account, and no other grant"
    ]
  },
  {
    id: "partner-audience",
    operations: ["auth.token"],
    question: "Is the audience of a partner's token for a merchant the account of the partner or of the merchant?",
    client: "`Partner` sends that of the partner.",
    embedded: "Either one is accepted. The access token is for the merchant's account in any case.",
    why: "The partner guide of 2026 has the partner's, and an older copy of it the merchant's.",
    switch: "`audience` of `Partner.layer`, and `assumed.exchangeAudience` of the embedded system.",
    test: [
      "embedded/rooms/sessions/Exchange.test.ts",
      "takes the audience of the partner alone, or of the merchant alone, where the options say so"
    ]
  },
  {
    id: "exchange-scopes",
    operations: ["auth.exchangeToken", "auth.token"],
    question: "Which scopes has the access token that a partner gets for a merchant, and what is its subject?",
    embedded:
      "The scopes of the grants that the partner's client has for the merchant's audience, or else of those for the partner's own. Only grants for `client_credentials` count. The subject is the partner's client.",
    why: "The guide speaks of one client of the partner, and of no grants in the merchant's account.",
    switch: "The grants of the client in the seed.",
    test: [
      "embedded/rooms/sessions/Exchange.test.ts",
      "gives the scopes of the grants for the merchant, and those for the partner's own account when there are none"
    ]
  },
  {
    id: "owner-id",
    operations: ["auth.exchangeToken"],
    question: "Does a partner's id of 3 digits name the partner's account?",
    embedded: "Yes, in the paths whose account may be an owner: `P112` is `P11200000`.",
    why: "The documentation allows both forms there, and says that partner 112 has the account number 11200000.",
    switch: none,
    test: [
      "embedded/rooms/sessions/Exchange.test.ts",
      "name the partner's account where the documentation has an owner, and only there"
    ]
  },
  {
    id: "oidc-user",
    operations: ["auth.oidcToken"],
    question: "Whom is the access token of a user of an OpenID provider for?",
    embedded:
      "For the customer of the type `customer` with the email that the provider has verified. Without such a customer its `sub` is the provider's authority and the user's `sub`, and it reaches no customer. `user_info` has the claims about the user in the ID token and those of the provider's userinfo endpoint.",
    why: "The documented example of `user_info` has no email, so a user without one must get a token too. A `sub` of a provider could be anyone's `customer_id`.",
    switch: "`assumed.oidcUser` of the embedded system.",
    test: ["embedded/rooms/identity/Oidc.test.ts", "is never for a customer where the options say so"]
  },
  {
    id: "oidc-failure",
    operations: ["auth.oidcToken"],
    question: "What is the answer when an OpenID provider does not take the code, or cannot be used?",
    client: "400, 401 and 403 are `CredentialsRefused`.",
    embedded:
      "A code that the provider does not take is refused as a wrong password is. A provider that does not answer within 10 seconds, whose ID token is not valid, or that names an address of another origin gets 400.",
    why: "The operation documents no failure.",
    switch: "`wrongCredentialStatus` of the embedded system.",
    test: ["embedded/rooms/identity/Oidc.test.ts", "refuses when the provider is not there"]
  },
  {
    id: "audience-hosts",
    operations: ["auth.token", "customers.password.login", "customers.password.mfaLogin", "customers.password.requestChange"],
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
    operations: ["every call"],
    question: "Does the service answer HEAD and conditional requests as Express does?",
    embedded: "A HEAD has the headers of a GET, and a request with the current ETag gets a 304.",
    why: "The ETags of the service look like those of Express.",
    switch: none,
    test: ["truth/bodies.test.ts", "a HEAD has the headers of a GET and no body; what the caller has already is a 304"]
  },
  {
    id: "domain-codes",
    operations: ["every call"],
    question: "Which codes do refusals have besides `NOT FOUND` and `mfa_required`?",
    client: "It decides by no other code.",
    embedded: "The reason phrase in capitals, with spaces.",
    why: "`NOT FOUND` is written in this way.",
    switch: none,
    test: ["truth/bodies.test.ts", "a credential that is refused by a rule of the API has a code"]
  },
  {
    id: "validation-of-choices",
    operations: ["every call"],
    question: "What does the validation answer about a body that can have one of several shapes?",
    embedded: "The mistakes against the shape that the discriminator names, or else against the shape that fits best.",
    why: "The service's own schema is not published.",
    switch: none,
    test: ["embedded/serving/BadInput.test.ts", "of a login is named as a whole"]
  },
  {
    id: "cursor",
    operations: ["every list"],
    question: "Which field of an item is the next page's `starting_after`?",
    client: "The entry of the list in the contract names fields. The client takes the first of them that the item has.",
    why: "The documentation mentions a `paging_token` and the id of an object.",
    switch: "Give `starting_after` yourself.",
    test: ["http/paging.test.ts", "the cursor is the first field of the entry that the last item has"]
  },
  {
    id: "last-page",
    operations: ["every list"],
    question: "How does a caller know that a page is the last one?",
    client: "A page is the last one when it has fewer items than its limit.",
    why: "The answers have no envelope and no link.",
    switch: "Ask for the next page with `starting_after` yourself.",
    test: ["http/paging.test.ts", "a page that is not full is the last one"]
  },
  {
    id: "order-by-time",
    operations: ["customers.users.list", "customers.tokens.events.list"],
    question: "In which order are the items of a list with `since_datetime`?",
    client: "By their time, the earliest first: the next page is asked for with the largest time of the page.",
    why: "The documentation says to go on with the largest `updated_at` that was seen, which finds everything in this order alone.",
    switch: "Give `since_datetime` yourself.",
    test: ["http/pagingByTime.test.ts", "gives each change once, in the order of their times"]
  },
  {
    id: "deleted-in-changes",
    operations: ["customers.users.list"],
    question: "Does a list with `since_datetime` and `include_deleted` have what was deleted since then, and at which time?",
    client:
      "Yes. The time of an item is the later one of `updated_at` and `deleted_at`, because a deleted customer has no `updated_at`.",
    embedded: "Yes, at the time of the deletion.",
    why: "Otherwise no program could keep a copy of the customers.",
    switch: "The client needs none.",
    test: ["model/changes.test.ts", "a copy that is kept by changes, killed at 50 random points"]
  },
  {
    id: "event-deletions",
    operations: ["customers.tokens.events.list"],
    question: "Does a list of token events with `since_datetime` have those that were deleted since then?",
    client: "Yes.",
    embedded:
      "Yes. Events that were dropped for a new token leave no event behind, so their token is then in that list without events.",
    why: "The documented answer has an item whose last event has the status `DELETED`.",
    switch: "`customers.tokens.events.stream({ deleted_since })` has the deleted ones alone.",
    test: ["model/changes.test.ts", "a copy that is kept by changes, killed at 50 random points"]
  },
  {
    id: "duplicate-answer",
    operations: [
      "customers.users.create",
      "customers.users.update",
      "customers.users.changeCustomerId",
      "customers.tokens.create",
      "customers.locations.create",
      "customers.locations.update",
      "auth.clients.create",
      "auth.users.create",
      "auth.users.changeUsername",
      "auth.accountUsers.create"
    ],
    question:
      "What is the body of the 400 for an email, phone number, `customer_id`, token or `location_id` that exists already?",
    client:
      "A 400 or 409 whose code or message has common words for it, such as `duplicate` or `already exists`, is `Duplicate`. Every other 400 is `BadRequest`.",
    embedded: "A message such as `email is already in use`, in the form of the 404 that was recorded.",
    why: "The status is documented, and the body is not.",
    switch: "`assumed.duplicateAnswer` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "duplicateAnswer: message or bare"]
  },
  {
    id: "phone-unique-per-type",
    operations: ["customers.users.create", "customers.users.update"],
    question: "Is a phone number unique in the account, or among the customers of one type?",
    embedded: "Among the customers of one type, unless the settings allow equal numbers.",
    why: "The documentation says it of the email.",
    switch: "`assumed.phoneUniqueWithin` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "phoneUniqueWithin: type or account"]
  },
  {
    id: "customer-merge",
    operations: ["customers.users.update"],
    question:
      "Does an update of a customer merge `attributes`, `company`, `addresses` and consents with the stored ones, or replace them?",
    embedded: "Consents merge by channel. Every other object and list is replaced as a whole.",
    why: "The documentation says that fields that are left out stay, and does not say how deep that goes.",
    switch: "`assumed.objectsOnUpdate` and `assumed.consentsOnUpdate` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "objectsOnUpdate: replaced or merged"]
  },
  {
    id: "metadata-on-update",
    operations: ["customers.users.update"],
    question: "Can an update of a customer change `metadata`?",
    embedded: "It can. Keys merge, `null` removes a key, and `null` in the place of the object removes all keys.",
    why: "The documentation of `metadata` describes the effect of `null`, which has a meaning in an update alone.",
    switch: "`assumed.metadataOnUpdate` of the embedded system.",
    test: [
      "embedded/rooms/customers/Users.test.ts",
      "keeps what it leaves out, clears what is null, and replaces lists and objects"
    ]
  },
  {
    id: "consent-time",
    operations: ["customers.users.create", "customers.users.update"],
    question: "Who sets `updated_at` of a consent?",
    embedded: "The service, when a request gives a consent without it.",
    why: "The documentation shows the field and does not say who sets it.",
    switch: "`assumed.consentTime` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "consentTime: stamped or asGiven"]
  },
  {
    id: "custom-consents",
    operations: ["customers.users.create", "customers.users.update"],
    question: "What is the shape of a consent of the account's own?",
    client: "Every channel beside `sms` and `email` has any value.",
    embedded: "Any value is accepted and kept.",
    why: "Only a line of the changelog mentions such consents.",
    switch: none,
    test: [
      "embedded/rooms/customers/Users.test.ts",
      "is answered with 200 and everything that was given, with ids and times of the service"
    ]
  },
  {
    id: "password-length",
    operations: ["customers.users.create", "customers.users.update"],
    question: "How long is the password of a customer?",
    client: "The same limits are checked before the request is sent.",
    embedded: "4 to 255 characters.",
    why: "The login has these limits.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "needs a type: an empty body is refused in the bytes of recorded traffic"]
  },
  {
    id: "password-scope",
    operations: ["customers.users.create", "customers.users.update"],
    question: "Which answer does a password or PIN get without the scope `write:accounts:/auth/users`?",
    embedded: "403.",
    why: "The scope is documented as an additional one, and 403 is the answer to every other missing scope.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "takes more scopes for some types, and for a password"]
  },
  {
    id: "employee-scopes",
    operations: ["customers.users.create", "customers.users.update"],
    question: "Which answer does a caller get who may not create the type `employee` or `other`?",
    embedded: "403.",
    why: "The documentation names the scopes that such a customer needs.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "takes more scopes for some types, and for a password"]
  },
  {
    id: "attribute-types",
    operations: ["customers.users.create", "customers.users.update"],
    question: "Is the value of an attribute checked against the type that the settings declare?",
    embedded: "It is. An attribute that the settings do not declare may have any value.",
    why: "The settings have the types, and no page says what they are for.",
    switch: "`assumed.attributeTypes` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "attributeTypes: checked or unchecked"]
  },
  {
    id: "private-attributes",
    operations: ["customers.users.get", "customers.users.update"],
    question: "Does `private: true` hide an attribute from the customer, or allow it?",
    embedded: "It hides the attribute from the tokens of customers. Such a token cannot change it either.",
    why: "The name says so. The text calls it an agreement for visibility.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "neither sees nor replaces attributes that the settings hide"]
  },
  {
    id: "linked-customers",
    operations: ["customers.users.list"],
    question: "Where in the list are the customers that a contact acts for?",
    embedded: "Before the contacts of the page, each once.",
    why: "The documentation says that they are in the answer. The last item of a page has to match the filters, because the next page starts after it.",
    switch: none,
    test: [
      "embedded/rooms/customers/Users.test.ts",
      "leaves contacts out unless they are asked for, and brings those that a contact acts for"
    ]
  },
  {
    id: "list-order",
    operations: ["every list"],
    question: "In which order is a list, and what does `total-count` count?",
    embedded: "In the order of creation, the oldest item first. `total-count` is the number of all items that match.",
    why: "No page has an order.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "pages by the customer_id or the id, and has the number of all on request"]
  },
  {
    id: "head-without-filter",
    operations: ["customers.users.exists"],
    question: "What does `HEAD` answer without an email and a phone number?",
    embedded: "400.",
    why: "The documentation does not mention the case.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "is answered only when the settings allow it"]
  },
  {
    id: "customer-id-trail",
    operations: ["customers.users.changeCustomerId"],
    question: "How do the time and the digest look in the metadata key that a change of the `customer_id` leaves?",
    embedded: "The time is in milliseconds, and the digest has 8 hexadecimal digits.",
    why: "The documentation has the name of the key with two placeholders.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "of the customer_id leaves a trail, and the old one is gone"]
  },
  {
    id: "verified-phone-change",
    operations: ["customers.users.update"],
    question: "How is a change of the phone number verified when the settings require it?",
    embedded:
      "A change is refused with 400 unless the present number was verified in the last 10 minutes. A first number needs no verification.",
    why: "The setting is documented. The operation that verifies has no field for a new number.",
    switch: "`assumed.unverifiedPhoneChange` of the embedded system. It sets the status.",
    test: ["embedded/rooms/customers/Users.test.ts", "of a phone number waits for its verification where the settings say so"]
  },
  {
    id: "deleted-customer",
    operations: ["customers.users.delete"],
    question: "What stays of a deleted customer, and can its email and `customer_id` be used again?",
    embedded:
      "The ids and times stay, and a list with `include_deleted` shows them. The email, the phone number and the values of tokens can be used again, the `customer_id` cannot.",
    why: "The documentation says that everything else is erased.",
    switch: none,
    test: [
      "embedded/rooms/customers/Users.test.ts",
      "is answered whole once, is gone then, and shows its ids and times where deleted ones are asked for"
    ]
  },
  {
    id: "delete-tokens-default",
    operations: ["customers.users.delete"],
    question: "What happens to the tokens of a customer who is deleted without `delete_tokens`?",
    embedded: "They stay, and lead to no customer.",
    why: "The documentation only says what `delete_tokens` does.",
    switch: "`assumed.tokensOfDeleted` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "tokensOfDeleted: kept or deleted"]
  },
  {
    id: "own-customer",
    operations: [
      "customers.users.get",
      "customers.users.update",
      "customers.users.delete",
      "customers.tags.ofCustomer",
      "customers.tags.setOfCustomer",
      "customers.tokens.list",
      "customers.tokens.create",
      "customers.tokens.delete"
    ],
    question: "Which operations does a customer's token reach?",
    embedded:
      "Those whose scopes name `user:customers`, and only for the customer whose token it is. Any other customer is a 403.",
    why: "The documentation lists the scopes and does not explain them.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "reaches the own data alone"]
  },
  {
    id: "departments",
    operations: ["customers.company.departments"],
    question: "What are the departments of a company?",
    embedded: "The `company.department` of the customers with the organization number, each once.",
    why: "The documentation has the shape of the answer and no text.",
    switch: none,
    test: ["embedded/rooms/customers/Users.test.ts", "are those that its customers name"]
  },
  {
    id: "equal-tags",
    operations: ["customers.tags.create"],
    question: "Can two tags have the same text?",
    embedded: "They can.",
    why: "Only customers have a documented rule of uniqueness.",
    switch: "`assumed.equalTags` of the embedded system.",
    test: ["embedded/rooms/lookups/Others.test.ts", "are replaced as a whole, and a deleted one is taken off all customers"]
  },
  {
    id: "deleted-tag-404",
    operations: ["customers.tags.delete"],
    question: "What is the answer to a request to delete a tag that does not exist?",
    client: "A 404 is `NotFound`.",
    embedded: "404.",
    why: "The documentation of the operation has no 404, and its other statuses mean something else.",
    switch: none,
    test: ["embedded/rooms/lookups/Others.test.ts", "are replaced as a whole, and a deleted one is taken off all customers"]
  },
  {
    id: "unknown-tag",
    operations: ["customers.tags.setOfCustomer"],
    question: "What is the answer when the tags of a customer name a tag that does not exist?",
    embedded: "400, and nothing is changed.",
    why: "A reference to nothing cannot be stored.",
    switch: "`assumed.unknownTag` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "unknownTag: refused or ignored"]
  },
  {
    id: "get-of-deleted",
    operations: ["customers.terms.get"],
    question: "Can deleted terms be read by their id?",
    embedded: "They cannot: 404. A list with `include_deleted` has them.",
    why: "The documentation only mentions the list.",
    switch: "`assumed.deletedTerms` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "deletedTerms: notFound or shown"]
  },
  {
    id: "token-unique",
    operations: ["customers.tokens.create"],
    question: "Can two customers have a token with the same type and value?",
    embedded: "They cannot: 400.",
    why: "A token finds one customer.",
    switch: "`assumed.equalToken` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "equalToken: refused or moved"]
  },
  {
    id: "auto-tokens",
    operations: ["customers.users.create", "customers.users.update"],
    question: "What are the type and the value of a token that the service makes from an email or phone number?",
    embedded:
      "The type is, for example, `sha256:email` or `hmac-sha256:phone_number`. The value is the digest of the stored text in lower-case hexadecimal digits. A change of the settings applies to a customer at its next change.",
    why: "An example of the documentation has the type `sha1:email` and such a value.",
    switch: none,
    test: [
      "embedded/rooms/tokens/Tokens.test.ts",
      "is made from the email and the phone number where the settings say so, and follows them"
    ]
  },
  {
    id: "hmac-secrets",
    operations: ["customers.settings.get"],
    question: "Do the settings show the keys of automatic tokens?",
    client: "An answer without the key is accepted.",
    embedded: "They do.",
    why: "The documentation has the same shape for the answer and the request.",
    switch: "`assumed.hmacSecrets` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "hmacSecrets: shown or hidden"]
  },
  {
    id: "event-updated-at",
    operations: ["customers.tokens.events.list"],
    question: "Which field of an item is the time of a list of token events?",
    client: "A missing `updated_at` is accepted. A list by time then ends in `InvalidResponse`.",
    embedded: "`updated_at`, which each item has.",
    why: "The documentation says to go on with the largest `updated_at`, and its example does not show the field.",
    switch: none,
    test: [
      "embedded/rooms/tokens/Tokens.test.ts",
      "are kept before a customer has the token, and decide its status until they expire"
    ]
  },
  {
    id: "communication-shape",
    operations: ["customers.communication.get"],
    question: "What does the communication of a customer look like before anything was verified?",
    embedded: "`email` and `phone_number` are empty objects. `allowed` is never there.",
    why: "Every field is optional in the documentation, and no operation sets `allowed`.",
    switch: none,
    test: [
      "embedded/rooms/communication/Communication.test.ts",
      "verifies the email that it was sent to, once, and a change of the email ends that"
    ]
  },
  {
    id: "wrong-verification-code",
    operations: ["customers.communication.confirmCode"],
    question: "What is the answer to a wrong verification code?",
    embedded: "400, with the same text for a code that is wrong, used, expired or was never sent.",
    why: "The documented statuses are 400 and 403, and 403 is about scopes elsewhere.",
    switch: "`assumed.wrongVerificationCode` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "wrongVerificationCode: 400 or 403"]
  },
  {
    id: "location-unique",
    operations: ["customers.locations.create", "customers.locations.update"],
    question: "Can two locations have the same `location_id`?",
    embedded: "They cannot: 400.",
    why: "The id is in the path of a location.",
    switch: none,
    test: ["embedded/rooms/lookups/Others.test.ts", "are found by every filter, changed by field, and removed"]
  },
  {
    id: "location-merge",
    operations: ["customers.locations.update"],
    question: "Does an update of a location replace the fields that it leaves out?",
    embedded: "It keeps them.",
    why: "The documentation calls it an update of properties, as it does for customers.",
    switch: "`assumed.locationUpdate` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "locationUpdate: merged or replaced"]
  },
  {
    id: "office-type",
    operations: ["organizations"],
    question: "Is `office_type` of an organization a text or a list?",
    client: "Both are accepted.",
    embedded: "A text.",
    why: "The documentation has the type string and an array as the example.",
    switch: none,
    test: ["embedded/rooms/lookups/Others.test.ts", "find organizations and postal places, also those of the user's own"]
  },
  {
    id: "look-up-token",
    operations: ["addresses", "company", "organizations"],
    question: "Do the look-ups of organizations and addresses need an access token?",
    embedded: "No. A token that is sent is checked.",
    why: "Recorded traffic has no token for two of them, and the documentation has no 401 for any.",
    switch: "`assumed.lookUpToken` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "lookUpToken: optional or required"]
  },
  {
    id: "register-names",
    operations: ["organizations"],
    question: "What is `response_from` of an organization?",
    embedded: "`enhetsregisteret` for Norway and `cvr` for Denmark.",
    why: "Only the Norwegian value is in an example.",
    switch: none,
    test: ["embedded/rooms/lookups/Others.test.ts", "find organizations and postal places, also those of the user's own"]
  },
  {
    id: "address-validation",
    operations: ["customers.addresses.validate"],
    question: "Which parts of an address are compared?",
    embedded: "The postal code and the postal place.",
    why: "The documentation has the shape of the answer only.",
    switch: none,
    test: ["embedded/rooms/lookups/Others.test.ts", "find organizations and postal places, also those of the user's own"]
  },
  {
    id: "deleted-role",
    operations: ["auth.roles.get", "auth.roles.update"],
    question: "Can a deleted role be read or changed by its id?",
    embedded: "It cannot: 404. A list with `include_deleted` has it, and an account user cannot get it.",
    why: "The documentation only mentions the list.",
    switch: none,
    test: ["conformance/cases/roles.ts", "deleted ones only when they are asked for"]
  },
  {
    id: "role-search",
    operations: ["auth.roles.list"],
    question: "What do `search` and `name` of the list of roles compare?",
    embedded:
      "`search` is the beginning of one or more words of the name or the description, in any case. `name` is the whole name. A search of account users compares the email and the name in the same way.",
    why: "The search of customers finds the beginning of a name.",
    switch: none,
    test: [
      "conformance/cases/roles.ts",
      "name is the whole name; search is the beginning of words of the name or the description, in any case"
    ]
  },
  {
    id: "equal-roles",
    operations: ["auth.roles.create", "auth.roles.update"],
    question: "Can two roles of an account have the same name?",
    embedded: "They can.",
    why: "The documentation does not require the name.",
    switch: none,
    test: ["conformance/cases/roles.ts", "answers the role with what the system adds, also of a name that another one has"]
  },
  {
    id: "role-update",
    operations: ["auth.roles.update"],
    question: "Does an update of a role replace the fields that it leaves out?",
    embedded: "It removes them.",
    why: "The documentation requires `scope` in an update too, so an update is a whole role.",
    switch: "`assumed.roleUpdate` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "roleUpdate: replaced or merged"]
  },
  {
    id: "account-user-email",
    operations: ["auth.accountUsers.create"],
    question: "Can two account users of an account have the same email?",
    client: "A refusal that says so is `Duplicate`.",
    embedded: "They cannot, in any case: 400.",
    why: "An account user signs in with the email.",
    switch: "`assumed.duplicateAnswer` of the embedded system for the body.",
    test: [
      "conformance/cases/accountUsers.ts",
      "an email in use, in any case: 400, and nothing is changed; another account may have it"
    ]
  },
  {
    id: "account-user-update",
    operations: ["auth.accountUsers.update"],
    question: "Does an update of an account user replace the fields that it leaves out?",
    embedded: "It keeps them, also the roles.",
    why: "The documentation requires none of the fields.",
    switch: "`assumed.accountUserUpdate` of the embedded system.",
    test: ["embedded/rooms/assumed.test.ts", "accountUserUpdate: merged or replaced"]
  },
  {
    id: "unknown-role",
    operations: ["auth.accountUsers.create", "auth.accountUsers.update"],
    question: "What is the answer to an account user with a role that the account does not have?",
    client: "400 is `BadRequest`.",
    embedded: "400, and nothing is changed.",
    why: "The operation that creates account users documents no 404.",
    switch: none,
    test: [
      "conformance/cases/accountUsers.ts",
      "a role that the account does not have, or has no more: 400, and nothing is created"
    ]
  },
  {
    id: "external-without-jwks",
    operations: ["auth.accountUsers.create", "auth.accountUsers.update"],
    question: "What is the answer to an account user with the `authentication_type` `external` when the account has no `jwks`?",
    client: "400 is `BadRequest`.",
    embedded: "400, and nothing is changed.",
    why: "The documentation says that `external` needs the `jwks` of the account.",
    switch: none,
    test: [
      "conformance/cases/accountUsers.ts",
      "authentication_type external only where the account has jwks: 400, also for a change"
    ]
  },
  {
    id: "activities",
    operations: ["auth.accountUsers.activities"],
    question: "Which activities does an account user have, how many are listed, and what is the answer for an unknown user?",
    embedded:
      "The changes of clients, grants, logins, roles and account users that the user made, the newest first, at most 100. A user who does not exist has none.",
    why: "The list does not page, and the operation documents no 404.",
    switch: "`accounts.auditEvents` of the controls has more of them, and those of other actors.",
    test: [
      "conformance/cases/accountUsers.ts",
      "what this actor did, the newest first, at most 100 of them; nothing of another actor"
    ]
  },
  {
    id: "audit-context",
    operations: ["auth.accountUsers.activities"],
    question: "What is in the `context` and the `actor` of an activity?",
    client: "`context` is any object, and `actor` any JSON.",
    embedded: "`context` is empty, and `actor` has the `id` of the API client, account user or login.",
    why: "The documentation has no fields of either. Where a request came from is in the journal.",
    switch: none,
    test: [
      "conformance/cases/accountUsers.ts",
      "what this actor did, the newest first, at most 100 of them; nothing of another actor"
    ]
  }
]
