/**
 * Public registers, as small as a test needs them: postal places and organizations of Norway and Denmark.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Absent from "../../../../internal/Absent.js"
import { issuesOf, sentence } from "../../../../internal/Issues.js"
import * as JsonSyntax from "../../../../internal/JsonSyntax.js"
import { Address } from "../../../../schemas/Address.js"
import type { Issue } from "../../../../schemas/DinteroError.js"
import { optional, withDefault } from "../../../../schemas/Fields.js"
import type { Input } from "../../../../schemas/Input.js"
import { InvalidRegisters } from "../../system/EmbeddedStartError.js"
import { repetitions, text } from "../SeedPart.js"

const country = text(/^[a-z]{2}$/, "a country such as no: ISO 3166-1, in lower case")

const key = text(/^[^\p{Cc}\p{Cs}]{1,64}$/u, "1 to 64 characters")

/**
 * An organization of a register. `country` is ISO 3166-1 in lower case. `parent` is the number of the organization that this one is a unit of.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RegisteredOrganization = Schema.Struct({
  country,
  organization_number: key,
  organization_type: Schema.NonEmptyString,
  business_name: Schema.NonEmptyString,
  business_address: optional(Address),
  phone_number: optional(Schema.String),
  email: optional(Schema.String),
  website_url: optional(Schema.String),
  parent: optional(key)
}).annotations({ identifier: "RegisteredOrganization" })

/**
 * @since 0.1.0
 * @category models
 */
export type RegisteredOrganization = typeof RegisteredOrganization.Type

/**
 * The place of a postal code. `country` is ISO 3166-1 in lower case.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RegisteredPlace = Schema.Struct({
  country,
  postal_code: key,
  postal_place: Schema.NonEmptyString
}).annotations({ identifier: "RegisteredPlace" })

/**
 * @since 0.1.0
 * @category models
 */
export type RegisteredPlace = typeof RegisteredPlace.Type

/**
 * Checked registers.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedRegisters {
  readonly organizations: ReadonlyArray<RegisteredOrganization>
  readonly postalPlaces: ReadonlyArray<RegisteredPlace>
}

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
 * @category constants
 */
export const publicFacts: DecodedRegisters = {
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

/**
 * What the look-ups of the embedded system find. A register that is left out is that of {@link publicFacts}.
 *
 * @example
 * ```ts
 * import { Customers } from "effect-dintero"
 * import { DinteroEmbedded, Registers } from "effect-dintero/embedded"
 * import { Effect } from "effect"
 *
 * const registers: Registers.Registers = {
 *   organizations: [
 *     ...Registers.publicFacts.organizations,
 *     { country: "no", organization_number: "100000001", organization_type: "AS", business_name: "Own AS" }
 *   ]
 * }
 *
 * const found = Effect.flatMap(Customers, (customers) => customers.organizations.search("no", { name: "own" })).pipe(
 *   Effect.provide(DinteroEmbedded.layer({ registers }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Registers = Schema.Struct({
  organizations: withDefault(Schema.Array(RegisteredOrganization), publicFacts.organizations),
  postalPlaces: withDefault(Schema.Array(RegisteredPlace), publicFacts.postalPlaces)
}).annotations({ identifier: "Registers" })

/**
 * Registers as a user writes them: plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type Registers = Input<typeof Registers.Encoded>

/** @internal */
export class PublicRegisters extends Context.Tag("effect-dintero/embedded/PublicRegisters")<
  PublicRegisters,
  DecodedRegisters
>() {}

const inconsistencies = ({ organizations, postalPlaces }: DecodedRegisters): ReadonlyArray<Issue> => {
  const unique = repetitions()
  const known = new Set(organizations.map(({ country, organization_number }) => `${country} ${organization_number}`))
  return [
    ...organizations.flatMap(({ country, organization_number, parent }, i) => [
      ...unique(`organizations[${i}]`, "organization", country, organization_number),
      ...(parent === undefined || known.has(`${country} ${parent}`)
        ? []
        : [{ path: `organizations[${i}].parent`, message: "is the number of none of the organizations of this country" }])
    ]),
    ...postalPlaces.flatMap(({ country, postal_code }, i) => unique(`postalPlaces[${i}]`, "place", country, postal_code))
  ]
}

const invalid = (issues: ReadonlyArray<Issue>): InvalidRegisters =>
  new InvalidRegisters({ message: `The registers are not valid: ${sentence(issues)}.`, issues })

const withoutUndefined = Absent.withoutUndefined(Registers)

const decodeStrictly = Schema.decodeUnknown(Registers, { errors: "all", onExcessProperty: "error" })

/**
 * Checks registers, and fills in those that are left out. `InvalidRegisters` names every field that is wrong or unknown, every organization or
 * postal code that is there twice, and every unit of an organization that is not there.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (registers: unknown): Effect.Effect<DecodedRegisters, InvalidRegisters> =>
  decodeStrictly(withoutUndefined(registers)).pipe(
    Effect.mapError((error) => invalid(issuesOf(error))),
    Effect.filterOrElse(
      (decoded) => inconsistencies(decoded).length === 0,
      (decoded) => Effect.fail(invalid(inconsistencies(decoded)))
    )
  )

/**
 * Reads registers from the text of a JSON file. No object may have a field twice.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<Registers, InvalidRegisters> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    if (issues.length > 0) return invalid(issues)
    // Seam: a value that `decode` accepts is a `Registers`. It is returned as it was written.
    const registers = JSON.parse(json) as Registers
    return Effect.as(decode(registers), registers)
  })
