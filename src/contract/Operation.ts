/**
 * What an operation is beyond its path and its bodies: how a caller names it, who may call it, and what a repetition costs.
 *
 * These are annotations of the `HttpApi` endpoints, so that the client, the embedded server, the OpenAPI document and the
 * conformance suite read them from one place.
 *
 * @since 0.1.0
 */
import type * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import { ErrorBody } from "../schemas/ErrorBody.js"

/**
 * What a second sending of the same request can do.
 *
 * - `safe`: it only reads
 * - `idempotent`: it writes, and twice is the same as once
 * - `never`: it spends a credential, counts a failed try, or sends a message
 *
 * @since 0.1.0
 * @category models
 */
export type ReplayClass = "safe" | "idempotent" | "never"

/**
 * - `bearer`: a client's or user's access token
 * - `byGrant`: Basic with the API client's id and secret for `client_credentials`, a Bearer token for every other grant
 *
 * @since 0.1.0
 * @category models
 */
export type AuthorizationScheme = "bearer" | "byGrant"

/**
 * @since 0.1.0
 * @category models
 */
export interface OperationInfo {
  /** As a caller writes it: `customers.settings.get`. */
  readonly name: string
  /** Dintero's operationId; some of them say something else than what they do. */
  readonly operationId: string
  readonly summary: string
  /** Any one of them suffices. */
  readonly scopes: ReadonlyArray<string>
  readonly authorization: AuthorizationScheme
  readonly replay: ReplayClass
  /** The page of Dintero's documentation. */
  readonly docs: string
}

/**
 * @since 0.1.0
 * @category annotations
 */
export class Operation extends Context.Tag("effect-dintero/contract/Operation")<Operation, OperationInfo>() {}

/**
 * The annotations of one endpoint.
 *
 * @since 0.1.0
 * @category constructors
 */
export const operation = (info: OperationInfo): Context.Context<never> =>
  Context.merge(
    OpenApi.annotations({
      identifier: info.operationId,
      summary: info.summary,
      externalDocs: { url: info.docs, description: "Dintero's documentation of this operation" },
      transform: (spec) => ({
        ...spec,
        security: info.authorization === "bearer" ? [{ bearer: [] }] : [{ basic: [] }, { bearer: [] }],
        "x-effect-dintero": { method: info.name, scopes: info.scopes, replay: info.replay }
      })
    }),
    // Seam: `HttpApi` types the annotations of an endpoint as a context of nothing, whatever is in it.
    Context.make(Operation, info) as Context.Context<never>
  )

/**
 * The annotations of an endpoint. Every endpoint of the contract has them.
 *
 * @since 0.1.0
 * @category getters
 */
export const operationOf = (endpoint: { readonly annotations: Context.Context<never> }): OperationInfo =>
  // Seam: the same the other way; `operation` has put it there.
  Context.unsafeGet(endpoint.annotations as Context.Context<Operation>, Operation)

/**
 * The statuses that the documentation knows for failures.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureStatus = 400 | 401 | 403 | 404 | 405 | 429 | 500

const description: Record<FailureStatus, string> = {
  400: "Bad or invalid request",
  401: "Access forbidden, an invalid JWT was used",
  403: "Forbidden",
  404: "The resource was not found",
  405: "The operation is switched off",
  429: "Too many requests; Retry-After is in seconds",
  500: "Unexpected error"
}

/**
 * A declared failure. On the wire it is the error body alone; decoded it also carries its `status`, so that the failures of
 * one endpoint are a union that can be told apart.
 *
 * @since 0.1.0
 * @category constructors
 */
export const failure = <const Status extends FailureStatus>(status: Status) =>
  ErrorBody.pipe(Schema.attachPropertySignature("status", status)).annotations({
    ...HttpApiSchema.annotations({ status, description: description[status] })
  })

/**
 * The `403` of the token endpoint and of a login: `mfa_token` stands beside `error`, not inside.
 *
 * @since 0.1.0
 * @category schemas
 */
export const forbiddenOrMfaRequired = Schema.Struct({
  ...ErrorBody.fields,
  mfa_token: Schema.optionalWith(Schema.Redacted(Schema.String), { exact: true })
})
  .annotations({ identifier: "MfaError" })
  .pipe(Schema.attachPropertySignature("status", 403))
  .annotations({
    ...HttpApiSchema.annotations({ status: 403, description: "Forbidden, or mfa_required with an mfa_token" })
  })

/**
 * The statuses that an endpoint declares for its failures.
 *
 * @since 0.1.0
 * @category models
 */
export type DeclaredStatus<Endpoint extends HttpApiEndpoint.HttpApiEndpoint.Any> = Extract<
  HttpApiEndpoint.HttpApiEndpoint.Error<Endpoint>,
  { readonly status: FailureStatus }
>["status"]
