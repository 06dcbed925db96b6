/**
 * The services of the room, and of the tokens, which customers own.
 */
import * as Composition from "../../system/Composition.js"
import * as AutoTokens from "../tokens/AutoTokens.js"
import * as CustomerTokens from "../tokens/CustomerTokens.js"
import * as TokenEvents from "../tokens/TokenEvents.js"
import * as Counters from "./Counters.js"
import * as Customers from "./Customers.js"

export const make = Composition.empty.pipe(
  Composition.add(Counters.Counters, Counters.make),
  Composition.add(AutoTokens.AutoTokens, AutoTokens.make),
  Composition.add(Customers.Customers, Customers.make),
  Composition.add(TokenEvents.TokenEvents, TokenEvents.make),
  Composition.add(CustomerTokens.CustomerTokens, CustomerTokens.make)
)
