/**
 * `token`, `whoami` and `keys`: access tokens, what they say, and what verifies them.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Jwk } from "../../schemas/Jwk.js"
import { AccessTokens } from "../../services/AccessTokens.js"
import { Auth } from "../../services/Auth.js"
import { CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as JsonFile from "../JsonFile.js"
import * as Account from "./Account.js"
import * as Jwt from "./Jwt.js"
import { leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"
import * as Times from "./Times.js"

export const token = leaf({
  name: "token",
  summary: "Get an access token of the API client",
  details: ["Whoever has the token can act as the client until it expires, so it is hidden unless --show is given."],
  examples: ["token", "token --show --json"],
  config: { show: Parameters.flag("--show", "print the token itself"), json: Parameters.json },
  run: ({ json, show }) =>
    Account.call({}, ({ accountId }) =>
      Effect.gen(function* () {
        const tokens = yield* AccessTokens
        const got = yield* tokens.get
        const text = show ? Redacted.value(got.value) : Output.mask
        const expiresAt = Option.getOrUndefined(Option.map(got.expiresAt, DateTime.toEpochMillis))
        const now = yield* Clock.currentTimeMillis
        yield* json
          ? Output.json({
              access_token: text,
              account_id: accountId,
              audience: tokens.key.audience,
              expires_at: expiresAt === undefined ? null : Times.iso(expiresAt)
            })
          : Output.record([
              ["Token", show ? text : `${text} (--show prints it)`],
              ["Account", accountId],
              ["Audience", tokens.key.audience],
              ["Expires", expiresAt === undefined ? undefined : Times.withDistance(expiresAt, now)]
            ])
      })
    )
})

const millisOf = (claim: unknown): number | undefined => (typeof claim === "number" ? claim * 1_000 : undefined)

const readToken = (path: string): Effect.Effect<string, CommandFailed> =>
  (path === "-" ? JsonFile.readInput("token", Effect.succeed) : JsonFile.readText("token file", path)).pipe(
    Effect.mapError(({ message }) => wrongUsage(message)),
    Effect.map((text) => text.trim())
  )

const shown = (value: unknown): unknown => (Array.isArray(value) ? value.join(" ") : value)

export const whoami = leaf({
  name: "whoami",
  summary: "Show the claims of a token, and verify its signature and its expiry",
  details: [
    "Without --token-file it is the token of the API client. The keys of the account verify it, and for those the client needs the scope read:accounts or admin:accounts. A token that is forged or has expired ends in the exit code 1."
  ],
  examples: ["whoami", "whoami --token-file token.txt --json"],
  config: {
    file: Parameters.text("--token-file FILE", "the token to look at, or - for standard input"),
    json: Parameters.json
  },
  run: ({ file, json }) =>
    Effect.flatMap(file === undefined ? Effect.succeed(undefined) : readToken(file), (given) =>
      Account.call({}, () =>
        Effect.gen(function* () {
          const own = yield* AccessTokens
          const auth = yield* Auth
          const text = given ?? Redacted.value((yield* own.get).value)
          const { claims, kid } = yield* Jwt.verify(text, yield* auth.keys())
          const now = yield* Clock.currentTimeMillis
          const expiresAt = millisOf(claims.exp)
          const isExpired = expiresAt !== undefined && expiresAt <= now
          if (json) yield* Output.json({ claims, verified: true, expired: isExpired, kid })
          else {
            const at = (claim: unknown) => {
              const millis = millisOf(claim)
              return millis === undefined ? undefined : Times.withDistance(millis, now)
            }
            const { aud, exp, iat, iss, scope, sub, ...others } = claims
            yield* Output.record([
              ["Subject", sub],
              ["Issuer", iss],
              ["Audience", shown(aud)],
              ["Scope", shown(scope)],
              ["Issued", at(iat)],
              ["Expires", at(exp)],
              ...Object.entries(others),
              ["Verified", `signed with the key ${kid} of the account`]
            ])
          }
          if (isExpired) return yield* new CommandFailed({ message: "The token has expired." })
        })
      )
    )
})

const bits = (key: Jwk): number | undefined => Either.getOrUndefined(Jwt.publicKeyOf(key))?.asymmetricKeyDetails?.modulusLength

export const keys = leaf({
  name: "keys",
  summary: "List the public keys that verify access tokens",
  examples: ["keys", "keys --json"],
  config: { json: Parameters.json },
  run: ({ json }) =>
    Account.call({}, () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const found = yield* auth.keys()
        yield* json
          ? Effect.flatMap(Output.encoded(Schema.Array(Jwk), found), (list) => Output.json({ keys: list }))
          : Output.table(
              [
                { title: "KID", of: ({ kid }) => kid },
                { title: "TYPE", of: ({ kty }) => kty },
                { title: "ALGORITHM", of: ({ alg }) => alg },
                { title: "USE", of: ({ use }) => use },
                { title: "BITS", of: bits }
              ],
              found,
              "The account has no keys."
            )
      })
    )
})
