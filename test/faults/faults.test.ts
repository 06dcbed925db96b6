import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { tell } from "../utils/Claim.js"
import { faultTable, shortfalls, toldOf } from "./FaultTable.js"

const transports = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layer
}

for (const [name, transport] of Object.entries(transports)) {
  describe(`faults over ${name}`, () => {
    for (const row of faultTable) {
      it.live(
        `${row.name} → ${row.ends.join(", ")}`,
        (context) =>
          Effect.map(row.run(transport), (measured) => {
            tell(context, toldOf(row, measured))
            assert.deepStrictEqual(shortfalls(row, measured), [])
          }),
        60_000
      )
    }
  })
}
