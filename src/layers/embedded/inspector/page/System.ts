/** What all sections know of the system: its version, its accounts and its clock. */
import { computed, effect, signal } from "@preact/signals"
import { get, ignored } from "./Controls.js"
import type { Live } from "./Section.js"
import type { About, Account, ClockState } from "./Types.js"
import { duration } from "./Words.js"

export const about = signal<About | undefined>(undefined)
export const accounts = signal<ReadonlyArray<Account>>([])
export const accountIds = computed(() => accounts.value.map(({ account_id }) => account_id))

/** Whose customers are shown: an account that there is, as soon as it is known which there are. A link can name any. */
export const chosenAccount = signal("")

effect(() => {
  if (about.value === undefined || accountIds.value.includes(chosenAccount.value)) return
  chosenAccount.value = accountIds.value[0] ?? ""
})

/** The operations of the contract. */
export const operations = (document.body.dataset.operations ?? "").split(" ")

const received = signal<{ readonly state: ClockState; readonly at: number } | undefined>(undefined)

export const clock = computed(() => received.value?.state)

export const setClock = (state: ClockState): void => {
  received.value = { state, at: performance.now() }
}

export const systemNow = (): Date | undefined => {
  if (received.value === undefined) return undefined
  const { at, state } = received.value
  return new Date(Date.parse(state.now) + (state.is_frozen ? 0 : performance.now() - at))
}

/** The system's time, again at each of its full seconds. */
export const now = signal<Date | undefined>(undefined)

effect(() => {
  let next: ReturnType<typeof setTimeout> | undefined
  const state = clock.value
  const tick = () => {
    const time = systemNow()
    now.value = time
    if (time !== undefined && state?.is_frozen === false) next = setTimeout(tick, 1_005 - time.getMilliseconds())
  }
  tick()
  return () => clearTimeout(next)
})

/** How far the system's clock is from the real time, such as "1 d ahead". */
export const offset = computed(() => {
  const millis = clock.value?.offset_millis ?? 0
  return Math.abs(millis) < 1_000 ? "" : `${duration(millis)} ${millis > 0 ? "ahead" : "behind"}`
})

export const loadAccounts = async (): Promise<void> => {
  accounts.value = await get("/accounts")
}

export const system: Live = {
  load: async () => {
    const found = await get<About>("/about")
    setClock(found.clock)
    accounts.value = found.accounts
    about.value = found
  },
  events: { clock: setClock, accounts: () => void loadAccounts().catch(ignored) }
}
