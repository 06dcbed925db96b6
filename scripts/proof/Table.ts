/** What a proof is: claims, what is asked of them, what was measured. */

export interface Row {
  readonly claim: string
  readonly asked: string
  readonly measured: string
  readonly holds: boolean
}

/** A proof yields its rows as it measures them, so that a reader sees it work. */
export type Proof = () => AsyncGenerator<Row, void, void>

const columns = [78, 64] as const

const cell = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width))

export const header = `   ${cell("claim", columns[0])} | ${cell("asked", columns[1])} | measured`

export const line = ({ asked, claim, holds, measured }: Row): string =>
  `${holds ? "ok" : "NO"} ${cell(claim, columns[0])} | ${cell(asked, columns[1])} | ${measured}`
