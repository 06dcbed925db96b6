/**
 * What the embedded system does where neither the documentation nor recorded traffic says what the service does. Each choice belongs to an
 * entry of the register of assumptions, in `docs/assumptions.md`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/**
 * The values of each choice. The first one is the default.
 *
 * @since 0.1.0
 * @category constants
 */
export const values = {
  accountUserUpdate: ["merged", "replaced"],
  adminGives: ["every", "own"],
  attributeTypes: ["checked", "unchecked"],
  consentsOnUpdate: ["merged", "replaced"],
  consentTime: ["stamped", "asGiven"],
  deletedTerms: ["notFound", "shown"],
  duplicateAnswer: ["message", "bare"],
  equalTags: ["allowed", "refused"],
  equalToken: ["refused", "moved"],
  exchangeAudience: ["either", "partner", "merchant"],
  hmacSecrets: ["shown", "hidden"],
  locationUpdate: ["merged", "replaced"],
  lookUpToken: ["optional", "required"],
  metadataOnUpdate: ["merged", "replaced"],
  objectsOnUpdate: ["replaced", "merged"],
  oidcUser: ["customer", "provider"],
  phoneUniqueWithin: ["type", "account"],
  pinAtLogin: ["refused", "accepted"],
  roleUpdate: ["replaced", "merged"],
  settingsUpdate: ["sections", "whole"],
  tokensOfDeleted: ["kept", "deleted"],
  unknownTag: ["refused", "ignored"],
  unverifiedPhoneChange: [400, 403],
  wrongRefreshToken: [403, 400, 401],
  wrongVerificationCode: [400, 403]
} as const

type Values = typeof values

/**
 * - `accountUserUpdate`: the fields that an update of an account user leaves out stay (`merged`), or are removed (`replaced`)
 * - `adminGives`: whether a caller with the scope `admin:accounts` can give `every` scope to API clients, roles and account users, or
 *   only its `own`
 * - `attributeTypes`: whether the value of an attribute must have the type that the settings declare: `checked` or `unchecked`
 * - `consentsOnUpdate`: an update of a customer's consents keeps the channels that it leaves out (`merged`), or removes them (`replaced`)
 * - `consentTime`: whether the service sets the time of a consent that is given without one: `stamped` or `asGiven`
 * - `deletedTerms`: the answer to a request for deleted terms by their id: `notFound` or `shown`
 * - `duplicateAnswer`: the body of the 400 for a value that must be unique: a `message` that names the field, or the `bare` body
 *   that only says `BAD_REQUEST`
 * - `equalTags`: whether two tags can have the same text: `allowed` or `refused`
 * - `equalToken`: a token with the type and value of another customer's token is `refused`, or `moved` to the new customer
 * - `exchangeAudience`: the account that the audience of a grant with an exchange token names: `either` of the two, the `partner`, or the
 *   `merchant`
 * - `hmacSecrets`: whether the settings show the secrets of automatic tokens: `shown` or `hidden`
 * - `locationUpdate`: the fields that an update of a location leaves out stay (`merged`), or are removed (`replaced`)
 * - `lookUpToken`: an access token is `optional` for the look-ups of organizations and addresses, or `required`
 * - `metadataOnUpdate`: an update of a customer's `metadata` keeps the keys that it leaves out (`merged`), or removes them (`replaced`)
 * - `objectsOnUpdate`: an update of a customer's `attributes` or `company` replaces the whole object (`replaced`), or
 *   only the fields that are given (`merged`)
 * - `oidcUser`: whom the access token of a user of an OpenID provider is for: the `customer` with the verified email, if there is one, or
 *   always the user of the `provider`
 * - `phoneUniqueWithin`: a phone number is unique among the customers of one `type`, or of the `account`
 * - `pinAtLogin`: a PIN in the place of the password, at `login` and in the grant `password`: `refused` or `accepted`
 * - `roleUpdate`: the fields that an update of a role leaves out are removed (`replaced`), or stay (`merged`)
 * - `settingsUpdate`: the sections that an update of the settings leaves out stay (`sections`), or are removed (`whole`)
 * - `tokensOfDeleted`: the tokens of a customer who is deleted without `delete_tokens`: `kept` or `deleted`
 * - `unknownTag`: the id of a tag that does not exist, in the tags of a customer: `refused` or `ignored`
 * - `unverifiedPhoneChange`: the status for a change of a phone number that has to be verified first: 400 or 403
 * - `wrongRefreshToken`: the status for a refresh token that is refused: 403, 400 or 401
 * - `wrongVerificationCode`: the status for a wrong verification code: 400 or 403
 *
 * @since 0.1.0
 * @category models
 */
export interface Choices {
  readonly accountUserUpdate: Values["accountUserUpdate"][number]
  readonly adminGives: Values["adminGives"][number]
  readonly attributeTypes: Values["attributeTypes"][number]
  readonly consentsOnUpdate: Values["consentsOnUpdate"][number]
  readonly consentTime: Values["consentTime"][number]
  readonly deletedTerms: Values["deletedTerms"][number]
  readonly duplicateAnswer: Values["duplicateAnswer"][number]
  readonly equalTags: Values["equalTags"][number]
  readonly equalToken: Values["equalToken"][number]
  readonly exchangeAudience: Values["exchangeAudience"][number]
  readonly hmacSecrets: Values["hmacSecrets"][number]
  readonly locationUpdate: Values["locationUpdate"][number]
  readonly lookUpToken: Values["lookUpToken"][number]
  readonly metadataOnUpdate: Values["metadataOnUpdate"][number]
  readonly objectsOnUpdate: Values["objectsOnUpdate"][number]
  readonly oidcUser: Values["oidcUser"][number]
  readonly phoneUniqueWithin: Values["phoneUniqueWithin"][number]
  readonly pinAtLogin: Values["pinAtLogin"][number]
  readonly roleUpdate: Values["roleUpdate"][number]
  readonly settingsUpdate: Values["settingsUpdate"][number]
  readonly tokensOfDeleted: Values["tokensOfDeleted"][number]
  readonly unknownTag: Values["unknownTag"][number]
  readonly unverifiedPhoneChange: Values["unverifiedPhoneChange"][number]
  readonly wrongRefreshToken: Values["wrongRefreshToken"][number]
  readonly wrongVerificationCode: Values["wrongVerificationCode"][number]
}

/**
 * The choices that differ from the defaults.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = { readonly [Name in keyof Choices]?: Choices[Name] | undefined }

/**
 * The choices of a running system.
 *
 * @since 0.1.0
 * @category services
 */
export class Assumed extends Context.Tag("effect-dintero/embedded/Assumed")<Assumed, Choices>() {}

const choices: ReadonlyMap<string, ReadonlyArray<unknown>> = new Map(Object.entries(values))

/**
 * What the system does when nothing is chosen.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Choices = {
  accountUserUpdate: "merged",
  adminGives: "every",
  attributeTypes: "checked",
  consentsOnUpdate: "merged",
  consentTime: "stamped",
  deletedTerms: "notFound",
  duplicateAnswer: "message",
  equalTags: "allowed",
  equalToken: "refused",
  exchangeAudience: "either",
  hmacSecrets: "shown",
  locationUpdate: "merged",
  lookUpToken: "optional",
  metadataOnUpdate: "merged",
  objectsOnUpdate: "replaced",
  oidcUser: "customer",
  phoneUniqueWithin: "type",
  pinAtLogin: "refused",
  roleUpdate: "replaced",
  settingsUpdate: "sections",
  tokensOfDeleted: "kept",
  unknownTag: "refused",
  unverifiedPhoneChange: 400,
  wrongRefreshToken: 403,
  wrongVerificationCode: 400
}

/**
 * The choices with their defaults. Throws a `RangeError` for a name or value that does not exist. Its message names the choice and lists
 * the possible values.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Choices => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const possible = choices.get(name)
    if (possible === undefined)
      throw new RangeError(`assumed.${name}: there is no such choice. Give one of ${[...choices.keys()].join(", ")}.`)
    if (!possible.includes(value)) throw new RangeError(`assumed.${name}: give ${possible.join(" or ")}.`)
  }
  // Seam: the loop has checked each value.
  return { ...defaults, ...(Object.fromEntries(given) as Partial<Choices>) }
}
