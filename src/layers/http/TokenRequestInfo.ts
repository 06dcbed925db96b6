import type { RequestInfo } from "../../schemas/DinteroError.js"

/** Of a token that nobody has asked the server for. */
export const infoOf = (account: string): RequestInfo => ({
  operation: "auth.token",
  method: "POST",
  path: "/accounts/{oid}/auth/token",
  account,
  attempts: 0,
  history: []
})
