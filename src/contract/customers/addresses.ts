/**
 * Docs tag `addresses`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AddressValidation, PostalAddress, PostalPlace } from "../../schemas/Address.js"
import { operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const addresses = {
  /**
   * `GET /accounts/{aid}/search/external/postal_place/{country}/{postal_code}`. The place of a postal code. `country` is ISO 3166-1,
   * such as `no`.
   *
   * It is sent without a token, unless the layer has `authorizeLookups`.
   *
   * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_postal_place
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const placeOf = (postalCode: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { postal_place } = yield* customers.addresses.postalPlace({ country: "no", postal_code: postalCode })
   *     return postal_place
   *   })
   * ```
   */
  postalPlace: operation({
    method: "GET",
    path: "/accounts/{aid}/search/external/postal_place/{country}/{postal_code}",
    operationId: "aid_search_external_postal_place",
    summary: "Find the place of a postal code",
    docs: "https://docs.dintero.com/api-reference/addresses/aid_search_external_postal_place",
    scopes: [],
    authorization: "none",
    parameters: { country: Schema.NonEmptyString, postal_code: Schema.NonEmptyString },
    success: PostalPlace,
    failures: [400, 404, 429, 500]
  }),

  /**
   * `POST /accounts/{aid}/search/external/address/{country}/validate`. Whether an address is valid, and addresses that may have been
   * meant. It changes nothing, so it is repeated like a read.
   *
   * It is sent without a token, unless the layer has `authorizeLookups`.
   *
   * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address
   *
   * @example
   * ```ts
   * import { Customers, type PostalAddress } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const isValid = (address: PostalAddress) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { valid } = yield* customers.addresses.validate("no", address)
   *     return valid
   *   })
   * ```
   */
  validate: operation({
    method: "POST",
    path: "/accounts/{aid}/search/external/address/{country}/validate",
    operationId: "aid_search_external_validate_address",
    summary: "Validate an address",
    docs: "https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address",
    scopes: [],
    authorization: "none",
    replay: "safe",
    parameters: { country: Schema.NonEmptyString },
    body: PostalAddress,
    bodyName: "address",
    bodyParameter: "address",
    success: AddressValidation,
    failures: [400, 404, 429, 500]
  })
}
