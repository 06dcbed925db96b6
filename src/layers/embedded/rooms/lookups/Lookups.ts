/**
 * Docs tags `organizations` and `addresses`.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { Handlers } from "../Handler.js"
import { domain, notFound } from "../Refusal.js"
import { PublicRegisters, type RegisteredOrganization } from "./Registers.js"

const address = ({ business_address }: RegisteredOrganization) =>
  business_address === undefined ? {} : { business_address, registry_address: business_address }

const contact = ({ email, phone_number, website_url }: RegisteredOrganization) => ({
  ...(phone_number === undefined ? {} : { phone_number }),
  ...(email === undefined ? {} : { email }),
  ...(website_url === undefined ? {} : { website_url })
})

const defaultLimit = 10

/** Only the name of the Norwegian register is known (assumed: register-names). */
const registerNames: { readonly [country: string]: string } = { no: "enhetsregisteret", dk: "cvr" }

export const make = Effect.gen(function* () {
  const { organizations, postalPlaces } = yield* PublicRegisters

  const within = (country: string) => organizations.filter((one) => one.country === country.toLowerCase())

  const wrongCountry = (country: string) => domain(400, `The country ${country} is not supported`)

  const placeOf = (country: string, postalCode: string) =>
    postalPlaces.find((one) => one.country === country.toLowerCase() && one.postal_code === postalCode)

  return {
    "customers.organizations.get": ({ parameters: { country, organization_number } }) =>
      Effect.succeed({
        items: within(country)
          .filter((one) => one.organization_number === organization_number)
          .map((one) => ({
            organization_number,
            business_name: one.business_name,
            ...address(one),
            office_type: one.parent === undefined ? "head_office" : "branch"
          }))
      }),
    "customers.organizations.subunits": ({ parameters: { country, organization_number } }) =>
      country.toLowerCase() === "no"
        ? Effect.succeed(
            within(country)
              .filter(({ parent }) => parent === organization_number)
              .map((one) => ({
                organization_number: one.organization_number,
                business_name: one.business_name,
                ...address(one),
                ...contact(one)
              }))
          )
        : wrongCountry(country),
    "customers.organizations.search": ({
      parameters: { country },
      query: { limit = defaultLimit, name = "", organization_number = "", starting_after }
    }) =>
      Effect.gen(function* () {
        const register = registerNames[country.toLowerCase()]
        if (register === undefined) return yield* wrongCountry(country)
        const all = within(country)
        const before = starting_after === undefined ? -1 : all.findIndex((one) => one.organization_number === starting_after)
        if (starting_after !== undefined && before < 0) return yield* domain(400, "starting_after is none of this list")
        const word = name.toLowerCase()
        return {
          items: all
            .slice(before + 1)
            .filter(
              (one) => one.business_name.toLowerCase().startsWith(word) && one.organization_number.startsWith(organization_number)
            )
            .slice(0, limit)
            .map((one) => ({
              response_from: register,
              organization_number: one.organization_number,
              organization_type: one.organization_type,
              business_name: one.business_name,
              ...contact(one),
              ...address(one)
            }))
        }
      }),
    "customers.addresses.postalPlace": ({ parameters: { country, postal_code } }) => {
      const place = placeOf(country, postal_code)
      return place === undefined
        ? notFound("Postal place")
        : Effect.succeed({ country: place.country.toUpperCase(), postal_code, postal_place: place.postal_place })
    },
    // What else the service compares is not known (assumed: address-validation).
    "customers.addresses.validate": ({ body, parameters: { country } }) => {
      if (!postalPlaces.some((one) => one.country === country.toLowerCase())) return notFound("Country")
      const place = placeOf(country, body.postal_code)
      const valid = place?.postal_place.toLowerCase() === body.postal_place.toLowerCase()
      const others = postalPlaces.filter(
        (one) => one.country === country.toLowerCase() && one.postal_place.toLowerCase() === body.postal_place.toLowerCase()
      )
      const meant = valid ? [] : [...(place === undefined ? [] : [place]), ...others]
      return Effect.succeed({
        valid,
        alternatives: meant.map(({ postal_code, postal_place }) => ({ ...body, postal_code, postal_place }))
      })
    }
  } satisfies Partial<Handlers<typeof operations>>
})
