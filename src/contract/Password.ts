/**
 * Docs tag `password`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { AccessToken } from "../schemas/AccessToken.js"
import { AccountId } from "../schemas/AccountId.js"
import { ChangePassword } from "../schemas/ChangePassword.js"
import { CustomerLogin } from "../schemas/CustomerLogin.js"
import { MfaLogin, MultiFactorAuthenticationChallenge } from "../schemas/MfaLogin.js"
import { failure, forbiddenOrMfaRequired, operation } from "./Operation.js"

/**
 * @since 0.1.0
 * @category endpoints
 */
export const login = HttpApiEndpoint.post("login", "/accounts/:aid/customers/login")
  .setPath(Schema.Struct({ aid: AccountId }))
  .setPayload(CustomerLogin)
  .addSuccess(AccessToken)
  .addError(failure(400))
  .addError(failure(401))
  .addError(forbiddenOrMfaRequired)
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "customers.password.login",
      operationId: "aid_customers_login_post",
      summary: "Log a customer in with an email or phone number and a password",
      scopes: ["write:accounts:/auth/users", "write:accounts:/auth/users/no-mfa"],
      authorization: "bearer",
      replay: "never",
      docs: "https://docs.dintero.com/api-reference/password/login-with-emailpassword"
    })
  )

/**
 * @since 0.1.0
 * @category endpoints
 */
export const mfaLogin = HttpApiEndpoint.post("mfaLogin", "/accounts/:aid/customers/mfa_login")
  .setPath(Schema.Struct({ aid: AccountId }))
  .setPayload(MfaLogin)
  .addSuccess(MultiFactorAuthenticationChallenge)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "customers.password.mfaLogin",
      operationId: "aid_customers_mfa_login_post",
      summary: "Begin to log a customer in with a password and a one-time code",
      scopes: ["write:accounts:/auth/users"],
      authorization: "bearer",
      replay: "never",
      docs: "https://docs.dintero.com/api-reference/password/login-with-mfa"
    })
  )

/**
 * @since 0.1.0
 * @category endpoints
 */
export const requestChange = HttpApiEndpoint.post("requestChange", "/accounts/:aid/customers/change_password")
  .setPath(Schema.Struct({ aid: AccountId }))
  .setPayload(ChangePassword)
  .addSuccess(HttpApiSchema.NoContent)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "customers.password.requestChange",
      operationId: "aid_customers_change_password",
      summary: "Send a customer the e-mail about changing the password",
      scopes: ["write:accounts:/auth/users"],
      authorization: "bearer",
      replay: "never",
      docs: "https://docs.dintero.com/api-reference/password/change-password"
    })
  )

/**
 * @since 0.1.0
 * @category groups
 */
export const group = HttpApiGroup.make("password").add(login).add(mfaLogin).add(requestChange)
