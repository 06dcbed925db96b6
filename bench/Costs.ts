/**
 * What the library costs: each figure that the README shows, and what is asked of it. The README's table and the proof of issue "user" are both made
 * from this list.
 */
import type { Name } from "./Benches.js"

export interface Cost {
  readonly what: string
  readonly asked: string
  readonly bench: Name
  /** As the bench names it. */
  readonly figure: string
  readonly holds: (value: number) => boolean
  /** Of a figure that falls short: what was tried, and the value beyond which it is worse than is known. */
  readonly known?: { readonly tried: string; readonly worst: number; readonly isLeast?: true }
}

const atMost = (limit: number, unit = "×") => ({
  asked: `≤ ${limit} ${unit}`,
  holds: (value: number): boolean => value <= limit
})

const ours = (subject: string, concurrency: number, transport: string): string =>
  `${subject}, ${concurrency} at a time: effect-dintero over ${transport}`

export const costs: ReadonlyArray<Cost> = [
  {
    what: "`settings.get` over `UndiciTransport`, one after the other / Dintero's SDK's way (`openapi-fetch`)",
    ...atMost(0.5),
    bench: "calls",
    figure: ours("settings.get", 1, "UndiciTransport")
  },
  {
    what: "the same, 64 at a time",
    ...atMost(0.5),
    bench: "calls",
    figure: ours("settings.get", 64, "UndiciTransport")
  }
]
