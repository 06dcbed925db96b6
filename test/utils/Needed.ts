/**
 * What some tests need of the machine. Without it they are skipped and say why; in CI, where all has to be tested, they fail.
 */
import { env } from "node:process"

export interface Needed {
  readonly isSkipped: boolean
  /** What the title of a test ends in that is skipped. */
  readonly note: string
}

/** `why`: what is missing, and how to get it. */
export const needed = (isThere: boolean, why: string): Needed => {
  if (isThere || env.CI) return { isSkipped: false, note: "" }
  // The titles of what is skipped are shown by few reporters.
  console.warn(`skipped: ${why}`)
  return { isSkipped: true, note: ` (skipped: ${why})` }
}
