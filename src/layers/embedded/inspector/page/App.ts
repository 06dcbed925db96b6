/** The page around its sections. */
import { computed, effect } from "@preact/signals"
import { h } from "preact"
import { useLayoutEffect, useRef } from "preact/hooks"
import { parameters, readAddress, sectionName } from "./Address.js"
import { retryNow, state } from "./Connection.js"
import { html } from "./parts/Html.js"
import { Dialog } from "./parts/Question.js"
import { button, problem } from "./parts/Work.js"
import type { Section } from "./Section.js"
import { sections } from "./Sections.js"
import { about, clock, now, offset } from "./System.js"
import { section as accounts } from "./sections/Accounts.js"
import { LatestCode, section as outbox } from "./sections/Outbox.js"
import { takeToken, token } from "./Token.js"
import { TokenForm } from "./TokenForm.js"
import { dayAndTime, joined, sentenceOf } from "./Words.js"

/** None while the token is asked for. */
const current = computed(() =>
  token.value === "" ? undefined : (sections.find(({ name }) => name === sectionName.value) ?? accounts)
)

/** Whether the address has changed, and the new section is not drawn yet. */
let isMoving = false

const titleOf = ({ label, title = label }: Section): string => title

window.addEventListener("hashchange", () => {
  takeToken()
  isMoving = token.value !== ""
  readAddress()
})

effect(() => current.value?.shown?.())
effect(() => {
  document.title = `${current.value === undefined ? "The admin token, please" : titleOf(current.value)} · effect-dintero`
})

const focusOnMain = () => document.getElementById("main")?.focus()

const facts = () => {
  if (about.value === undefined) return null
  const { database, version } = about.value
  const where = database === ":memory:" ? "in memory, gone when it stops" : `database ${database}`
  return html`<p class="facts"><span>version ${version}</span><span>${where}</span></p>`
}

const systemClock = () => {
  if (now.value === undefined) return null
  const note = joined(", ", clock.value?.is_frozen === true && "frozen", offset.value)
  return html`
    <div>
      <dt>System clock</dt>
      <dd>
        <time id="now" datetime=${now.value.toISOString()}>${dayAndTime.format(now.value)}</time>
        ${note !== "" && html`<span id="clock-note" class="tag">${note}</span>`}
      </dd>
    </div>`
}

const Top = () => html`
  <header class="top wrap middle">
    <div>
      <h1>effect-dintero</h1>
      ${facts()}
    </div>
    <dl class="state wrap">
      ${systemClock()}
      <div>
        <dt>Connection</dt>
        <dd>
          <span id="connection" data-state=${state.value.name}>${state.value.text}</span>
          ${state.value.name === "lost" && button({ class: "small", text: "Try now", work: () => retryNow() })}
        </dd>
      </div>
    </dl>
  </header>`

const linkTo = ({ count, label, name }: Section) => html`
  <li>
    <a href=${`#${name}`} aria-current=${current.value?.name === name ? "page" : undefined}>
      ${label} ${count !== undefined && html`<span class="count">${count()}</span>`}
    </a>
  </li>`

const Navigation = () => html`<nav aria-label="Sections"><ul>${sections.map(linkTo)}</ul></nav>`

const dismiss = () => {
  problem.value = undefined
  focusOnMain()
}

const Problem = () =>
  problem.value !== undefined &&
  html`
    <div id="problem" class="notice bad" role="alert">
      <p>${sentenceOf(problem.value)}</p>
      ${button({ class: "small", text: "Dismiss", work: dismiss })}
    </div>`

/** It stays on the page while another section is shown, with all that was typed. */
const SectionView = ({ section }: { readonly section: Section }) => {
  const { Actions, lead, name, View, width } = section
  const heading = useRef<HTMLHeadingElement>(null)
  const isShown = current.value === section
  useLayoutEffect(() => {
    if (!isShown || !isMoving) return
    isMoving = false
    // As a new page would: at its top, and a screen reader says where we are.
    scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [isShown, parameters.value])
  return html`
    <section id=${`view-${name}`} class=${joined(" ", "view", width)} aria-labelledby=${`title-${name}`} hidden=${!isShown}>
      <div class="head">
        <h2 id=${`title-${name}`} tabindex="-1" ref=${heading}>${titleOf(section)}</h2>
        ${Actions !== undefined && html`<div class="actions"><${Actions} /></div>`}
      </div>
      ${lead !== undefined && html`<p class="lead">${lead}</p>`}
      <${View} />
    </section>`
}

const skip = (event: Event) => {
  // The fragment is for the sections.
  event.preventDefault()
  focusOnMain()
  document.getElementById("main")?.scrollIntoView()
}

export const App = () => html`
  <a class="skip" id="skip" href="#main" onClick=${skip}>Skip to the content</a>
  <${Top} />
  ${current.value !== undefined && html`<${Navigation} />`}
  <main id="main" tabindex="-1">
    <${Problem} />
    ${current.value !== undefined && current.value !== outbox && html`<${LatestCode} />`}
    ${current.value === undefined && html`<${TokenForm} />`}
    ${sections.map((section) => h(SectionView, { section }))}
  </main>
  <${Dialog} />`
