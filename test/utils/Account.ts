/** The account of most tests, which is that of the demo seed. */
export const account = "T12345678"

/** What an access token for the account is asked for. */
export const audience = `https://api.dintero.com/v1/accounts/${account}`
