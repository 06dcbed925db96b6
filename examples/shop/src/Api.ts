/**
 * What the shop offers over HTTP: its endpoints, what they take and give, and the answers that are no success.
 */
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSchema, HttpApiSecurity } from "@effect/platform"
import { Context, Schema } from "effect"
import type { Session } from "effect-dintero"

// Answers. They say what the page can do, and never what went wrong inside.

export class InvalidInput extends Schema.TaggedError<InvalidInput>()(
  "InvalidInput",
  {},
  HttpApiSchema.annotations({ status: 400 })
) {}
export class SignInRequired extends Schema.TaggedError<SignInRequired>()(
  "SignInRequired",
  {},
  HttpApiSchema.annotations({ status: 401 })
) {}
export class WrongPassword extends Schema.TaggedError<WrongPassword>()(
  "WrongPassword",
  {},
  HttpApiSchema.annotations({ status: 401 })
) {}
export class AnotherCode extends Schema.TaggedError<AnotherCode>()(
  "AnotherCode",
  { triesLeft: Schema.optional(Schema.Number) },
  HttpApiSchema.annotations({ status: 401 })
) {}
export class AnotherMessage extends Schema.TaggedError<AnotherMessage>()(
  "AnotherMessage",
  {},
  HttpApiSchema.annotations({ status: 401 })
) {}
export class StartAgain extends Schema.TaggedError<StartAgain>()("StartAgain", {}, HttpApiSchema.annotations({ status: 401 })) {}
export class UnknownTill extends Schema.TaggedError<UnknownTill>()(
  "UnknownTill",
  {},
  HttpApiSchema.annotations({ status: 401 })
) {}
export class Unknown extends Schema.TaggedError<Unknown>()("Unknown", {}, HttpApiSchema.annotations({ status: 404 })) {}
export class InUse extends Schema.TaggedError<InUse>()(
  "InUse",
  { field: Schema.optional(Schema.String) },
  HttpApiSchema.annotations({ status: 409 })
) {}
export class TooManyMessages extends Schema.TaggedError<TooManyMessages>()(
  "TooManyMessages",
  {},
  HttpApiSchema.annotations({ status: 429 })
) {}
export class Broken extends Schema.TaggedError<Broken>()("Broken", {}, HttpApiSchema.annotations({ status: 500 })) {}
export class DinteroBroken extends Schema.TaggedError<DinteroBroken>()(
  "DinteroBroken",
  {},
  HttpApiSchema.annotations({ status: 502 })
) {}
export class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  { what: Schema.Literal("dintero", "sessions"), retryAfterSeconds: Schema.Number },
  HttpApiSchema.annotations({ status: 503 })
) {}

/** Every answer that is no success, except those for a till and for a request that does not fit its schema. */
export const Answer = Schema.Union(
  InvalidInput,
  SignInRequired,
  WrongPassword,
  AnotherCode,
  AnotherMessage,
  StartAgain,
  Unknown,
  InUse,
  TooManyMessages,
  Broken,
  DinteroBroken,
  Unavailable
)

// Who asks.

/** The customer of a request, and the session with which calls are made in the customer's name. */
export class CurrentCustomer extends Context.Tag("shop/CurrentCustomer")<
  CurrentCustomer,
  { readonly customerId: string; readonly session: Session.Session }
>() {}

/** `__Host-`: browsers take such a cookie over HTTPS only, and no other host of the domain can set it. */
export const sessionCookie = HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-session" })

/** A login that waits for its code. */
export const pendingCookie = HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-sign-in" })

export class SignedIn extends HttpApiMiddleware.Tag<SignedIn>()("shop/SignedIn", {
  provides: CurrentCustomer,
  failure: Answer,
  security: { session: sessionCookie }
}) {}

export class Till extends HttpApiMiddleware.Tag<Till>()("shop/Till", {
  failure: UnknownTill,
  security: { key: HttpApiSecurity.bearer }
}) {}

// Endpoints.

export const Welcome = Schema.TaggedStruct("Welcome", {})

export const CodeSent = Schema.TaggedStruct("CodeSent", {
  channel: Schema.NullOr(Schema.String),
  messagesLeft: Schema.Number,
  triesLeft: Schema.Number
})

const signIn = HttpApiGroup.make("signIn")
  .add(
    HttpApiEndpoint.post("password", "/sign-in")
      .setPayload(Schema.Struct({ email: Schema.NonEmptyString, password: Schema.Redacted(Schema.NonEmptyString) }))
      .addSuccess(Welcome)
      .addSuccess(CodeSent, { status: 202 })
  )
  .add(
    HttpApiEndpoint.post("code", "/sign-in/code")
      .setPayload(Schema.Struct({ code: Schema.Redacted(Schema.NonEmptyString) }))
      .addSuccess(Welcome)
      .addSuccess(CodeSent, { status: 202 })
  )
  .add(
    HttpApiEndpoint.post("resend", "/sign-in/resend")
      .setPayload(Schema.Struct({ channel: Schema.optional(Schema.Literal("sms", "email")) }))
      .addSuccess(CodeSent, { status: 202 })
  )
  // Not behind `SignedIn`: a session whose end has begun cannot be opened, and has to be ended nevertheless.
  .add(HttpApiEndpoint.post("out", "/sign-out").addSuccess(HttpApiSchema.NoContent))

const text = Schema.NullOr(Schema.String)
const changed = Schema.optional(text)

export const Me = Schema.Struct({ customerId: Schema.String, email: text, firstName: text, lastName: text })

export const Consents = Schema.Struct({ email: Schema.Boolean, sms: Schema.Boolean })

export const Device = Schema.Struct({
  handle: Schema.String,
  label: Schema.NullOr(Schema.String),
  startedAt: Schema.DateTimeUtc,
  lastUsedAt: Schema.DateTimeUtc,
  isThis: Schema.Boolean
})

const me = HttpApiGroup.make("me")
  .add(HttpApiEndpoint.get("get", "/me").addSuccess(Me))
  .add(
    HttpApiEndpoint.patch("change", "/me")
      .setPayload(Schema.Struct({ email: changed, firstName: changed, lastName: changed }))
      .addSuccess(Me)
  )
  .add(HttpApiEndpoint.get("consents", "/me/consents").addSuccess(Consents))
  .add(HttpApiEndpoint.patch("consent", "/me/consents").setPayload(Schema.partial(Consents)).addSuccess(Consents))
  .add(HttpApiEndpoint.get("devices", "/devices").addSuccess(Schema.Array(Device)))
  .add(
    HttpApiEndpoint.del("endDevice", "/devices/:handle")
      .setPath(Schema.Struct({ handle: Schema.String }))
      .addSuccess(HttpApiSchema.NoContent)
  )
  .add(HttpApiEndpoint.del("endDevices", "/devices").addSuccess(Schema.Struct({ ended: Schema.Number })))
  .middleware(SignedIn)

export const Receipt = Schema.Struct({
  receiptId: Schema.NonEmptyString,
  /** What the till has read: the hash of a card, or the number of a bracelet. */
  token: Schema.Struct({ type: Schema.NonEmptyString, value: Schema.NonEmptyString }),
  /** In minor units. */
  amount: Schema.Int
})

const till = HttpApiGroup.make("till")
  .add(
    HttpApiEndpoint.post("receipt", "/receipts")
      .setPayload(Receipt)
      .addSuccess(Schema.Struct({ customer: Schema.NullOr(Schema.Struct({ customerId: Schema.String, firstName: text })) }))
  )
  .middleware(Till)

const health = HttpApiGroup.make("health")
  .add(HttpApiEndpoint.get("live", "/health/live").addSuccess(HttpApiSchema.NoContent))
  .add(HttpApiEndpoint.get("ready", "/health/ready").addSuccess(HttpApiSchema.NoContent))

export class ShopApi extends HttpApi.make("shop").add(signIn).add(me).add(till).add(health).addError(Answer) {}
