/**
 * Many customers with several devices each, in several processes over one store: signing out on one device ends this one and no other.
 */
import { assert, describe, it, type TestContext } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { directory } from "../stores/Stores.js"
import { isWhole, tell } from "../utils/Claim.js"
import * as RedisServer from "../utils/RedisServer.js"
import { type Figures, signOuts, type Sizes } from "./Devices.js"

const sizes: Sizes = isWhole ? { processes: 8, customers: 100, devices: 3 } : { processes: 4, customers: 20, devices: 3 }

const name = ({ customers, devices, processes }: Sizes) => `${processes} processes × ${customers} sessions × ${devices} devices`

const note = isWhole ? "" : " (reduced from 8 × 100 × 3)"

const holds = (context: TestContext, { ends, millis, refreshes, refused }: Figures) => {
  const { customers, devices, processes } = sizes
  const kept = customers * (devices - 1)
  tell(context, {
    measured: `${customers} sign-outs, ${kept} other sessions that act in each of ${processes} processes; ${refreshes} refreshes, ${refused} refused; ${(millis / 1000).toFixed(1)} s`
  })
  assert.deepStrictEqual(
    { ends, refused },
    {
      ends: {
        // Before, during and after the sign-outs.
        "refresh: done": processes * (customers * devices + 2 * kept),
        "refresh: SessionNotFound": processes * customers,
        "sign-out: true": customers,
        "call: done": processes * kept,
        "call: SessionNotFound": processes * customers,
        [`listed: ${devices - 1}`]: customers
      },
      refused: 0
    }
  )
}

describe("signing out on one device leaves the other two signed in, and no refresh is refused", () => {
  it.scopedLive(
    `over a file, ${name(sizes)}${note}`,
    (context) =>
      Effect.map(
        Effect.flatMap(directory, (place) => signOuts("file", place, "until-used", sizes)),
        (figures) => holds(context, figures)
      ),
    480_000
  )

  it.scopedLive.skipIf(!RedisServer.available)(
    `over Redis, ${name(sizes)}${note}${RedisServer.note}`,
    (context) =>
      Effect.map(
        Effect.flatMap(RedisServer.make, ({ url }) => signOuts("redis", Redacted.value(url), "until-used", sizes)),
        (figures) => holds(context, figures)
      ),
    480_000
  )
})
