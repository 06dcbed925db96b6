/** The table that a proof prints: claims, what is asked of them, what was measured. */

export interface Row {
  readonly claim: string
  readonly asked: string
  readonly measured: string
  /**
   * - `unmeasured`: it cannot be known here, and `measured` says why. It is counted apart from the claims that hold.
   * - `short`: a figure that is known to fall short, no more than is known. `measured` says what was tried. It is shown, and does not fail the proof.
   */
  readonly holds: boolean | "unmeasured" | "short"
}

const columns = [78, 64] as const

const cell = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width))

export const header = `   ${cell("claim", columns[0])} | ${cell("asked", columns[1])} | measured`

const mark = (holds: Row["holds"]): string => (holds === "unmeasured" ? "--" : holds === "short" ? "!!" : holds ? "ok" : "NO")

export const line = ({ asked, claim, holds, measured }: Row): string =>
  `${mark(holds)} ${cell(claim, columns[0])} | ${cell(asked, columns[1])} | ${measured}`
