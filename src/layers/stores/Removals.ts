/**
 * What one subscriber to the removals of a store gets.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import type * as Stream from "effect/Stream"
import { TokenStoreError } from "../../services/TokenStore.js"

export interface Subscriber {
  readonly keys: Stream.Stream<string, TokenStoreError>
  readonly report: (key: string) => void
  readonly fail: (error: TokenStoreError) => void
  /** Ends the stream. What was not read yet is dropped. */
  readonly end: Effect.Effect<void>
}

/** How many keys wait for a subscriber. A key is at most 128 bytes. */
const capacity = 16_384

/** A subscriber that is too slow gets a failure, since it may not believe that it has seen every removal. */
export const make: Effect.Effect<Subscriber> = Effect.map(
  Mailbox.make<string, TokenStoreError>({ capacity, strategy: "dropping" }),
  (mailbox): Subscriber => {
    const fail = (error: TokenStoreError): void => {
      mailbox.unsafeDone(Exit.fail(error))
    }
    return {
      keys: Mailbox.toStream(mailbox),
      report: (key) => {
        if (mailbox.unsafeOffer(key)) return
        fail(
          new TokenStoreError({
            reason: "unavailable",
            message: `A subscriber to the token store's removals did not read ${capacity} of them: subscribe again.`
          })
        )
      },
      fail,
      end: mailbox.shutdown
    }
  }
)
