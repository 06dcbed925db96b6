/**
 * Public registers, as small as a test needs them: postal places and organizations of Norway and Denmark.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Address } from "../../../../schemas/Address.js"

/**
 * An organization of a register. `country` is ISO 3166-1 in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegisteredOrganization {
  readonly country: string
  readonly organization_number: string
  readonly organization_type: string
  readonly business_name: string
  readonly business_address?: Address
  readonly phone_number?: string
  readonly email?: string
  readonly website_url?: string
  /** The number of the organization that this one is a unit of. */
  readonly parent?: string
}

/**
 * The place of a postal code. `country` is ISO 3166-1 in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegisteredPlace {
  readonly country: string
  readonly postal_code: string
  readonly postal_place: string
}

/**
 * What the look-ups of the embedded system find.
 *
 * @since 0.1.0
 * @category models
 */
export interface Registers {
  readonly organizations: ReadonlyArray<RegisteredOrganization>
  readonly postalPlaces: ReadonlyArray<RegisteredPlace>
}

/** @internal */
export class PublicRegisters extends Context.Tag("effect-dintero/embedded/PublicRegisters")<PublicRegisters, Registers>() {}

const no = (
  organization_number: string,
  organization_type: string,
  business_name: string,
  website_url: string,
  address_line: string,
  postal_code: string,
  postal_place: string,
  parent?: string
): RegisteredOrganization => ({
  country: "no",
  organization_number,
  organization_type,
  business_name,
  website_url,
  business_address: { address_line, address_line_2: "", postal_code, postal_place, country: "NO" },
  ...(parent === undefined ? {} : { parent })
})

const dk = (
  organization_number: string,
  business_name: string,
  address_line: string,
  postal_code: string,
  postal_place: string
): RegisteredOrganization => ({
  country: "dk",
  organization_number,
  organization_type: "A/S",
  business_name,
  business_address: { address_line, address_line_2: "", postal_code, postal_place, country: "DK" }
})

const places = (country: string, names: { readonly [code: string]: string }): ReadonlyArray<RegisteredPlace> =>
  Object.entries(names).map(([postal_code, postal_place]) => ({ country, postal_code, postal_place }))

/**
 * A few organizations and postal codes that everybody can look up.
 *
 * @since 0.1.0
 * @category constructors
 */
export const publicFacts: Registers = {
  organizations: [
    no("923609016", "ASA", "EQUINOR ASA", "www.equinor.com", "Forusbeen 50", "4035", "STAVANGER"),
    no("982463718", "ASA", "TELENOR ASA", "www.telenor.com", "Snarøyveien 30", "1360", "FORNEBU"),
    no("984851006", "ASA", "DNB BANK ASA", "www.dnb.no", "Dronning Eufemias gate 30", "0191", "OSLO"),
    no("914778271", "ASA", "NORSK HYDRO ASA", "www.hydro.com", "Drammensveien 264", "0283", "OSLO"),
    no("984661185", "AS", "POSTEN BRING AS", "www.postenbring.no", "Biskop Gunnerus' gate 14", "0185", "OSLO"),
    dk("22756214", "A.P. MØLLER - MÆRSK A/S", "Esplanaden 50", "1263", "København K"),
    dk("61056416", "CARLSBERG A/S", "J.C. Jacobsens Gade 1", "1799", "København V"),
    dk("24256790", "NOVO NORDISK A/S", "Novo Alle 1", "2880", "Bagsværd")
  ],
  postalPlaces: [
    ...places("no", {
      "0185": "OSLO",
      "0191": "OSLO",
      "0283": "OSLO",
      "0349": "OSLO",
      "1360": "FORNEBU",
      "4006": "STAVANGER",
      "4035": "STAVANGER",
      "5003": "BERGEN",
      "7010": "TRONDHEIM",
      "9008": "TROMSØ"
    }),
    ...places("dk", {
      "1263": "København K",
      "1799": "København V",
      "2880": "Bagsværd",
      "5000": "Odense C",
      "7190": "Billund",
      "8000": "Aarhus C",
      "9000": "Aalborg"
    })
  ]
}
