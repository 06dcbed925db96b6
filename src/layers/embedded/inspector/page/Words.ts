/** How times, counts and durations are written, and how a filter reads its words. */

export const dayAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" })
export const fullDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" })
export const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" })

export const grouped = (count: number): string => count.toLocaleString("en-GB")

/** For the navigation, which shows no zero. */
export const countOf = ({ length }: { readonly length: number }): string => (length === 0 ? "" : grouped(length))

export const counted = (count: number, one: string, many = `${one}s`): string => `${grouped(count)} ${count === 1 ? one : many}`

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1]
] as const

/** The two largest units of a length of time, whichever way it goes. */
export const duration = (millis: number): string => {
  if (Math.abs(millis) < 1_000) return `${Number(millis.toFixed(millis < 10 ? 1 : 0))} ms`
  let rest = Math.round(Math.abs(millis) / 1_000)
  const parts: Array<string> = []
  for (const [unit, seconds] of units) {
    const amount = Math.floor(rest / seconds)
    rest -= amount * seconds
    if (amount > 0) parts.push(`${grouped(amount)} ${unit}`)
  }
  return parts.slice(0, 2).join(" ")
}

/** Whether each word of a filter is in one of the texts. */
export const hasWords = (filter: string, texts: ReadonlyArray<string | null | undefined>): boolean => {
  const searched = texts.join(" ").toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => searched.includes(word))
}

/** The parts that say something, with a text between them. */
export const joined = (between: string, ...parts: ReadonlyArray<string | false | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== "").join(between)

export const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
