/**
 * Which account's API a token is for. Dintero spells it in two ways (API reference, 6.1); the embedded system takes both and
 * no other host, whatever its own address is.
 */

const spellings = [/^https:\/\/api\.dintero\.com\/v1\/accounts\/([PT]\d{8})\/?$/, /^https:\/\/([PT]\d{8})@api\.dintero\.com\/?$/]

/** The documented one: the account's URL. */
export const ofAccount = (accountId: string): string => `https://api.dintero.com/v1/accounts/${accountId}`

/** The issuer of an account's tokens. Source: API reference, 6.4. */
export const issuerOf = (accountId: string): string => `https://${accountId}@api.dintero.com`

/** The account that an audience names, if it names one. */
export const accountOf = (audience: string): string | undefined => {
  for (const spelling of spellings) {
    const accountId = spelling.exec(audience)?.[1]
    if (accountId !== undefined) return accountId
  }
  return undefined
}

/** The same spelling for another account; as it is, if it does not name `from`. */
export const renamed = (audience: string, from: string, to: string): string =>
  accountOf(audience) === from ? audience.replace(from, () => to) : audience

/** Whether both mean the same API. */
export const isSame = (a: string, b: string): boolean => a === b || (accountOf(a) !== undefined && accountOf(a) === accountOf(b))
