/**
 * The figures that the README shows, as `npm run bench -- record` last measured them. They are committed, so that the README can be made from them and
 * a check can compare the two.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Figure } from "./Figure.js"
import { root } from "./Processes.js"

export interface Recorded {
  /** Of the run: `v20.19.0`. */
  readonly node: string
  readonly cores: number
  /** The day of the run: `2026-11-26`. */
  readonly date: string
  /** By the name of the bench. */
  readonly figures: Readonly<Record<string, ReadonlyArray<Figure>>>
}

const path = join(root, "bench", "recorded.json")

// Seam: only `write` writes this file.
export const read = (): Recorded => JSON.parse(readFileSync(path, "utf8")) as Recorded

export const write = (recorded: Recorded): void => writeFileSync(path, `${JSON.stringify(recorded, undefined, 2)}\n`)
