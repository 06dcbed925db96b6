/**
 * The contract as an `HttpApi` of `@effect/platform`, and as an OpenAPI document. Both are made when they are asked for, because the client needs
 * neither.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { ErrorBody } from "../schemas/ErrorBody.js"
import { optional, secret } from "../schemas/Fields.js"
import { operations, tags } from "./Contract.js"
import { type Described, type FailureStatus, flatten, type Tree } from "./Operation.js"
import { accountIds, namesIn } from "./PathParameters.js"

type Json = { readonly [key: string]: unknown }

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const object = (value: unknown): Json => (isJson(value) ? value : {})

const at = (value: unknown, ...keys: ReadonlyArray<string>): unknown => keys.reduce((found, key) => object(found)[key], value)

const mapValues = (self: unknown, f: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object(self)).map(([key, value]) => [key, f(value)]))

/**
 * `HttpApi` adds its own decode error to the 400 of every operation. Dintero's 400 has another body, so the decode error is removed. An operation
 * without a 400 of its own loses the whole response.
 */
const withoutDecodeError = (spec: Json): Json => {
  const isDecodeError = (schema: unknown) => at(schema, "$ref") === "#/components/schemas/HttpApiDecodeError"
  const response = (value: unknown): unknown => {
    const schema = at(value, "content", "application/json", "schema")
    if (isDecodeError(schema)) return undefined
    const members = at(schema, "anyOf")
    if (!Array.isArray(members) || !members.some(isDecodeError)) return value
    const rest = members.filter((member) => !isDecodeError(member))
    return {
      description: at(rest[0], "description"),
      content: { "application/json": { schema: rest.length === 1 ? rest[0] : { anyOf: rest } } }
    }
  }
  const { HttpApiDecodeError: _1, Issue: _2, PropertyKey: _3, ...schemas } = object(at(spec, "components", "schemas"))
  const paths = mapValues(spec.paths, (path) =>
    mapValues(path, (operation) => ({ ...object(operation), responses: mapValues(at(operation, "responses"), response) }))
  )
  // JSON leaves out fields that are undefined. The `$id` is removed because every `unknown` would have the same.
  return object(
    JSON.parse(
      JSON.stringify({ ...spec, paths, components: { ...object(spec.components), schemas } }, (key, value: unknown) =>
        key === "$id" ? undefined : value
      )
    )
  )
}

const description: Record<FailureStatus, string> = {
  400: "Bad or invalid request",
  401: "Access forbidden, an invalid JWT was used",
  403: "Forbidden",
  404: "The resource was not found",
  405: "The operation is switched off",
  429: "Too many requests; Retry-After is in seconds",
  500: "Unexpected error"
}

// The status is a field of the decoded value. An annotation of `ErrorBody` would replace `ErrorBody` in the document's list of schemas.
const failure = (status: FailureStatus) =>
  ErrorBody.pipe(Schema.attachPropertySignature("status", status)).annotations({
    ...HttpApiSchema.annotations({ status, description: description[status] })
  })

/** The 403 of the token endpoint and of a login. `mfa_token` is a field of the body, and not of its `error`. */
const forbiddenOrMfaRequired = Schema.extend(ErrorBody, Schema.Struct({ mfa_token: optional(secret) }))
  .annotations({ identifier: "MfaError" })
  .pipe(Schema.attachPropertySignature("status", 403))
  .annotations({ ...HttpApiSchema.annotations({ status: 403, description: "Forbidden, or mfa_required with an mfa_token" }) })

const annotationsOf = (name: string, operation: Described) =>
  OpenApi.annotations({
    identifier: operation.operationId,
    summary: operation.summary,
    externalDocs: { url: operation.docs, description: "Dintero's documentation of this operation" },
    transform: (spec) => ({
      ...spec,
      security:
        operation.authorization === "none"
          ? []
          : operation.authorization === "bearer"
            ? [{ bearer: [] }]
            : [{ basic: [] }, { bearer: [] }],
      "x-effect-dintero": { method: name, scopes: operation.scopes, replay: operation.replay }
    })
  })

type Endpoint = HttpApiEndpoint.HttpApiEndpoint.AnyWithProps

const endpointOf = (key: string, name: string, operation: Described): Endpoint => {
  const { body, failures, method, parameters, path, query, refusal, success } = operation
  const schemas: { readonly [name: string]: Schema.Schema.AnyNoContext } = { ...accountIds, ...parameters }
  const segments = Object.fromEntries(namesIn(path).map((name) => [name, schemas[name] ?? Schema.String]))
  // Seam: an endpoint begins with parts that are `never`, which the type of any endpoint does not take.
  let endpoint = HttpApiEndpoint.make(method)(key, `/${path.slice(1).replace(/\{(\w+)\}/g, ":$1")}`).setPath(
    Schema.Struct(segments)
  ) as unknown as Endpoint
  const urlParams: Schema.Schema.AnyNoContext | undefined = query
  if (urlParams !== undefined) endpoint = endpoint.setUrlParams(urlParams)
  if (body !== undefined) endpoint = endpoint.setPayload(body)
  // A redirect has a header and no body. An annotation of the 200 would give its schema another name in the document.
  endpoint =
    success.schema === undefined || success.status === 302
      ? endpoint.addSuccess(HttpApiSchema.Empty(success.status))
      : endpoint.addSuccess(success.schema, success.status === 200 ? {} : { status: success.status })
  for (const status of failures) {
    const asksForCode = status === 403 && (refusal === "credentials" || refusal === "grant")
    endpoint = endpoint.addError(asksForCode ? forbiddenOrMfaRequired : failure(status))
  }
  return endpoint.annotateContext(annotationsOf(name, operation))
}

const nameOf = new Map<unknown, string>(Object.entries(operations).map(([name, operation]) => [operation, name]))

/** The groups are the tags of Dintero's documentation. */
const groups = () =>
  Object.entries<Tree>(tags).map(([tag, entries]) =>
    flatten(entries).reduce<HttpApiGroup.HttpApiGroup.AnyWithProps>(
      (group, [key, operation]) => group.add(endpointOf(key, nameOf.get(operation) ?? key, operation)),
      // Seam: the same for a group without endpoints.
      HttpApiGroup.make(tag) as unknown as HttpApiGroup.HttpApiGroup.AnyWithProps
    )
  )

/**
 * Makes an `HttpApi` of the two APIs, for OpenAPI tools and Swagger.
 *
 * @since 0.1.0
 * @category api
 */
export const httpApi = (): HttpApi.HttpApi.AnyWithProps =>
  groups()
    .reduce<HttpApi.HttpApi.AnyWithProps>((api, group) => api.add(group), HttpApi.make("dintero"))
    .annotateContext(
      OpenApi.annotations({
        title: "Dintero Customers and Auth, as effect-dintero knows them",
        version: "0.1.0",
        description: "Generated from the contract of effect-dintero. Not an official document of Dintero.",
        license: { name: "MIT", url: "https://opensource.org/license/mit" },
        servers: [{ url: "https://api.dintero.com/v1", description: "Test (T…) and production (P…) accounts" }],
        transform: (spec) => {
          const clean = withoutDecodeError(spec)
          return {
            ...clean,
            components: {
              ...object(clean.components),
              securitySchemes: {
                bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
                basic: { type: "http", scheme: "basic", description: "An API client's id and secret" }
              }
            }
          }
        }
      })
    )

/**
 * Makes the OpenAPI 3.1 document of {@link httpApi}. It allows unknown fields everywhere, because the service does.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi = (): OpenApi.OpenAPISpec => OpenApi.fromApi(httpApi(), { additionalPropertiesStrategy: "allow" })
