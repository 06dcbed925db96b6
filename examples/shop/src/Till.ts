/**
 * Receipts from the tills of the shop. A till knows a card, and Dintero knows whose it is.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { HttpApiBuilder } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { Customers } from "effect-dintero"
import { answering } from "./Answers.js"
import { ShopApi, Till, UnknownTill } from "./Api.js"
import * as Settings from "./Settings.js"

const digest = (secret: Redacted.Redacted) => createHash("sha256").update(Redacted.value(secret)).digest()

export const TillLive = Layer.effect(
  Till,
  Effect.map(Settings.tillKey, (tillKey) => {
    const expected = digest(tillKey)
    return Till.of({ key: (given) => (timingSafeEqual(digest(given), expected) ? Effect.void : new UnknownTill()) })
  })
)

export const ReceiptsLive = HttpApiBuilder.group(ShopApi, "till", (handlers) =>
  Effect.map(Customers, (customers) =>
    handlers.handle("receipt", ({ payload: { amount, receiptId, token } }) =>
      // The lookup records the purchase with the card, also for a card that nobody has registered yet.
      customers.tokens.events.lookup({ token, event: { event: "receipt", metadata: { receipt_id: receiptId, amount } } }).pipe(
        Effect.map(({ customer }) => ({
          customer: customer === undefined ? null : { customerId: customer.customer_id, firstName: customer.first_name ?? null }
        })),
        answering
      )
    )
  )
)
