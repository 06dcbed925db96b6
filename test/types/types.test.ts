/**
 * The types that callers rely on. `npm run check` compiles this file. Vitest runs it too, so that its tests are listed.
 */
import type { HttpClient } from "@effect/platform"
import { describe, expectTypeOf, it } from "@effect/vitest"
import type { Config, ConfigError, Context, Layer, Option, Redacted, Stream } from "effect"
import { Effect } from "effect"
import type {
  AccessToken,
  AccessTokens,
  Auth,
  AuthService,
  AuthToken,
  CallError,
  ChallengeResponse,
  Changes,
  ChangesOptions,
  Checkpoint,
  Connection,
  CredentialsRefused,
  Customer,
  CustomersService,
  CustomersSettings,
  CustomerUpdate,
  DinteroError,
  Duplicate,
  ForeignAccount,
  Input,
  Jwk,
  MultiFactorAuthenticationChallenge,
  NotFound,
  NumberedToken,
  PendingLoginOver,
  PendingLogins,
  SessionExpired,
  TokenEvents,
  TokenStoreService,
  TransportError,
  WithDefaultAudience,
  WrongCode
} from "effect-dintero"
import { Account, Customers, Dintero, Grant, Mfa, Partner, type Passwordless, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"

type ErrorTags<Method extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> =
  Effect.Effect.Error<ReturnType<Method>> extends infer Error ? (Error extends { readonly _tag: infer Tag } ? Tag : Error) : never

type CallTags =
  | "BadRequest"
  | "Unauthorized"
  | "TokenExpired"
  | "Forbidden"
  | "RateLimited"
  | "ServerError"
  | "InvalidResponse"
  | "UnexpectedStatus"
  | "TransportError"

describe("types", () => {
  it("each method has exactly its errors", () => {
    expectTypeOf<ErrorTags<CustomersService["settings"]["get"]>>().toEqualTypeOf<CallTags>()
    expectTypeOf<ErrorTags<CustomersService["settings"]["update"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["password"]["login"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "CredentialsRefused" | "MfaRequired"
    >()
    expectTypeOf<ErrorTags<CustomersService["password"]["mfaLogin"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "CredentialsRefused"
    >()
    expectTypeOf<ErrorTags<CustomersService["password"]["requestChange"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["users"]["list"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["users"]["create"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "Duplicate">()
    expectTypeOf<ErrorTags<CustomersService["users"]["exists"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "MethodNotAllowed"
    >()
    expectTypeOf<ErrorTags<CustomersService["users"]["get"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<CustomersService["users"]["delete"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    type ChangesSomething = CallTags | "InvalidRequest" | "NotFound" | "Duplicate"
    expectTypeOf<ErrorTags<CustomersService["users"]["update"]>>().toEqualTypeOf<ChangesSomething>()
    expectTypeOf<ErrorTags<CustomersService["users"]["changeCustomerId"]>>().toEqualTypeOf<ChangesSomething>()
    expectTypeOf<ErrorTags<CustomersService["tokens"]["create"]>>().toEqualTypeOf<ChangesSomething>()
    expectTypeOf<ErrorTags<CustomersService["locations"]["create"]>>().toEqualTypeOf<ChangesSomething>()
    expectTypeOf<ErrorTags<CustomersService["locations"]["update"]>>().toEqualTypeOf<ChangesSomething>()
    expectTypeOf<ErrorTags<CustomersService["locations"]["list"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["tokens"]["list"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<CustomersService["tokens"]["events"]["list"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "NotFound"
    >()
    expectTypeOf<ErrorTags<CustomersService["tokens"]["events"]["lookup"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["tags"]["list"]>>().toEqualTypeOf<CallTags>()
    expectTypeOf<ErrorTags<CustomersService["tags"]["create"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["tags"]["setOfCustomer"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<CustomersService["terms"]["get"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<CustomersService["communication"]["get"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<CustomersService["addresses"]["postalPlace"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "NotFound"
    >()
    expectTypeOf<ErrorTags<CustomersService["organizations"]["search"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<CustomersService["company"]["departments"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<AuthService["mfa"]["challenge"]>>().toEqualTypeOf<CallTags | "InvalidRequest" | "NotFound">()
    expectTypeOf<ErrorTags<AuthService["token"]>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "CredentialsRefused" | "MfaRequired" | "SessionExpired"
    >()
    expectTypeOf<ErrorTags<AuthService["passwordless"]["send"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<AuthService["exchangeToken"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<AuthService["revoke"]>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<AuthService["keys"]>>().toEqualTypeOf<CallTags>()
    expectTypeOf<Effect.Effect.Error<AccessTokens["Type"]["get"]>["_tag"]>().toEqualTypeOf<CallTags>()
  })

  it("the errors of auth.token are those of its grant", () => {
    const end = <const Given extends WithDefaultAudience<AuthToken>>(_: Given) =>
      ({}) as Effect.Effect.Error<ReturnType<typeof token<Given>>>["_tag"]
    const token = ({} as AuthService).token
    const secret = {} as Redacted.Redacted
    type Redeemed = CallTags | "InvalidRequest" | "CredentialsRefused" | "MfaRequired"
    expectTypeOf(end(Grant.clientCredentials(""))).toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf(end(Grant.password({ username: "", password: secret, audience: "" }))).toEqualTypeOf<Redeemed>()
    const code = { identType: "email", ident: "", code: secret, audience: "" } as const
    expectTypeOf(end(Grant.authorizationCode(code))).toEqualTypeOf<Redeemed>()
    expectTypeOf(end(Grant.refreshToken(secret))).toEqualTypeOf<CallTags | "InvalidRequest" | "SessionExpired">()
    const oob = { oobCode: secret, bindingCode: secret, mfaToken: secret }
    expectTypeOf(end(Grant.mfaOob(oob))).toEqualTypeOf<Redeemed>()
    expectTypeOf(end(Grant.accountUser(""))).toEqualTypeOf<CallTags | "InvalidRequest" | "MfaRequired">()
    // A grant that is written as an object is as exact, and one that is not known ends in the errors of all.
    expectTypeOf(end({ grant_type: "refresh_token", refresh_token: secret })).toEqualTypeOf<
      CallTags | "InvalidRequest" | "SessionExpired"
    >()
    expectTypeOf(end({} as AuthToken)).toEqualTypeOf<Redeemed | "SessionExpired">()
    // @ts-expect-error a password in the clear
    Grant.password({ username: "", password: "in the clear", audience: "" })
    // @ts-expect-error a refresh token in the clear
    Grant.refreshToken("in the clear")
    // @ts-expect-error no such kind of identifier
    Grant.authorizationCode({ ...code, identType: "phone" })
    // The layer has an audience for a grant that names none.
    expectTypeOf(end({ grant_type: "client_credentials" })).toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf(end(Grant.password({ username: "", password: secret }))).toEqualTypeOf<Redeemed>()
    // @ts-expect-error an audience that is no text
    const numbered = () => token({ grant_type: "client_credentials", audience: 1 })
    void numbered
    // @ts-expect-error no such spelling
    const spelling: Dintero.ConnectionOptions["grantSpellings"] = { mfaOob: "mfa" }
    void spelling
  })

  it("an audience may be left out where the service has to have one, and nothing else may", () => {
    type Login = Parameters<CustomersService["password"]["login"]>[0]
    const password = {} as Redacted.Redacted
    expectTypeOf({ type: "customer", email: "", password } as const).toExtend<Login>()
    expectTypeOf({ type: "customer", ident_type: "email", ident: "", password, audience: undefined } as const).toExtend<Login>()
    expectTypeOf({ type: "customer", email: "", password, audience: 1 } as const).not.toExtend<Login>()
    expectTypeOf({ type: "customer", email: "" } as const).not.toExtend<Login>()
    expectTypeOf<{ redirect_uri: string }>().not.toExtend<Parameters<AuthService["authorize"]>[0]>()
    // The filter of a list has none by default.
    expectTypeOf<Parameters<AuthService["grants"]["list"]>[0]>().toEqualTypeOf<
      { readonly audience?: string; readonly client_id?: string } | undefined
    >()
  })

  it("the flows of codes have exactly their errors", () => {
    type Judged = "CodeRefused" | "CodeExpired" | "TooManyAttempts" | "CredentialsRefused"
    type Redeemed = CallTags | "InvalidRequest" | "MfaRequired" | Judged
    expectTypeOf<ErrorTags<typeof Mfa.redeem>>().toEqualTypeOf<Redeemed>()
    expectTypeOf<ErrorTags<typeof Passwordless.redeem>>().toEqualTypeOf<Redeemed>()
    expectTypeOf<ErrorTags<typeof Passwordless.begin>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<ErrorTags<typeof Passwordless.resend>>().toEqualTypeOf<CallTags | "InvalidRequest">()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Passwordless.redeem>>>().toEqualTypeOf<Auth>()
    type Begun = CallTags | "InvalidRequest" | "NotFound" | "TokenStoreError"
    expectTypeOf<ErrorTags<typeof Mfa.begin>>().toEqualTypeOf<Begun>()
    expectTypeOf<ErrorTags<typeof Mfa.resend>>().toEqualTypeOf<Begun | "PendingLoginOver" | "TooManyMessages">()
    expectTypeOf<ErrorTags<typeof Mfa.confirm>>().toEqualTypeOf<
      CallTags | "InvalidRequest" | "TokenStoreError" | "WrongCode" | "CodeExpired" | "PendingLoginOver" | "MfaRequired"
    >()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Mfa.begin>>>().toEqualTypeOf<Auth | PendingLogins>()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Mfa.resend>>>().toEqualTypeOf<Auth | PendingLogins>()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Mfa.confirm>>>().toEqualTypeOf<Auth | PendingLogins>()
    expectTypeOf(Mfa.confirm).returns.toEqualTypeOf<Effect.Effect<AccessToken, Mfa.ConfirmError, Auth | PendingLogins>>()
    expectTypeOf<WrongCode["triesLeft"]>().toEqualTypeOf<number>()
    expectTypeOf<PendingLoginOver["reason"]>().toEqualTypeOf<"unknown" | "tries">()
    // @ts-expect-error a code in the clear
    const clear = () => Mfa.confirm("id", "123456")
    void clear
    // What is kept between the steps is plain data.
    expectTypeOf<Passwordless.Login>().toEqualTypeOf<{
      readonly id: string
      readonly email: string
      readonly type?: "customer" | "company" | undefined
      readonly clientId: string
      readonly audience?: string | undefined
    }>()
  })

  it("Account.with adds one error, in both forms", () => {
    const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
    type Expected = Effect.Effect<CustomersSettings, CallError | ForeignAccount, Customers>
    expectTypeOf(Account.with(settings, "T12345678")).toEqualTypeOf<Expected>()
    expectTypeOf(settings.pipe(Account.with("T12345678"))).toEqualTypeOf<Expected>()
    expectTypeOf(settings.pipe(Partner.provide("T12345678"))).toEqualTypeOf<
      Effect.Effect<CustomersSettings, CallError | ForeignAccount, Partner.Partner>
    >()
    expectTypeOf(Partner.account).returns.toEqualTypeOf<
      Effect.Effect<Context.Context<Auth | Customers | AccessTokens | Connection>, ForeignAccount, Partner.Partner>
    >()
    expectTypeOf(Partner.layerAccount).returns.toEqualTypeOf<
      Layer.Layer<Auth | Customers | AccessTokens | Connection, ForeignAccount, Partner.Partner>
    >()
    expectTypeOf(Partner.layer).returns.toEqualTypeOf<
      Layer.Layer<
        Partner.Partner | Auth | Customers | AccessTokens | Connection,
        import("effect-dintero").InvalidConfiguration,
        HttpClient.HttpClient
      >
    >()
  })

  it("changes is a stream of pages with a checkpoint, with the errors of its list", () => {
    type Method = CustomersService["users"]["changes"]
    type Listed = Effect.Effect.Error<ReturnType<CustomersService["users"]["list"]>>
    expectTypeOf<ReturnType<Method>>().toEqualTypeOf<Stream.Stream<Changes<Customer>, Listed>>()
    expectTypeOf<ReturnType<CustomersService["tokens"]["events"]["changes"]>>().toEqualTypeOf<
      Stream.Stream<Changes<TokenEvents>, Listed | NotFound>
    >()
    expectTypeOf<Parameters<Method>>().toEqualTypeOf<[options?: ChangesOptions]>()
    // What is read from a store may be absent.
    expectTypeOf<{ checkpoint: Checkpoint | undefined; since: undefined; overlap: "1 minute"; limit: 10 }>().toExtend<
      NonNullable<Parameters<Method>[0]>
    >()
    // @ts-expect-error a text is no checkpoint: `Checkpoint.make` makes one of it
    const text: ChangesOptions = { checkpoint: "kept" }
    void text
  })

  it("the field of a Duplicate is one of eight, or not known", () => {
    expectTypeOf<Duplicate["field"]>().toEqualTypeOf<
      "client_id" | "customer_id" | "email" | "phone_number" | "location_id" | "token_id" | "token" | "username" | undefined
    >()
  })

  it("null is a value of the fields that it clears, and of no others", () => {
    type Nullable<T> = { [Key in keyof T]-?: null extends T[Key] ? Key : never }[keyof T]
    type Update = Parameters<CustomersService["users"]["update"]>[1]
    type Cleared =
      | "date_of_birth"
      | "email"
      | "favorite_store"
      | "first_name"
      | "gender"
      | "last_name"
      | "metadata"
      | "phone_number"
      | "status"
    expectTypeOf<Nullable<Update>>().toEqualTypeOf<Cleared>()
    expectTypeOf<Nullable<CustomerUpdate>>().toEqualTypeOf<Cleared>()
    expectTypeOf<Nullable<NonNullable<CustomerUpdate["enrolled_by"]>>>().toEqualTypeOf<"value">()
    expectTypeOf<{ metadata: { gone: null } }>().toExtend<Update>()
    // @ts-expect-error a new customer has a type
    const untyped: Parameters<CustomersService["users"]["create"]>[0] = { email: "ada@example.com" }
    void untyped
  })

  it("each method needs no service, and returns decoded values", () => {
    expectTypeOf<Effect.Effect.Context<ReturnType<CustomersService["settings"]["get"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<CustomersService["settings"]["update"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<CustomersService["password"]["login"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<CustomersService["password"]["mfaLogin"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<CustomersService["password"]["requestChange"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<AuthService["mfa"]["challenge"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<AuthService["token"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<AuthService["revoke"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<AuthService["keys"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Success<ReturnType<CustomersService["settings"]["get"]>>>().toEqualTypeOf<CustomersSettings>()
    expectTypeOf<Effect.Effect.Success<ReturnType<CustomersService["password"]["login"]>>>().toEqualTypeOf<AccessToken>()
    expectTypeOf<
      Effect.Effect.Success<ReturnType<CustomersService["password"]["mfaLogin"]>>
    >().toEqualTypeOf<MultiFactorAuthenticationChallenge>()
    expectTypeOf<Effect.Effect.Success<ReturnType<CustomersService["password"]["requestChange"]>>>().toEqualTypeOf<void>()
    expectTypeOf<Effect.Effect.Success<ReturnType<AuthService["mfa"]["challenge"]>>>().toEqualTypeOf<ChallengeResponse>()
    expectTypeOf<ChallengeResponse["oob_code"]>().toEqualTypeOf<Redacted.Redacted>()
    expectTypeOf<MultiFactorAuthenticationChallenge["mfa_token"]>().toEqualTypeOf<Redacted.Redacted>()
    expectTypeOf<Effect.Effect.Success<ReturnType<AuthService["revoke"]>>>().toEqualTypeOf<void>()
    expectTypeOf<Effect.Effect.Success<ReturnType<AuthService["keys"]>>>().toEqualTypeOf<ReadonlyArray<Jwk>>()
    expectTypeOf<Effect.Effect.Success<AccessTokens["Type"]["peek"]>>().toEqualTypeOf<Option.Option<NumberedToken>>()
  })

  it("the layers need an HttpClient and nothing else", () => {
    expectTypeOf(Dintero.layer).returns.toEqualTypeOf<
      Layer.Layer<
        Auth | Customers | AccessTokens | Connection,
        import("effect-dintero").InvalidConfiguration,
        HttpClient.HttpClient
      >
    >()
    expectTypeOf(Dintero.layerConfig).toEqualTypeOf<
      Layer.Layer<Auth | Customers | AccessTokens | Connection, ConfigError.ConfigError, HttpClient.HttpClient>
    >()
    expectTypeOf(Dintero.layerConfigWith).returns.toEqualTypeOf<typeof Dintero.layerConfig>()
    expectTypeOf(Dintero.layerTest).returns.toEqualTypeOf<Layer.Layer<Auth | Customers | AccessTokens>>()
    expectTypeOf<Config.Config<string>>().not.toBeAny()
  })

  it("the layer of the embedded system provides no HttpClient: its transport is a separate layer", () => {
    expectTypeOf(DinteroEmbedded.layer).returns.toEqualTypeOf<
      Layer.Layer<Auth | Customers | AccessTokens | Connection | DinteroEmbedded.Embedded, DinteroEmbedded.EmbeddedMakeError>
    >()
    expectTypeOf(DinteroEmbedded.layerHttpClient).toEqualTypeOf<
      Layer.Layer<HttpClient.HttpClient, never, DinteroEmbedded.Embedded>
    >()
  })

  it("an optional field of an input may be undefined, at any depth, and no other field may", () => {
    expectTypeOf<{ users: { customer_id_format: "uuid"; mfa: undefined }; attributes: undefined }>().toExtend<
      Input<CustomersSettings>
    >()
    expectTypeOf<CustomersSettings>().toExtend<Parameters<CustomersService["settings"]["update"]>[0]>()
    // The fields of a query too, in a list and in its stream.
    expectTypeOf<{ search: undefined; limit: 3 }>().toExtend<NonNullable<Parameters<CustomersService["users"]["list"]>[0]>>()
    expectTypeOf<{ search: undefined; limit: 3 }>().toExtend<NonNullable<Parameters<CustomersService["users"]["stream"]>[0]>>()
    expectTypeOf<{ attributes: readonly [undefined] }>().not.toExtend<Input<CustomersSettings>>()
    expectTypeOf<{ tokens: { event_expiry: readonly [{ status: undefined; time_to_live: 1 }] } }>().not.toExtend<
      Input<CustomersSettings>
    >()
    expectTypeOf<Input<AccessToken>["access_token"]>().toEqualTypeOf<Redacted.Redacted>()
  })

  it("a token that processes share adds no requirement to a layer and no error to a method", () => {
    const sharing = (store: TokenStoreService) => ({ store, onStoreFailure: "fail", lease: "5 seconds" }) as const
    expectTypeOf(sharing).returns.toExtend<Dintero.TokenSharing>()
    expectTypeOf<Dintero.Options["shareTokens"]>().toEqualTypeOf<Dintero.TokenSharing | undefined>()
    expectTypeOf<Dintero.TokensFromOptions["shareTokens"]>().toEqualTypeOf<Dintero.TokenSharing | undefined>()
    expectTypeOf(Dintero.layerTokensFrom).returns.toEqualTypeOf<ReturnType<typeof Dintero.layer>>()
    // @ts-expect-error neither "request" nor "fail"
    const open: Dintero.TokenSharing = { store: {} as TokenStoreService, onStoreFailure: "open" }
    // @ts-expect-error a token that is given to the layer is never renewed, so it cannot be shared
    const token: Dintero.FixedTokenOptions = { accountId: "", token: {} as Redacted.Redacted, shareTokens: open }
    void token
  })

  it("a policy around an effect changes none of its types", () => {
    const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
    expectTypeOf(RetryPolicy.with(settings, RetryPolicy.none)).toEqualTypeOf(settings)
  })

  it("an error has one of six reasons why the call was not tried again", () => {
    expectTypeOf<NonNullable<DinteroError["request"]["stopped"]>>().toEqualTypeOf<
      "exhausted" | "budget" | "deadline" | "not-idempotent" | "retry-after-too-long" | "breaker"
    >()
    expectTypeOf<TransportError["reason"]>().toEqualTypeOf<
      "connect" | "dns" | "tls" | "reset" | "timeout" | "unknown" | "circuit-open" | "bulkhead-full"
    >()
  })

  it("a login has one of its two forms, and a Redacted password", () => {
    type Login = Parameters<CustomersService["password"]["login"]>[0]
    // @ts-expect-error neither an email nor an identifier
    const neither: Login = { audience: "", type: "customer", password: {} as Login["password"] }
    // @ts-expect-error a password in the clear
    const clear: Login = { audience: "", type: "customer", email: "", password: "in the clear" }
    // @ts-expect-error a type that cannot log in
    const employee: Login = { audience: "", type: "employee", email: "", password: {} as Login["password"] }
    void [neither, clear, employee]
  })

  it("a login with MFA has a Redacted secret, and a challenge has a Redacted token", () => {
    type Login = Parameters<CustomersService["password"]["mfaLogin"]>[0]
    type Challenge = Parameters<AuthService["mfa"]["challenge"]>[0]
    // @ts-expect-error a secret in the clear
    const clear: Login = { audience: "", type: "customer", ident_type: "email", ident: "", secret: "in the clear" }
    // @ts-expect-error no kind of identifier
    const unnamed: Login = { audience: "", type: "customer", ident: "", secret: {} as Login["secret"] }
    // @ts-expect-error a token in the clear
    const token: Challenge = { challenge_type: "oob", mfa_token: "in the clear" }
    // @ts-expect-error a refresh token in the clear
    const revocation: Parameters<AuthService["revoke"]>[0] = { token: "in the clear" }
    // @ts-expect-error no such channel
    const pigeon: Challenge = { challenge_type: "oob", mfa_token: {} as Challenge["mfa_token"], oob_channel: "pigeon" }
    void [clear, unnamed, token, revocation, pigeon]
  })

  it("layerTest accepts any part of the services, with their types", () => {
    const refused = {} as CredentialsRefused
    const expired = {} as SessionExpired
    Dintero.layerTest({})
    Dintero.layerTest({ customers: { settings: { get: () => Effect.succeed({}) } } })
    // @ts-expect-error `get` returns no string
    Dintero.layerTest({ customers: { settings: { get: () => Effect.succeed("settings") } } })
    // @effect-diagnostics-next-line missingEffectError:off
    // @ts-expect-error `get` has no such error
    Dintero.layerTest({ customers: { settings: { get: () => Effect.fail("no") } } })
    Dintero.layerTest({ auth: { mfa: {} } })
    Dintero.layerTest({ auth: { revoke: () => Effect.void } })
    // A fake of the token endpoint has the errors of any grant.
    Dintero.layerTest({ auth: { token: (grant) => (grant.grant_type === "password" ? refused : expired) } })
    // @ts-expect-error no such method
    Dintero.layerTest({ customers: { settings: { read: () => Effect.succeed({}) } } })
  })
})
