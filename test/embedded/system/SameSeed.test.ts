import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { tell } from "../../utils/Claim.js"
import { trace } from "./Trace.js"

const elsewhere = (seed: string) =>
  Effect.promise(() =>
    promisify(execFile)(process.execPath, ["--import", "tsx", fileURLToPath(new URL("./Trace.ts", import.meta.url)), seed], {
      maxBuffer: 64 * 1024 * 1024
    })
  ).pipe(Effect.map(({ stdout }) => stdout))

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12)

describe("the same seed and the same calls", () => {
  it.live(
    "are the same to the byte, twice in this process and in two others; another seed is not",
    (context) =>
      Effect.gen(function* () {
        const here = [yield* trace("a seed"), yield* trace("a seed")]
        const others = yield* Effect.all([elsewhere("a seed"), elsewhere("a seed")], { concurrency: "unbounded" })
        const digests = new Set([...here, ...others].map(digest))
        const other = digest(yield* trace("another seed"))
        tell(context, {
          measured: `${digests.size} of 4 (${[...digests].join(", ")}; ${here[0]?.length} bytes), and ${other}`
        })
        assert.deepStrictEqual([...digests], [digest(here[0] ?? "")])
        assert.isFalse(digests.has(other))
      }),
    300_000
  )
})
