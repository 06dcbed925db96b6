/**
 * `Customers` over the wire.
 */
import * as Password from "../../contract/Password.js"
import * as Settings from "../../contract/Settings.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { CustomersService } from "../../services/Customers.js"
import type { Target } from "./Executor.js"
import * as Executor from "./Executor.js"
import { credentialsRefused, secretRefused } from "./Failures.js"

export const make = (target: Target, tokens: AccessTokensService): CustomersService => {
  const authorization: Executor.Authorization = { _tag: "Bearer", tokens, asCustomer: true }
  // Logging in is for API clients alone (API reference, 1, operations 1 to 4).
  const client: Executor.Authorization = { _tag: "Bearer", tokens }
  const getSettings = Executor.compile(target, Settings.get)
  const updateSettings = Executor.compile(target, Settings.update)
  const login = Executor.compile(target, Password.login)
  const mfaLogin = Executor.compile(target, Password.mfaLogin)
  const requestChange = Executor.compile(target, Password.requestChange)
  return {
    settings: {
      get: () => getSettings.invoke({ authorization }),
      update: (settings) => updateSettings.call(settings, { authorization })
    },
    password: {
      login: (credentials) => login.call(credentials, { authorization: client, refusal: credentialsRefused }),
      mfaLogin: (credentials) => mfaLogin.call(credentials, { authorization: client, refusal: secretRefused }),
      requestChange: (user) => requestChange.call(user, { authorization: client })
    }
  }
}
