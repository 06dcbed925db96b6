/**
 * Tests that prove a claim: how many samples they take, and what they tell `npm run proof`, which reads the report of the run.
 */
import { env } from "node:process"
import type { TestContext } from "@effect/vitest"

/** Figures that a test has seen. It asserts nothing about the time: the proof does, when nothing else runs beside the test. */
export interface Told {
  /** In words. */
  readonly measured: string
  /** The longest that something took, and how long that may be on an idle machine. */
  readonly took?: { readonly millis: number; readonly limit: number }
}

declare module "vitest" {
  interface TaskMeta {
    claim?: Told
  }
}

/** Puts it into the report of the run, beside the result of the test. */
export const tell = (context: TestContext, told: Told): void => {
  context.task.meta.claim = told
}

/** Whether the proof asked for every sample: `npm run proof -- NAME`, without `reduced`. */
export const isWhole: boolean = env.SAMPLES === "whole"

export interface Samples {
  readonly count: number
  /** What the title of a test ends in that takes fewer. */
  readonly note: string
}

const shown = (count: number): string => count.toLocaleString("en")

/** Few samples in a run of all tests, and the whole number in a proof. */
export const samples = (whole: number, part: number): Samples =>
  isWhole ? { count: whole, note: "" } : { count: part, note: ` (reduced to ${shown(part)} from ${shown(whole)})` }
