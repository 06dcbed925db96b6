/**
 * The links of an auth user: the customer that it logs in, and the addresses to which its one-time codes are sent.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AuthLink, type AuthUserMfa } from "../../../../schemas/AuthUser.js"
import { type Column, isStorable, json } from "../../storage/Column.js"
import * as Audience from "../clients/Audience.js"

type Links = ReadonlyArray<AuthLink>

const inUrl = /^(.*?)(?:\/customers)?\/users\/([^/]+)\/?$/

const unescaped = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The documentation says only that it is the account's URL, with `/users/` and an id. So `/customers` before that is accepted too. */
const customerIn = (href: string, accountId: string, host: string | undefined): string | undefined => {
  const [, account = "", customer = ""] = inUrl.exec(href) ?? []
  return Audience.accountOf(account, host) === accountId ? unescaped(customer) : undefined
}

/** RFC 3966 allows separators between the digits. */
const phoneIn = (href: string): string | undefined => /^tel:(\+?[1-9]\d{1,14})$/i.exec(href.replace(/[-.()]/g, ""))?.[1]

const emailIn = (href: string): string | undefined => {
  const address = unescaped(/^mailto:([^?]+)$/i.exec(href)?.[1] ?? "")
  return address !== undefined && /^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+$/u.test(address) ? address : undefined
}

/** Of several links of one kind the first one counts (assumed: auth-user-links). */
const first = (links: Links, rel: string, read: (href: string) => string | undefined): Option.Option<string> =>
  Option.flatMapNullable(Option.fromNullable(links.find((link) => link.rel === rel)), ({ href }) => read(href))

export const phoneNumber = (links: Links): Option.Option<string> => first(links, "phone_number", phoneIn)

export const email = (links: Links): Option.Option<string> => first(links, "email", emailIn)

/** The `customer_id` or `id` of the customer. `host`: the `Host` header of the request, which a link may name. */
export const customer = (links: Links, accountId: string, host?: string): Option.Option<string> =>
  first(links, "customers_user", (href) => customerIn(href, accountId, host))

const expected: { readonly [rel: string]: string } = {
  customers_user: "is not the URL of a customer of this account",
  phone_number: "is not a phone number such as tel:+4799999999",
  email: "is not an email address such as mailto:ada@example.com"
}

/** What is wrong with a link, if anything is. */
export const mistakeIn = (link: AuthLink, accountId: string, host?: string): string | undefined => {
  const named = [customer([link], accountId, host), phoneNumber([link]), email([link])]
  return isStorable(link.href) && named.some(Option.isSome) ? undefined : expected[link.rel]
}

/** What is wrong with a second factor, if anything is. The documentation requires links with one. */
export const mistakeInMfa = (
  mfa: AuthUserMfa | null,
  links: Links
): { readonly field: string; readonly message: string } | undefined =>
  mfa === null
    ? undefined
    : links.length === 0
      ? { field: "links", message: "is required when there is mfa" }
      : mfa.oob_channels?.length === 0
        ? { field: "mfa.oob_channels", message: "has no channel" }
        : undefined

const stored = json(Schema.Array(AuthLink), "the JSON of a list of links")
const decode = Schema.decodeSync(stored.schema)
const encode = Schema.encodeSync(stored.schema)

const renamed = (href: string, from: string, to: string): string =>
  href.replace(inUrl, (whole: string, account: string) => Audience.renamed(account, from, to) + whole.slice(account.length))

/** In a copy of an account, a link to a customer of the account leads to the customer of the copy. */
export const column: Column<typeof stored.schema> = {
  ...stored,
  copied: (value, from, to) =>
    encode(decode(value).map(({ href, rel }) => ({ rel, href: rel === "customers_user" ? renamed(href, from, to) : href })))
}
