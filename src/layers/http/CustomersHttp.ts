/**
 * `Customers` over the wire.
 */
import { customers } from "../../contract/Contract.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { CustomersService } from "../../services/Customers.js"
import * as Client from "./Client.js"
import type { Target } from "./Target.js"

export const make = (target: Target, tokens: AccessTokensService): CustomersService =>
  Client.make(customers, "customers", target, tokens)
