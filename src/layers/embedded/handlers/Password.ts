/**
 * Docs tag `password`.
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../contract/DinteroApi.js"
import type { Handlers } from "../ContractServer.js"
import { CustomerLogins } from "../CustomerLogins.js"
import { CustomerRecords } from "../CustomerRecords.js"

export const make = Effect.gen(function* () {
  const customers = yield* CustomerRecords
  const logins = yield* CustomerLogins
  return {
    "customers.password.login": ({ path, payload, principal }) => {
      const email = "email" in payload ? payload.email : payload.ident_type === "email" ? payload.ident : undefined
      return logins.login({
        accountId: path.aid,
        principal,
        audience: payload.audience,
        password: payload.password,
        customer:
          email !== undefined
            ? customers.byEmail(path.aid, payload.type, email)
            : "ident" in payload
              ? customers.byPhone(path.aid, payload.type, payload.ident)
              : Effect.succeedNone
      })
    }
  } satisfies Partial<Handlers<typeof operations>>
})
