import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Duration, Effect, Option, Redacted, Schema } from "effect"
import type { DinteroError } from "effect-dintero"
import * as Dintero from "effect-dintero"
import { operations } from "../../src/contract/Contract.js"

/** Every error class that the package exports, whether or not it is in a union. */
const exported = [...Object.entries(Dintero), ...Object.values(Dintero).flatMap((module) => Object.entries(module))]
  .filter(([, member]) => typeof member === "function" && member.prototype instanceof Error)
  .map(([name]) => name)

/** The compiler asks for a class here when an error is added to the union. */
const ofCalls: { readonly [Tag in DinteroError["_tag"]]: { readonly forTest: () => Extract<DinteroError, { _tag: Tag }> } } = {
  BadRequest: Dintero.BadRequest,
  CodeExpired: Dintero.CodeExpired,
  CodeRefused: Dintero.CodeRefused,
  CredentialsRefused: Dintero.CredentialsRefused,
  Duplicate: Dintero.Duplicate,
  Forbidden: Dintero.Forbidden,
  ForeignAccount: Dintero.ForeignAccount,
  InvalidRequest: Dintero.InvalidRequest,
  InvalidResponse: Dintero.InvalidResponse,
  MethodNotAllowed: Dintero.MethodNotAllowed,
  MfaRequired: Dintero.MfaRequired,
  NotFound: Dintero.NotFound,
  RateLimited: Dintero.RateLimited,
  ServerError: Dintero.ServerError,
  SessionExpired: Dintero.SessionExpired,
  TokenExpired: Dintero.TokenExpired,
  TooManyAttempts: Dintero.TooManyAttempts,
  TransportError: Dintero.TransportError,
  Unauthorized: Dintero.Unauthorized,
  UnexpectedStatus: Dintero.UnexpectedStatus,
  WrongCode: Dintero.WrongCode
}

const others = {
  BulkheadFull: Dintero.Bulkhead.BulkheadFull,
  CircuitOpen: Dintero.CircuitBreaker.CircuitOpen,
  InvalidConfiguration: Dintero.InvalidConfiguration,
  PendingLoginOver: Dintero.PendingLoginOver,
  SessionNotFound: Dintero.SessionNotFound,
  SessionNotStored: Dintero.SessionNotStored,
  TokenStoreError: Dintero.TokenStoreError,
  TooManyMessages: Dintero.TooManyMessages
}

/** What the client itself writes, with the texts of the service that were recorded. */
const messages: Readonly<Record<DinteroError["_tag"] | keyof typeof others, string>> = {
  BadRequest: "Invalid parameter (data): Value failed JSON Schema validation: type: Missing required property: type",
  BulkheadFull: "The bulkhead is full: 25 calls are running and 100 are waiting",
  CircuitOpen: "The circuit breaker is open: calls may be let through from 1767225600000 (epoch ms)",
  CodeExpired: "The code has expired",
  CodeRefused: "Wrong code",
  CredentialsRefused: "Unknown user or wrong password",
  Duplicate: "email is already in use",
  Forbidden:
    "FORBIDDEN: the access token has none of the scopes that allow customers.settings.get: admin:customers, read:customers, public:customers",
  ForeignAccount: "customers.settings.get was not sent: it is of T12345678, and only Partner.layer acts on the account T87654321",
  InvalidConfiguration:
    "the options of the Dintero layer cannot work: accountId: expected an account id: P (production) or T (test) and 8 digits, such as T12345678",
  InvalidRequest: "customers.password.login was not sent: email: expected a string",
  InvalidResponse:
    "the answer of customers.settings.get is not what the contract says: expected a JSON body, got text that is not JSON",
  MethodNotAllowed: "PUT /accounts/{aid}/customers/settings was answered with status 405 and no message",
  MfaRequired: "Multifactor authentication required",
  NotFound: "Login not found",
  PendingLoginOver: "There is no pending login with this id: have the customer log in again.",
  RateLimited: "GET /accounts/{aid}/customers/settings was answered with status 429 and no message",
  ServerError: "GET /accounts/{aid}/customers/settings was answered with status 500 and no message",
  SessionExpired: "Refresh token refused",
  SessionNotFound: "There is no session with this id: have the customer log in.",
  SessionNotStored: "The session could not be stored: the token store cannot be reached. Its refresh token was revoked.",
  TokenExpired: "UNAUTHORIZED",
  TokenStoreError: "The token store cannot be reached.",
  TooManyAttempts: "Wrong code",
  TooManyMessages: "As many codes were sent for this login as are allowed.",
  TransportError: "customers.settings.get: no answer (timeout); the server may have seen the request",
  Unauthorized: "UNAUTHORIZED",
  UnexpectedStatus: "GET /accounts/{aid}/customers/settings was answered with status 302 and no message",
  WrongCode: "Wrong code"
}

describe("forTest", () => {
  it("is on every error that the package exports", () => {
    assert.deepStrictEqual(exported.sort(), Object.keys({ ...ofCalls, ...others }).sort())
  })

  for (const [tag, { forTest }] of Object.entries({ ...ofCalls, ...others })) {
    it(`${tag}: an error of that tag, with a message that can be read`, () => {
      const error: { readonly _tag: string; readonly message: string } = forTest()
      assert.strictEqual(error._tag, tag)
      assert.instanceOf(error, Error)
      assert.strictEqual(error.message, messages[tag as keyof typeof messages])
    })
  }

  for (const [tag, errorClass] of Object.entries(ofCalls)) {
    it(`${tag}: is complete, so it can be encoded and decoded`, () => {
      const error = errorClass.forTest()
      // Seam: each class of the table is a schema of its own errors.
      const schema = errorClass as unknown as Schema.Schema<DinteroError, unknown>
      const decoded = Schema.decodeUnknownSync(schema)(Schema.encodeSync(schema)(error))
      assert.isTrue(Schema.equivalence(Schema.typeSchema(schema))(decoded, error))
      assert.strictEqual(decoded.message, error.message)
    })

    it(`${tag}: tells of a call that the contract has`, () => {
      const { attempts, history, method, operation, path, status } = errorClass.forTest().request
      const entry = Object.entries(operations).find(([name]) => name === operation)?.[1]
      assert.deepStrictEqual([entry?.method, entry?.path], [method, path])
      assert.strictEqual(history.length, attempts)
      assert.deepStrictEqual([...new Set(history.map((attempt) => attempt.status))], attempts === 0 ? [] : [status])
    })
  }

  it("has the status that its error stands for", () => {
    const statusOf = Object.fromEntries(Object.entries(ofCalls).map(([tag, { forTest }]) => [tag, forTest().request.status]))
    assert.deepStrictEqual(statusOf, {
      BadRequest: 400,
      CodeExpired: 403,
      CodeRefused: 403,
      CredentialsRefused: 403,
      Duplicate: 400,
      Forbidden: 403,
      ForeignAccount: undefined,
      InvalidRequest: undefined,
      InvalidResponse: 200,
      MethodNotAllowed: 405,
      MfaRequired: 403,
      NotFound: 404,
      RateLimited: 429,
      ServerError: 500,
      SessionExpired: 403,
      TokenExpired: 401,
      TooManyAttempts: 403,
      TransportError: undefined,
      Unauthorized: 401,
      UnexpectedStatus: 302,
      WrongCode: 403
    })
  })
})

describe("an override", () => {
  it("takes the place of the default, and the other fields stay", () => {
    const error = Dintero.CredentialsRefused.forTest({ code: "LOCKED", message: "Too many tries" })
    assert.deepStrictEqual(
      [error.code, error.message, error.request],
      ["LOCKED", "Too many tries", Dintero.CredentialsRefused.forTest().request]
    )
  })

  it("of the request changes that field, and what follows from it", () => {
    const { message, request } = Dintero.ServerError.forTest({ request: { status: 503, attempts: 3, stopped: "exhausted" } })
    assert.strictEqual(message, "GET /accounts/{aid}/customers/settings was answered with status 503 and no message")
    assert.deepStrictEqual([request.operation, request.status, request.stopped], ["customers.settings.get", 503, "exhausted"])
    assert.deepStrictEqual(
      request.history.map(({ status }) => status),
      [503, 503, 503]
    )
    const history = [{ status: 500, delay: 0, elapsed: 7 }]
    assert.deepStrictEqual(Dintero.ServerError.forTest({ request: { history } }).request.history, history)
  })

  it("of issues is told by the message", () => {
    const issues = [{ path: "ident", message: "expected a string" }]
    assert.strictEqual(
      Dintero.InvalidRequest.forTest({ issues }).message,
      "customers.password.login was not sent: ident: expected a string"
    )
    assert.deepStrictEqual(Dintero.BadRequest.forTest({ issues }).issues, issues)
    assert.match(Dintero.BadRequest.forTest({ issues }).message, /ident: expected a string$/)
  })

  it("of retryAfter is any duration", () => {
    for (const { forTest } of [Dintero.RateLimited, Dintero.ServerError]) {
      assert.deepStrictEqual(forTest({ retryAfter: "2 seconds" }).retryAfter, Option.some(Duration.seconds(2)))
      assert.deepStrictEqual(forTest().retryAfter, Option.none())
    }
  })

  it("of the field of a Duplicate is told by the message", () => {
    const { field, message } = Dintero.Duplicate.forTest({ field: "location_id" })
    assert.deepStrictEqual([field, message], ["location_id", "location_id is already in use"])
  })

  it("of mfaToken is kept as a secret", () => {
    const error = Dintero.MfaRequired.forTest({ mfaToken: Redacted.make("m") })
    assert.strictEqual(Redacted.value(error.mfaToken), "m")
  })

  it("of a reason decides what can have been sent", () => {
    for (const [reason, sent, attempts] of [
      ["connect", "no", 1],
      ["dns", "no", 1],
      ["tls", "no", 1],
      ["reset", "maybe", 1],
      ["timeout", "maybe", 1],
      ["unknown", "maybe", 1],
      ["circuit-open", "no", 0],
      ["bulkhead-full", "no", 0]
    ] as const) {
      const error = Dintero.TransportError.forTest({ reason })
      assert.deepStrictEqual([error.reason, error.sent, error.request.attempts], [reason, sent, attempts])
      assert.deepStrictEqual(
        error.request.history.map((attempt) => attempt.reason),
        [reason]
      )
    }
    assert.strictEqual(Dintero.TransportError.forTest({ reason: "timeout", sent: "no" }).sent, "no")
  })

  it("of the reason of a SessionExpired decides its status", () => {
    for (const [reason, status, attempts] of [
      ["refused", 403, 1],
      ["unauthorized", 401, 1],
      ["ended", undefined, 0]
    ] as const) {
      const error = Dintero.SessionExpired.forTest({ reason })
      assert.deepStrictEqual([error.reason, error.request.status, error.request.attempts], [reason, status, attempts])
    }
  })

  it("that does not exist is a type error", () => {
    const wrong = [
      // @ts-expect-error no such field
      () => Dintero.CredentialsRefused.forTest({ mesage: "no" }),
      // @ts-expect-error no such field of the request
      () => Dintero.CredentialsRefused.forTest({ request: { operaton: "customers.password.login" } }),
      // @ts-expect-error no field of this error
      () => Dintero.CredentialsRefused.forTest({ retryAfter: "2 seconds" }),
      // @ts-expect-error no such reason
      () => Dintero.TransportError.forTest({ reason: "bad luck" }),
      // @ts-expect-error a token in the clear
      () => Dintero.MfaRequired.forTest({ mfaToken: "m" }),
      // @ts-expect-error no such reason
      () => Dintero.TokenStoreError.forTest({ reason: "lost" }),
      // @ts-expect-error no such field
      () => Dintero.CircuitBreaker.CircuitOpen.forTest({ until: 1 })
    ]
    expectTypeOf(wrong).not.toBeAny()
  })

  it("changes no type: the constructor gives its own error", () => {
    expectTypeOf(Dintero.RateLimited.forTest).returns.toEqualTypeOf<Dintero.RateLimited>()
    expectTypeOf(Dintero.TokenStoreError.forTest).returns.toEqualTypeOf<Dintero.TokenStoreError>()
  })
})

it.effect("fails an effect as it is", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Dintero.NotFound.forTest())
    assert.strictEqual(error._tag, "NotFound")
  })
)
