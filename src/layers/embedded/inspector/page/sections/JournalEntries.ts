/** The requests that the page has, and what comes. */
import { effect, signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { get, ignored, request } from "../Controls.js"
import { latest, typingMillis } from "../Latest.js"
import { token } from "../Token.js"
import type { JournalEntry } from "../Types.js"
import { counted } from "../Words.js"
import { asked, askedBefore, isAsked } from "./JournalFilter.js"

const most = 1_000

/** As many as the system answers at a time. */
const pageSize = 100

/** The oldest first. */
export const entries = signal<ReadonlyArray<JournalEntry>>([])
/** Whether the system may have older ones that the page can still show. */
export const hasOlder = signal(false)
export const opened = signal<ReadonlySet<number>>(new Set())
export const isPaused = signal(false)
/** How many came since the pause began. */
export const held = signal(0)

/** What came since the last frame, or since the pause began. */
let waiting: ReadonlyArray<JournalEntry> = []
let isScheduled = false

const take = (): void => {
  const byId = new Map([...entries.value, ...waiting].map((entry) => [entry.id, entry]))
  entries.value = [...byId.values()].slice(-most)
  waiting = []
  held.value = 0
}

const flush = (): void => {
  isScheduled = false
  if (isPaused.value) held.value = waiting.length
  else take()
}

/** However many come, the page draws once for each frame. */
export const add = (entry: JournalEntry): void => {
  if (!isAsked(entry)) return
  waiting = [...waiting, entry].slice(-most)
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(flush)
}

const forget = (): void => {
  entries.value = []
  hasOlder.value = false
  opened.value = new Set()
}

const ask = latest()

const loadAfter = async (millis: number): Promise<void> => {
  const found = await ask((overtaken) => get<ReadonlyArray<JournalEntry>>(`/journal${asked.peek()}`, overtaken), millis)
  if (found === undefined) return
  forget()
  waiting = [...found, ...waiting.filter(isAsked)]
  hasOlder.value = found.length === pageSize
  take()
}

export const load = (): Promise<void> => loadAfter(0)

/** Answers the newest of those that it has found. */
export const loadOlder = async (): Promise<JournalEntry | undefined> => {
  const [oldest] = entries.peek()
  if (oldest === undefined) return undefined
  const found = await ask((overtaken) => get<ReadonlyArray<JournalEntry>>(`/journal${askedBefore(oldest.id)}`, overtaken))
  if (found === undefined) return undefined
  entries.value = [...found, ...entries.value].slice(-most)
  hasOlder.value = found.length === pageSize && entries.value.length < most
  announce(found.length === 0 ? "There are no older requests" : `${counted(found.length, "request")} more`)
  return found.at(-1)
}

let lastAsked = asked.peek()

effect(() => {
  if (asked.value === lastAsked) return
  lastAsked = asked.value
  if (token.peek() !== "") void loadAfter(typingMillis).catch(ignored)
})

export const clear = async (): Promise<void> => {
  await request("DELETE", "/journal")
  waiting = []
  held.value = 0
  forget()
  announce("The journal is empty")
}

export const pause = (): void => {
  isPaused.value = !isPaused.value
  flush()
}
