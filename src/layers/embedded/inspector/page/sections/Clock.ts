import { signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { ask } from "../Controls.js"
import { input, select } from "../parts/Fields.js"
import { html } from "../parts/Html.js"
import { button, type Failing, failure, form } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { clock, now, offset, setClock, systemNow } from "../System.js"
import type { ClockState } from "../Types.js"
import { dayAndTime, fullDay, time } from "../Words.js"
import "./Clock.css"

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

const failing: Failing = signal(undefined)
/** Where the clock may be set to. */
const target = signal("")

const move = async (path: string, body?: unknown, said?: string): Promise<void> => {
  const state = await ask<ClockState>("POST", `/clock/${path}`, body)
  setClock(state)
  announce(said ?? `The clock shows ${dayAndTime.format(new Date(state.now))}`)
}

const freezeOrResume = () =>
  clock.value?.is_frozen === true
    ? move("resume", undefined, "The clock runs again")
    : move("freeze", undefined, "The clock stands still")

const face = () => {
  const date = now.value
  const isFrozen = clock.value?.is_frozen === true
  const iso = date?.toISOString() ?? ""
  const utc = `${iso.slice(0, 19).replace("T", " ")} UTC${zone === "UTC" ? "" : `; above in the time zone ${zone}`}`
  const distance = offset.value !== "" ? `, ${offset.value} of the real time.` : isFrozen ? "." : ", with the real time."
  return html`
    <div class="card">
      <p class="big"><time datetime=${iso}>${date !== undefined && `${fullDay.format(date)}, ${time.format(date)}`}</time></p>
      <p class="muted">${utc}<br />${isFrozen ? "It stands still" : "It runs"}${distance}</p>
      <div class="actions">
        ${button({ text: isFrozen ? "Let it run again" : "Freeze", failing, work: freezeOrResume })}
        ${button({ text: "Back to the real time", failing, work: () => move("reset") })}
      </div>
    </div>`
}

const presets = { "1 minute": 60_000, "1 hour": 3_600_000, "24 hours": 86_400_000, "30 days": 2_592_000_000 }
const units = { 1000: "seconds", 60000: "minutes", 3600000: "hours", 86400000: "days" }

const amount = signal("10")
const unit = signal("60000")

const advance = () => {
  if (amount.value === "") throw new Error("Give a number to move the clock by.")
  return move("advance", { millis: Number(amount.value) * Number(unit.value) })
}

const set = () => {
  const to = new Date(target.value)
  if (Number.isNaN(to.getTime())) throw new Error("Give a date and a time to set the clock to.")
  return move("set", { to: to.toISOString() })
}

const View = () => html`
  ${face()}
  <div class="pair">
    <div class="card">
      <h3>Move ahead</h3>
      <div class="actions">
        ${Object.entries(presets).map(([text, millis]) => button({ text, failing, work: () => move("advance", { millis }) }))}
      </div>
      ${form(
        { id: "clock-advance", class: "row", failing, work: advance },
        html`
          ${input({ id: "clock-amount", label: "Or by", value: amount }, { type: "number", min: 0, step: "any", inputmode: "decimal" })}
          ${select({ id: "clock-unit", label: "Unit", value: unit }, units)}
          <button type="submit">Move ahead</button>`
      )}
    </div>
    <div class="card">
      <h3>Set to a time</h3>
      ${form(
        { id: "clock-set", class: "row", failing, work: set },
        html`
          ${input(
            {
              id: "clock-to",
              class: "grow",
              label: "Date and time, in your time zone",
              describedBy: "clock-hint",
              value: target
            },
            { type: "datetime-local", step: 1 }
          )}
          <button type="submit">Set</button>`
      )}
      <p class="hint" id="clock-hint">Ahead only. “Back to the real time” is the one way back.</p>
    </div>
  </div>
  ${failure("clock-error", failing)}`

/** An hour later than the system's time, as the field wants it. */
const suggestTime = (): void => {
  const date = systemNow()
  if (date === undefined || target.peek() !== "") return
  target.value = new Date(date.getTime() + 3_600_000 - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

export const section: Section = {
  name: "clock",
  label: "Clock",
  lead: "The system lives by this clock: tokens expire, one-time codes run out and locks open by it. Move it ahead to see now what would happen later. Your computer's clock is not touched.",
  shown: suggestTime,
  View
}
