/**
 * Where the embedded system differs from the service, or where nobody outside of Dintero knows whether it does. Each line names the test
 * that holds it; the table in docs/testing.md is written from them, and a line whose test is gone fails the build.
 *
 * `assumed`: the service's behaviour is not documented, and this is our reading (API reference, section 10).
 */
export interface Difference {
  readonly what: string
  readonly service: string
  readonly embedded: string
  readonly basis: "assumed" | "by design"
  /** The file below `test/`, and the title of a test in it. */
  readonly test: readonly [file: string, title: string]
}

export const differences: ReadonlyArray<Difference> = [
  {
    what: "SMS and e-mail",
    service: "are sent",
    embedded: "end in the outbox, with the code",
    basis: "by design",
    test: ["embedded/Mfa.test.ts", "a message with the code, six digits, in its text too"]
  },
  {
    what: "time",
    service: "is the world's",
    embedded: "follows the caller's clock, and can be moved and stopped",
    basis: "by design",
    test: ["embedded/Clock.test.ts", "runs ahead of it: a token expires that the client takes for good"]
  },
  {
    what: "host names",
    service: "`api.dintero.com`",
    embedded: "in process any host is answered; audiences keep Dintero's host",
    basis: "by design",
    test: ["embedded/Lifecycle.test.ts", "a layer answers whatever host a request names"]
  },
  {
    what: "an unknown path",
    service: "404",
    embedded: "404 that says what comes close; with `strict` the test fails",
    basis: "by design",
    test: ["embedded/Journal.test.ts", "says what an unknown path may have been"]
  },
  {
    what: "rate limits",
    service: "429 with `Retry-After`, at limits that are not published",
    embedded: "none, unless a fault rule says so",
    basis: "by design",
    test: ["embedded/Faults.test.ts", "strikes the n-th calls, so often, and leaves the others alone"]
  },
  {
    what: "guesses of a password or code",
    service: "whether they are limited is not documented",
    embedded: "as many as one likes; or few, as `guessing` says",
    basis: "assumed",
    test: ["embedded/Guessing.test.ts", "are not limited unless the options say so"]
  },
  {
    what: "a wrong password or code",
    service: "a status that is not documented",
    embedded: "403, or what `wrongCredentialStatus` says",
    basis: "assumed",
    test: ["embedded/Login.test.ts", "answers every failure alike, after exactly one hash"]
  },
  {
    what: "one-time codes",
    service: "length, life and tries are not documented",
    embedded: "6 digits, 10 minutes, 5 tries, once",
    basis: "assumed",
    test: ["embedded/Mfa.test.ts", "may be tried 5 times; a new challenge has its own tries"]
  },
  {
    what: "the channel of a code",
    service: "governed by the settings; against the caller's wish is not documented",
    embedded: "the settings, then the caller, then SMS",
    basis: "assumed",
    test: ["embedded/Mfa.test.ts", "the settings come before the caller, and sms is the default"]
  },
  {
    what: "`login` while MFA is on",
    service: "not documented",
    embedded: "403 `mfa_required` with an `mfa_token`, as the token endpoint",
    basis: "assumed",
    test: ["embedded/Login.test.ts", "asks for a code after the right password alone"]
  },
  {
    what: "`change_password` for nobody",
    service: "not documented",
    embedded: "204, and nothing is sent",
    basis: "assumed",
    test: ["embedded/Mfa.test.ts", "sends nothing for nobody, another type, or a type that cannot log in, and answers the same"]
  },
  {
    what: "the message of `change_password`",
    service: "leads to a page where the password is changed",
    embedded: "has no code: no documented operation takes one",
    basis: "by design",
    test: ["embedded/Mfa.test.ts", "sends one e-mail to a customer that is there, without a code"]
  },
  {
    what: "claims of an access token",
    service: "not documented",
    embedded: "`iss`, `sub`, `aud`, `iat`, `exp`, `jti`, `scope`, `client_id`; RS256",
    basis: "assumed",
    test: ["embedded/AccessTokens.test.ts", "are verified by WebCrypto with a key of auth.keys"]
  },
  {
    what: "the Basic user name",
    service: "a client's `id` or its label, which of them is not documented",
    embedded: "both",
    basis: "assumed",
    test: [
      "embedded/Token.test.ts",
      "takes the client's id or its label, the scheme in any case, and both spellings of the audience"
    ]
  },
  {
    what: "the user name of the `password` grant",
    service: "not documented",
    embedded: "`customer_id`, `id` or e-mail",
    basis: "assumed",
    test: ["embedded/Token.test.ts", "logs a customer in by customer_id, id or email; customers come before companies"]
  },
  {
    what: "rotation of refresh tokens",
    service: "not documented",
    embedded: "none: a refresh token stays good; or `strict`, `grace`, `until-used`, as `refreshTokens` says",
    basis: "assumed",
    test: ["embedded/Token.test.ts", "answers another token for the same customer, as often as asked"]
  },
  {
    what: "the life of refresh tokens",
    service: "long, how long is not documented",
    embedded: "no end, unless `refreshTokens` sets one, from the login or from the last use",
    basis: "assumed",
    test: ["embedded/RefreshTokens.test.ts", "follows the system's own clock too"]
  },
  {
    what: "a use of a refresh token that is used up",
    service: "not documented",
    embedded: "403 as for an unknown one, and with a rotation the session is over (RFC 9700, 4.14.2)",
    basis: "assumed",
    test: ["embedded/RefreshTokens.test.ts", "refuses used, expired, revoked, foreign and unknown tokens with one text"]
  },
  {
    what: "`auth.revoke` of a token that is unknown, or another client's",
    service: "not documented",
    embedded: "200 as for any other, and nothing happens (RFC 7009)",
    basis: "assumed",
    test: [
      "conformance/Cases.ts",
      "an unknown token, one of another client and one of another account are answered alike, and nothing happens"
    ]
  },
  {
    what: "access tokens of a session that was revoked",
    service: "not documented",
    embedded: "are good until they expire",
    basis: "assumed",
    test: ["conformance/Cases.ts", "the access tokens of the session are good until they expire"]
  },
  {
    what: "`PUT` of settings",
    service: "merges or replaces: not documented",
    embedded: "replaces the sections that are sent, keeps the others",
    basis: "assumed",
    test: ["embedded/Settings.test.ts", "a PUT replaces the sections that it has, keeps the others, and fills the defaults"]
  },
  {
    what: "large bodies",
    service: "not documented",
    embedded: "400 above 100 KiB",
    basis: "assumed",
    test: ["embedded/Lifecycle.test.ts", "reads no more of a body than its limit, and still answers"]
  },
  {
    what: "staff accounts and passwordless logins",
    service: "`account_user_token`, `authorization_code`",
    embedded: "not there: 400, and refused as a wrong code",
    basis: "by design",
    test: ["embedded/Token.test.ts", "knows no codes and no staff"]
  }
]

export const table = (): string =>
  [
    "| what | the service | the embedded system | | test |",
    "|---|---|---|---|---|",
    ...differences.map(
      ({ basis, embedded, service, test: [file, title], what }) =>
        `| ${what} | ${service} | ${embedded} | ${basis} | \`${file}\`: ${title} |`
    )
  ].join("\n")
