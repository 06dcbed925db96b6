/** The requests that the page has, and what comes. */
import { effect, signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { get, ignored, request } from "../Controls.js"
import { latest, typingMillis } from "../Latest.js"
import { token } from "../Token.js"
import type { JournalEntry } from "../Types.js"
import { asked, isAsked } from "./JournalFilter.js"

const most = 1_000

/** The oldest first. */
export const entries = signal<ReadonlyArray<JournalEntry>>([])
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
  opened.value = new Set()
}

const ask = latest()

const loadAfter = async (millis: number): Promise<void> => {
  const found = await ask((overtaken) => get<ReadonlyArray<JournalEntry>>(`/journal${asked.peek()}`, overtaken), millis)
  if (found === undefined) return
  forget()
  waiting = [...found, ...waiting.filter(isAsked)]
  take()
}

export const load = (): Promise<void> => loadAfter(0)

let askedBefore = asked.peek()

effect(() => {
  if (asked.value === askedBefore) return
  askedBefore = asked.value
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
