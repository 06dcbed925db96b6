/** The connection to the system: what there is, and then what changes. */
import { effect, signal } from "@preact/signals"
import { announce } from "./Announce.js"
import { request } from "./Controls.js"
import { problem } from "./parts/Work.js"
import type { Events, Live } from "./Section.js"
import { sections } from "./Sections.js"
import { parser } from "./ServerSentEvents.js"
import { system } from "./System.js"
import { token } from "./Token.js"

const backoffSeconds = [0.5, 1, 2, 4, 8]
const mostSeconds = 15
/** The server sends something at least every few seconds. After so long a silence the connection is dead without having ended. */
const silenceMillis = 60_000

export interface State {
  readonly name: "idle" | "connecting" | "live" | "lost"
  readonly text: string
}

const idle: State = { name: "idle", text: "not connected" }

export const state = signal(idle)

const followers: ReadonlyArray<Live> = [system, ...sections]

const heard = <Name extends keyof Events>(name: Name, data: Events[Name]): void => {
  for (const { events } of followers) events?.[name]?.(data)
}

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

const listen = async (body: ReadableStream<BufferSource>, silent: () => void): Promise<void> => {
  // Seam: the names of events and their data are as `ControlServer` sends them.
  const parse = parser(({ data, event }) => {
    if (event === "dropped") announce("The page could not follow all events, and reads everything again")
    else heard(event as keyof Events, JSON.parse(data))
  })
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const silence = setTimeout(silent, silenceMillis)
    const { done, value } = await reader.read().finally(() => clearTimeout(silence))
    if (done) return
    parse(value)
  }
}

/** Follows the system as long as the connection lasts. */
const connect = async (stopped: AbortSignal, connected: () => void): Promise<void> => {
  const own = new AbortController()
  try {
    const opening = request("GET", "/events", undefined, AbortSignal.any([stopped, own.signal]))
    // First the stream and then what there is, so that nothing falls between; but a proxy may hold the stream's head back.
    await Promise.race([opening, sleep(1_000)])
    await Promise.all(followers.map(({ load }) => load?.()))
    const { body } = await opening
    if (stopped.aborted) return
    connected()
    if (body !== null) await listen(body, () => own.abort())
  } finally {
    own.abort()
  }
}

/** Does not wait any longer for the next attempt. */
export let retryNow = (): void => undefined

/** Whether it was cut short. */
const countDown = async (seconds: number, stopped: AbortSignal): Promise<boolean> => {
  let isCut = false
  for (let rest = seconds; rest > 0 && !isCut && !stopped.aborted; rest -= 1) {
    state.value = { name: "lost", text: `reconnecting in ${Math.ceil(rest)} s` }
    await new Promise<void>((resolve) => {
      retryNow = () => {
        isCut = true
        resolve()
      }
      setTimeout(resolve, Math.min(rest, 1) * 1_000)
    })
  }
  return isCut
}

const follow = async (stopped: AbortSignal): Promise<void> => {
  let attempt = 0
  let wasLost = false
  const connected = () => {
    attempt = 0
    state.value = { name: "live", text: "live" }
    problem.value = undefined
    if (wasLost) announce("Connected again")
    wasLost = false
  }
  state.value = { name: "connecting", text: "connecting" }
  for (;;) {
    // However it ends, what matters is that it has ended.
    await connect(stopped, connected).catch(() => undefined)
    if (stopped.aborted) return
    if (!wasLost) announce("The connection is lost")
    wasLost = true
    attempt = (await countDown(backoffSeconds[attempt] ?? mostSeconds, stopped)) ? 0 : attempt + 1
    if (stopped.aborted) return
    state.value = { name: "lost", text: "reconnecting" }
  }
}

/** Follows the system while there is a token. */
export const start = (): void => {
  effect(() => {
    problem.value = undefined
    if (token.value === "") {
      state.value = idle
      return
    }
    const running = new AbortController()
    void follow(running.signal)
    return () => running.abort()
  })
}
