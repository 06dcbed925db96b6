/**
 * The contract: every operation once, as data. The client, the embedded server, the OpenAPI document and the conformance
 * suite are made from it.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Authenticate from "./Authenticate.js"
import * as Challenge from "./Challenge.js"
import * as Keys from "./Keys.js"
import * as Password from "./Password.js"
import * as Settings from "./Settings.js"

/**
 * The endpoints, by the name of the method that calls them.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const operations = {
  "auth.token": Authenticate.token,
  "auth.revoke": Authenticate.revoke,
  "auth.keys": Keys.list,
  "auth.mfa.challenge": Challenge.challenge,
  "customers.password.login": Password.login,
  "customers.password.mfaLogin": Password.mfaLogin,
  "customers.password.requestChange": Password.requestChange,
  "customers.settings.get": Settings.get,
  "customers.settings.update": Settings.update
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type OperationName = keyof typeof operations

type Json = { readonly [key: string]: unknown }

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const object = (value: unknown): Json => (isJson(value) ? value : {})

const at = (value: unknown, ...keys: ReadonlyArray<string>): unknown => keys.reduce((found, key) => object(found)[key], value)

const mapValues = (self: unknown, f: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object(self)).map(([key, value]) => [key, f(value)]))

/**
 * `HttpApi` adds its own decode error to the 400 of every operation. Here a 400 has Dintero's body, so that member goes, and a
 * 400 that consisted of nothing else goes with it.
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
  // Through JSON, which leaves out what is undefined, and without the `$id` that `unknown` gets at every place where it stands.
  return object(
    JSON.parse(
      JSON.stringify({ ...spec, paths, components: { ...object(spec.components), schemas } }, (key, value: unknown) =>
        key === "$id" ? undefined : value
      )
    )
  )
}

/**
 * @since 0.1.0
 * @category api
 */
export const DinteroApi = HttpApi.make("dintero")
  .add(Authenticate.group)
  .add(Challenge.group)
  .add(Keys.group)
  .add(Password.group)
  .add(Settings.group)
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
 * The OpenAPI 3.1 document of {@link DinteroApi}. Unknown fields are allowed everywhere, as the service allows them.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi = (): OpenApi.OpenAPISpec => OpenApi.fromApi(DinteroApi, { additionalPropertiesStrategy: "allow" })
