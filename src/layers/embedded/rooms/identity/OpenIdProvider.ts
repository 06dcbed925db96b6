/**
 * Trades a code of an OpenID provider for what the provider says about the user.
 *
 * Source: OpenID Connect Core 1.0, 3.1.3 and 5.3; OpenID Connect Discovery 1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { AuthorizationServer, ClientAuth } from "oauth4webapi"
import type { ProviderGrant } from "../clients/ApiClients.js"
import { missingPackage } from "./Missing.js"
import * as Outgoing from "./Outgoing.js"

/** The provider does not take the code. */
export class CodeRefused extends Data.TaggedError("CodeRefused") {}

/** The provider cannot be used. `reason` has nothing of its answers in it. */
export class ProviderUnusable extends Data.TaggedError("ProviderUnusable")<{ readonly reason: string }> {}

export interface ProviderCode {
  readonly code: Redacted.Redacted
  readonly redirectUri: string | undefined
}

export interface ProviderUser {
  /** The user, whom the provider never gives another id. */
  readonly sub: string
  readonly claims: { readonly [name: string]: unknown }
}

export interface OpenIdProviderService {
  readonly redeem: (
    provider: ProviderGrant["provider"],
    code: ProviderCode
  ) => Effect.Effect<ProviderUser, CodeRefused | ProviderUnusable>
}

export class OpenIdProvider extends Context.Tag("effect-dintero/embedded/OpenIdProvider")<
  OpenIdProvider,
  OpenIdProviderService
>() {}

/** The claims of an ID token that are about the token, and not about the user. */
const ofToken = new Set([
  "iss",
  "aud",
  "exp",
  "iat",
  "nbf",
  "jti",
  "azp",
  "nonce",
  "auth_time",
  "acr",
  "amr",
  "at_hash",
  "c_hash",
  "s_hash",
  "sid"
])

const aboutUser = (claims: object) => Object.fromEntries(Object.entries(claims).filter(([name]) => !ofToken.has(name)))

/** Asks the provider. `at` gets the name of each step before it is taken. */
const redeem = async (
  { authority, clientId, clientSecret }: ProviderGrant["provider"],
  { code, redirectUri }: ProviderCode,
  signal: AbortSignal,
  at: (step: string) => void
): Promise<ProviderUser | undefined> => {
  const oauth = await import("oauth4webapi")
  const options = {
    // The authority of a grant may be a provider on this machine.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: Outgoing.fetchFrom(authority),
    signal
  }
  at("its metadata")
  const issuer = new URL(authority)
  const metadata = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))

  at("its token endpoint")
  const client = { client_id: clientId }
  const response = await oauth.genericTokenEndpointRequest(
    metadata,
    client,
    authenticationOf(oauth, metadata, clientSecret),
    "authorization_code",
    { code: Redacted.value(code), ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }) },
    options
  )
  const tokens = await oauth.processGenericTokenEndpointResponse(metadata, client, response)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  if (claims === undefined) return undefined

  at("its keys")
  await oauth.validateApplicationLevelSignature(metadata, response, options)

  if (metadata.userinfo_endpoint === undefined) return { sub: claims.sub, claims: aboutUser(claims) }
  at("its userinfo endpoint")
  const info = await oauth.processUserInfoResponse(
    metadata,
    client,
    claims.sub,
    await oauth.userInfoRequest(metadata, client, tokens.access_token, options)
  )
  return { sub: claims.sub, claims: { ...aboutUser(claims), ...aboutUser(info) } }
}

/** `client_secret_basic` is the default (OpenID Connect Discovery 1.0, 3). */
const authenticationOf = (
  { ClientSecretBasic, ClientSecretPost, None }: typeof import("oauth4webapi"),
  { token_endpoint_auth_methods_supported: methods = ["client_secret_basic"] }: AuthorizationServer,
  secret: Redacted.Redacted | undefined
): ClientAuth => {
  if (secret === undefined) return None()
  const value = Redacted.value(secret)
  return methods.includes("client_secret_basic") || !methods.includes("client_secret_post")
    ? ClientSecretBasic(value)
    : ClientSecretPost(value)
}

/** An error of the library can have the answer of the provider in it, with its tokens. Only constants of the library are kept. */
const failureOf = (step: string, error: unknown): CodeRefused | ProviderUnusable => {
  const { code, said } = Predicate.isObject(error)
    ? { code: Predicate.hasProperty(error, "code") && error.code, said: Predicate.hasProperty(error, "error") && error.error }
    : { code: undefined, said: undefined }
  if (said === "invalid_grant") return new CodeRefused()
  const reason =
    error instanceof Outgoing.Refused
      ? error.message
      : typeof code === "string" && /^OAUTH_[A-Z_]+$/.test(code)
        ? code
        : (missingPackage(error) ?? "it cannot be reached")
  return new ProviderUnusable({ reason: `${step}: ${reason}` })
}

/** `millis`: how long a provider may take, {@link Outgoing.patience} except in a test. */
export const make = (millis: number = Outgoing.patience) =>
  Effect.succeed({
    redeem: (provider, code) =>
      Effect.suspend(() => {
        let step = "this system"
        const begin = (next: string) => {
          step = next
        }
        return Effect.tryPromise({
          try: (signal) => redeem(provider, code, signal, begin),
          catch: (error) => failureOf(step, error)
        }).pipe(
          Effect.timeoutFail({
            duration: millis,
            onTimeout: () => new ProviderUnusable({ reason: `${step}: it did not answer in ${millis} ms` })
          }),
          Outgoing.inRealTime,
          Effect.flatMap((user) =>
            user === undefined ? new ProviderUnusable({ reason: `${step}: it gave no ID token` }) : Effect.succeed(user)
          )
        )
      })
  } satisfies OpenIdProviderService)
