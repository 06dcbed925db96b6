/**
 * Docs tag `settings`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { AccountId } from "../schemas/AccountId.js"
import { CustomersSettings } from "../schemas/CustomersSettings.js"
import { failure, operation } from "./Operation.js"

const path = "/accounts/:aid/customers/settings"
const Path = Schema.Struct({ aid: AccountId })

/**
 * @since 0.1.0
 * @category endpoints
 */
export const get = HttpApiEndpoint.get("get", path)
  .setPath(Path)
  .addSuccess(CustomersSettings)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "customers.settings.get",
      operationId: "aid_customers_atributes_get",
      summary: "Get the settings for customers",
      scopes: ["admin:customers", "read:customers", "public:customers"],
      authorization: "bearer",
      replay: "safe",
      docs: "https://docs.dintero.com/api-reference/settings/customers-settings"
    })
  )

/**
 * @since 0.1.0
 * @category endpoints
 */
export const update = HttpApiEndpoint.put("update", path)
  .setPath(Path)
  .setPayload(CustomersSettings)
  .addSuccess(CustomersSettings)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "customers.settings.update",
      operationId: "aid_customers_atributes_put",
      summary: "Update the settings for customers; sections that are left out stay as they are",
      scopes: ["admin:customers", "write:customers"],
      authorization: "bearer",
      replay: "idempotent",
      docs: "https://docs.dintero.com/api-reference/settings/update-settings"
    })
  )

/**
 * @since 0.1.0
 * @category groups
 */
export const group = HttpApiGroup.make("settings").add(get).add(update)
