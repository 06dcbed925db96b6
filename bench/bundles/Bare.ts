/**
 * What `Minimal.ts` does, written by hand with Effect's own modules. `Bundles.ts` bundles it as the other side of the comparison.
 *
 * It has what anyone would write: a schema of the token and one of all the settings, a secret that is not printed, a token that is kept until
 * shortly before it expires and replaced once when the service refuses it, a time limit, and a retry with growing pauses. It has none of what this
 * library adds to that: typed errors, a deadline, a replay class, metrics, a shared renewal, open enums.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Context, Effect, Layer, Redacted, Schedule, Schema } from "effect"

const account = "https://api.dintero.com/v1/accounts/T12345678"
const clientSecret = Redacted.make("secret")

const Token = Schema.Struct({
  access_token: Schema.Redacted(Schema.String),
  token_type: Schema.Literal("Bearer"),
  expires_in: Schema.Int.pipe(Schema.positive())
})

const isOff = Schema.optionalWith(Schema.Boolean, { default: () => false })

const MfaChannel = Schema.Struct({ challenge_type: Schema.Literal("oob"), oob_channel: Schema.Literal("sms", "email") })

const AutoToken = Schema.Union(
  Schema.Struct({ type: Schema.Literal("SHA256") }),
  Schema.Struct({ type: Schema.Literal("HMAC-SHA256"), secret: Schema.optional(Schema.Redacted(Schema.String)) })
)

const Settings = Schema.Struct({
  users: Schema.optional(
    Schema.Struct({
      customer_id_format: Schema.Literal("uuid", "sequence"),
      head: Schema.optional(Schema.Struct({ enabled: isOff })),
      phone_number_validation: Schema.optional(Schema.Struct({ allow_duplicates: isOff })),
      mfa: Schema.optional(Schema.Struct({ enabled: isOff, login: MfaChannel, login_recovery: MfaChannel })),
      verifications: Schema.optional(Schema.Struct({ phone_number: Schema.optional(Schema.Literal("sms")) }))
    })
  ),
  auto_tokens: Schema.optional(
    Schema.Struct({ phone_number: Schema.optional(Schema.Array(AutoToken)), email: Schema.optional(Schema.Array(AutoToken)) })
  ),
  tokens: Schema.optional(
    Schema.Struct({
      event_expiry: Schema.optional(Schema.Array(Schema.Struct({ status: Schema.String, time_to_live: Schema.Finite })))
    })
  ),
  attributes: Schema.optional(
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        type: Schema.Literal("string", "integer", "real", "boolean", "phonenumber", "email", "date", "date-time"),
        multiple_values: isOff,
        private: isOff
      })
    )
  )
})

const make = Effect.gen(function* () {
  const http = (yield* HttpClient.HttpClient).pipe(
    HttpClient.filterStatusOk,
    HttpClient.transformResponse(Effect.timeout("10 seconds")),
    HttpClient.retryTransient({ times: 2, schedule: Schedule.jittered(Schedule.exponential("100 millis")) })
  )
  const requested = HttpClientRequest.post(`${account}/auth/token`).pipe(
    HttpClientRequest.basicAuth("client", clientSecret),
    HttpClientRequest.bodyUnsafeJson({ grant_type: "client_credentials", audience: account }),
    http.execute,
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Token))
  )
  const [token, invalidate] = yield* Effect.cachedInvalidateWithTTL(requested, "50 minutes")
  const get = Effect.flatMap(token, ({ access_token }) =>
    HttpClientRequest.get(`${account}/customers/settings`).pipe(HttpClientRequest.bearerToken(access_token), http.execute)
  ).pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(Settings)))
  return {
    settings: Effect.catchTag(get, "ResponseError", (error) =>
      error.response.status === 401 ? Effect.zipRight(invalidate, get) : Effect.fail(error)
    )
  }
})

class Customers extends Context.Tag("Customers")<Customers, Effect.Effect.Success<typeof make>>() {}

const CustomersLive = Layer.effect(Customers, make).pipe(Layer.provide(FetchHttpClient.layer))

export const program = Effect.flatMap(Customers, (customers) => customers.settings).pipe(Effect.provide(CustomersLive))

export const run = () => Effect.runPromise(program)
