/**
 * Programs that some tests need. Without them, these tests are skipped and say why. In CI, where nothing may be skipped, they fail.
 */
import { env } from "node:process"

export interface Needed {
  readonly isSkipped: boolean
  /** The end of the title of a test that is skipped. */
  readonly note: string
}

/** `why` says which program is missing, and how to install it. */
export const needed = (isThere: boolean, why: string): Needed => {
  if (isThere || env.CI) return { isSkipped: false, note: "" }
  // Few reporters show the titles of skipped tests.
  console.warn(`skipped: ${why}`)
  return { isSkipped: true, note: ` (skipped: ${why})` }
}
