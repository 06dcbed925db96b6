/**
 * Finds the operations that are similar to a request for no operation.
 */
import type { NearMiss } from "./JournalEntry.js"

export interface Candidate {
  readonly name: string
  readonly method: string
  /** The segments of the path template, with the prefix. A parameter is in braces. */
  readonly segments: ReadonlyArray<string>
}

/** The Levenshtein distance. */
const distance = (a: string, b: string): number => {
  if (a === b) return 0
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** A larger distance is not a near miss. */
const farthest = 4
const longest = 64

/** The cost of a segment that is missing or too many. */
const segmentCost = 3

interface Difference {
  readonly cost: number
  readonly why: ReadonlyArray<string>
}

/** A missing or additional segment costs as much as three letters. */
const compare = (asked: ReadonlyArray<string>, expected: ReadonlyArray<string>): Difference => {
  const [head, ...tail] = asked
  const [wanted, ...rest] = expected
  if (head === undefined) {
    return { cost: expected.length * segmentCost, why: expected.map((segment) => `/${segment} is missing`) }
  }
  if (wanted === undefined) return { cost: asked.length * segmentCost, why: asked.map((segment) => `/${segment} is too much`) }
  const letters = wanted.startsWith("{") ? (head === "" ? 3 : 0) : distance(head.slice(0, longest), wanted)
  const after = compare(tail, rest)
  const replaced = {
    cost: letters + after.cost,
    why: letters === 0 ? after.why : [`/${wanted} instead of /${head}`, ...after.why]
  }
  if (letters === 0 || asked.length === expected.length) return replaced
  const other = asked.length < expected.length ? compare(asked, rest) : compare(tail, expected)
  const skipped = {
    cost: segmentCost + other.cost,
    why: [asked.length < expected.length ? `/${wanted} is missing` : `/${head} is too much`, ...other.why]
  }
  return skipped.cost < replaced.cost ? skipped : replaced
}

export const of = (method: string, path: string, candidates: ReadonlyArray<Candidate>): ReadonlyArray<NearMiss> => {
  const asked = path.split("/").slice(1)
  return candidates
    .filter(
      // The others are too far away, and comparing them would take exponential time.
      ({ segments }) => Math.abs(asked.length - (segments.length - 1)) * segmentCost <= farthest
    )
    .map((candidate) => {
      const { cost, why } = compare(asked, candidate.segments.slice(1))
      const isMethod = candidate.method === method
      return {
        cost: cost + (isMethod ? 0 : 2),
        miss: {
          operation: candidate.name,
          method: candidate.method,
          path: candidate.segments.join("/"),
          why: [...(isMethod ? [] : [`${candidate.method} instead of ${method}`]), ...why].join(", ")
        }
      }
    })
    .filter(({ cost }) => cost <= farthest)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 3)
    .map(({ miss }) => miss)
}
