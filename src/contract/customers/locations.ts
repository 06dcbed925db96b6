/**
 * Docs tag `locations`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { naturalKey } from "../../schemas/CustomerId.js"
import { optional } from "../../schemas/Fields.js"
import { SalesLocation, SalesLocationInput } from "../../schemas/SalesLocation.js"
import { byId, operation, streamed } from "../Operation.js"
import { paging, text } from "./Query.js"

/** Each is matched by any of its values. */
const anyOf = optional(Schema.Array(Schema.String))

const list = operation({
  method: "GET",
  path: "/accounts/{aid}/locations",
  operationId: "aid_locations_get",
  summary: "Find sales locations",
  docs: "https://docs.dintero.com/customers-api/locations/aid_locations_get",
  scopes: ["admin:locations", "read:locations"],
  query: Schema.Struct({
    ...paging,
    search: text,
    status: anyOf,
    country: anyOf,
    phone_number: anyOf,
    organization_number: anyOf,
    email: anyOf,
    type: anyOf
  }),
  success: Schema.Array(SalesLocation),
  paging: { cursor: ["paging_token", "location_id"] }
})

/**
 * @since 0.1.0
 * @category operations
 */
export const locations = {
  /**
   * `GET /accounts/{aid}/locations`. One page of the places that match all of what is given; without filters, of all places.
   *
   * - `search`: the beginning of a name, phone number, email, organization number or business name
   * - `status`, `country`, `phone_number`, `organization_number`, `email`, `type`: the place has one of these values
   *
   * Needs one of the scopes `admin:locations`, `read:locations`.
   *
   * Source: https://docs.dintero.com/customers-api/locations/aid_locations_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const inNorway = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const { items } = yield* customers.locations.list({ country: ["NO"] })
   *   return items
   * })
   * ```
   */
  list,

  /**
   * Every place that matches, as a stream that asks for the next page when it is needed. Its errors are those of `list`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const names = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* customers.locations.stream().pipe(Stream.map(({ name }) => name), Stream.runCollect)
   * })
   * ```
   */
  stream: streamed(list),

  /**
   * `POST /accounts/{aid}/locations`. Adds a place. A `location_id` that the account has already is a `Duplicate` (assumed: location-unique).
   * The call is not repeated once the service may have seen it, because it could add a second place.
   *
   * Needs one of the scopes `admin:locations`, `write:locations`.
   *
   * Source: https://docs.dintero.com/customers-api/locations/aid_location_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const open = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* customers.locations.create({ location_id: "S01923", name: "Corner shop", timezone: "Europe/Oslo" })
   * })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/locations",
    operationId: "aid_location_post",
    summary: "Add a sales location",
    docs: "https://docs.dintero.com/customers-api/locations/aid_location_post",
    scopes: ["admin:locations", "write:locations"],
    body: SalesLocationInput,
    bodyName: "location",
    success: SalesLocation,
    failures: byId,
    refusal: "duplicate"
  }),

  /**
   * `GET /accounts/{aid}/locations/{lid}`. One place, by `location_id`.
   *
   * Needs one of the scopes `admin:locations`, `read:locations`.
   *
   * Source: https://docs.dintero.com/customers-api/locations/aid_locations_lid_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const nameOf = (locationId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { name } = yield* customers.locations.get(locationId)
   *     return name
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{aid}/locations/{lid}",
    operationId: "aid_locations_lid_get",
    summary: "Get a sales location",
    docs: "https://docs.dintero.com/customers-api/locations/aid_locations_lid_get",
    scopes: ["admin:locations", "read:locations"],
    parameters: { lid: naturalKey },
    success: SalesLocation,
    failures: byId
  }),

  /**
   * `PUT /accounts/{aid}/locations/{lid}`. Changes a place. A field that is left out stays as it is (assumed: location-merge).
   *
   * Needs one of the scopes `admin:locations`, `write:locations`.
   *
   * Source: https://docs.dintero.com/customers-api/locations/aid_location_lid_put
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const close = (locationId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.locations.update(locationId, { status: "Closed" })
   *   })
   * ```
   */
  update: operation({
    method: "PUT",
    path: "/accounts/{aid}/locations/{lid}",
    operationId: "aid_location_lid_put",
    summary: "Change a sales location",
    docs: "https://docs.dintero.com/customers-api/locations/aid_location_lid_put",
    scopes: ["admin:locations", "write:locations"],
    parameters: { lid: naturalKey },
    body: SalesLocationInput,
    bodyName: "location",
    success: SalesLocation,
    failures: byId,
    refusal: "duplicate"
  }),

  /**
   * `DELETE /accounts/{aid}/locations/{lid}`. Removes a place, and answers it.
   *
   * Needs one of the scopes `admin:locations`, `write:locations`.
   *
   * Source: https://docs.dintero.com/customers-api/locations/aid_location_lid_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (locationId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.locations.delete(locationId)
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/locations/{lid}",
    operationId: "aid_location_lid_delete",
    summary: "Remove a sales location",
    docs: "https://docs.dintero.com/customers-api/locations/aid_location_lid_delete",
    scopes: ["admin:locations", "write:locations"],
    parameters: { lid: naturalKey },
    success: SalesLocation,
    failures: byId
  })
}
