// @ts-check
/**
 * The inspector. It knows the controls over HTTP only, and puts everything that it gets on the page as text.
 *
 * @typedef {typeof import("../controls/http/ControlApi.js").About.Encoded} About
 * @typedef {typeof import("../controls/accounts/AccountOverview.js").AccountOverview.Encoded} Account
 * @typedef {Account["clients"][number]} Client
 * @typedef {typeof import("../controls/accounts/AccountOverview.js").CustomerOverview.Encoded} Customer
 * @typedef {typeof import("../controls/clock/ClockState.js").ClockState.Encoded} ClockState
 * @typedef {typeof import("../controls/outbox/Message.js").Message.Encoded} Message
 * @typedef {typeof import("../controls/journal/JournalEntry.js").JournalEntry.Encoded} JournalEntry
 * @typedef {typeof import("../controls/faults/FaultScript.js").ActiveFault.Encoded} ActiveFault
 * @typedef {typeof import("../controls/faults/FaultScript.js").Fault.Encoded} Fault
 * @typedef {{ readonly path: string, readonly message: string }} Issue
 */

const prefix = "/_embedded"
const tokenKey = "effect-dintero.admin-token"
const mostEntries = 1_000

// ---------------------------------------------------------------------------------------------------------------- the document

/**
 * @template {HTMLElement} Element
 * @param {string} id
 * @param {new () => Element} type
 * @returns {Element}
 */
const byId = (id, type) => {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`The page has no ${id}.`)
  return found
}

/** @param {string} id */
const box = (id) => byId(id, HTMLElement)
/** @param {string} id */
const button = (id) => byId(id, HTMLButtonElement)
/** @param {string} id */
const input = (id) => byId(id, HTMLInputElement)
/** @param {string} id */
const select = (id) => byId(id, HTMLSelectElement)
/** @param {string} id */
const form = (id) => byId(id, HTMLFormElement)

/**
 * An element. Children that are texts become text nodes, whatever is in them: paths and bodies come from strangers.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void) }} [attributes]
 * @param {ReadonlyArray<Node | string | null>} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
const h = (tag, attributes = {}, children = []) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

/** Draws a part anew and leaves the focus where it was, which is on what has the same key.
 *
 * @param {HTMLElement} part
 * @param {ReadonlyArray<Node>} children
 */
const redraw = (part, children) => {
  const active = document.activeElement
  const key = active !== null && part.contains(active) ? active.getAttribute("data-key") : null
  part.replaceChildren(...children)
  if (key !== null) focusKey(part, key)
}

/**
 * @param {ParentNode} part
 * @param {string} key
 */
const focusKey = (part, key) => {
  const found = part.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (found instanceof HTMLElement) found.focus()
}

/**
 * A cell of a table whose rows are cards on a phone, where the column's name stands in each.
 *
 * @param {string} label
 * @param {ReadonlyArray<Node | string>} children
 * @param {string} [name]
 */
const cell = (label, children, name) =>
  h("td", { role: "cell", class: name, "data-label": label === "" ? undefined : label }, children)

/** With the roles that a table loses in some browsers when it is not laid out as one.
 *
 * @param {ReadonlyArray<Node | string | null>} header
 * @param {ReadonlyArray<HTMLTableCellElement>} cells
 */
const stackedRow = (header, cells) =>
  h("tr", { role: "row" }, [h("th", { role: "rowheader", scope: "row", class: "whole" }, header), ...cells])

for (const table of document.querySelectorAll("table.stacks")) {
  table.setAttribute("role", "table")
  for (const part of table.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup")
  for (const row of table.querySelectorAll("thead tr")) row.setAttribute("role", "row")
  for (const header of table.querySelectorAll("thead th")) header.setAttribute("role", "columnheader")
}

const announcer = box("announcer")

/** Said by a screen reader when it has finished what it is saying.
 *
 * @param {string} text
 */
const announce = (text) => {
  const line = h("p", {}, [text])
  announcer.append(line)
  setTimeout(() => line.remove(), 10_000)
}

// --------------------------------------------------------------------------------------------------------------------- words

const dayAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" })
const fullDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" })
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** @param {number} count */
const grouped = (count) => count.toLocaleString("en-GB")

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
const counted = (count, one, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`

/** @param {number} millis */
const duration = (millis) => {
  if (Math.abs(millis) < 1_000) return `${Number(millis.toFixed(millis < 10 ? 1 : 0))} ms`
  let rest = Math.round(Math.abs(millis) / 1_000)
  /** @type {Array<string>} */
  const parts = []
  for (const [unit, seconds] of /** @type {const} */ ([
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1]
  ])) {
    const amount = Math.floor(rest / seconds)
    rest -= amount * seconds
    if (amount > 0) parts.push(`${grouped(amount)} ${unit}`)
  }
  return parts.slice(0, 2).join(" ")
}

/** @type {{ readonly [status: number]: string }} */
const reasons = {
  200: "OK",
  201: "Created",
  204: "No content",
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Wrong type",
  429: "Too many",
  500: "Server error",
  502: "Bad gateway",
  503: "Unavailable",
  504: "Timed out"
}

/** @param {string} iso @param {string} [shown] */
const timeElement = (iso, shown = dayAndTime.format(new Date(iso))) => h("time", { datetime: iso, title: iso }, [shown])

// ------------------------------------------------------------------------------------------------------------------ the controls

/** What a control refused, or why it could not be asked. */
class Refused extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {string} message
   * @param {ReadonlyArray<Issue>} issues
   */
  constructor(status, message, issues = []) {
    super(message)
    this.status = status
    this.issues = issues
  }
}

let token = ""

/** @param {unknown} value @returns {value is { readonly [key: string]: unknown }} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value)

/** @param {unknown} body @returns {ReadonlyArray<Issue>} */
const issuesIn = (body) =>
  !isRecord(body) || !Array.isArray(body.issues)
    ? []
    : body.issues.filter(isRecord).map(({ path, message }) => ({
        // As the controls write it, or in parts as the HTTP server does when a call does not fit the contract.
        path: Array.isArray(path) ? path.join(".") : String(path ?? ""),
        message: String(message ?? "")
      }))

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
const request = async (method, path, body, signal) => {
  const asked = token
  /** @type {RequestInit} */
  const options = {
    method,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    headers: {
      authorization: `Bearer ${asked}`,
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal })
  }
  const response = await fetch(`${prefix}${path}`, options).catch((/** @type {unknown} */ cause) => {
    throw signal?.aborted === true ? cause : new Refused(0, "The system does not answer. Does “effect-dintero serve” still run?")
  })
  if (response.ok) return response
  const answer = await response.json().catch(() => undefined)
  const said = isRecord(answer) && typeof answer.message === "string" ? answer.message : ""
  if (response.status === 401) {
    // An answer to a token that was replaced meanwhile says nothing about the new one.
    if (asked === token) askForToken("This token was refused. Each start of the system has a new one.")
    throw new Refused(401, said === "" ? "The admin token was refused." : said)
  }
  throw new Refused(response.status, said === "" ? `The system answered with status ${response.status}.` : said, issuesIn(answer))
}

/**
 * @param {string} path
 * @returns {Promise<unknown>}
 */
const get = async (path) => (await request("GET", path)).json()

/** @param {unknown} cause */
const sentenceOf = (cause) => (cause instanceof Error ? cause.message : String(cause))

/**
 * What went wrong, in words, where it was asked for.
 *
 * @param {HTMLElement} place
 * @param {unknown} cause
 */
const showError = (place, cause) => {
  if (cause instanceof Refused && cause.status === 401) return
  const issues = cause instanceof Refused ? cause.issues : []
  place.replaceChildren(
    ...(issues.length === 0
      ? [h("p", {}, [sentenceOf(cause)])]
      : [
          h(
            "ul",
            {},
            issues.map(({ message, path }) => h("li", {}, path === "" ? [message] : [h("code", {}, [path]), `: ${message}`]))
          )
        ])
  )
}

/** @param {unknown} cause */
const showProblem = (cause) => {
  if (cause instanceof Refused && cause.status === 401) return
  box("problem-text").textContent = sentenceOf(cause)
  box("problem").hidden = false
}

/** Runs what a button is for, once at a time. It stays enabled, since a disabled one would lose the focus.
 *
 * @param {HTMLElement} element
 * @param {() => Promise<void>} work
 * @param {(cause: unknown) => void} [failed]
 */
const perform = async (element, work, failed = showProblem) => {
  if (element.getAttribute("aria-busy") === "true") return
  element.setAttribute("aria-busy", "true")
  try {
    await work()
  } catch (cause) {
    failed(cause)
  } finally {
    element.removeAttribute("aria-busy")
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} event
 * @param {() => Promise<void>} work
 * @param {HTMLElement} [place] where an error is said; at the top of the page unless given
 */
const on = (element, event, work, place) => {
  element.addEventListener(event, (happened) => {
    happened.preventDefault()
    place?.replaceChildren()
    void perform(element, work, place === undefined ? showProblem : (cause) => showError(place, cause))
  })
}

button("problem-close").addEventListener("click", () => {
  box("problem").hidden = true
  box("main").focus()
})

// --------------------------------------------------------------------------------------------------------------------- copying

/** Without the clipboard API, which a page has only over https and on the machine itself.
 *
 * @param {string} text
 */
const copyOldWay = (text) => {
  const active = document.activeElement
  const area = h("textarea", { class: "hidden", "aria-hidden": "true", tabindex: -1 })
  area.value = text
  document.body.append(area)
  area.select()
  const copied = document.execCommand("copy")
  area.remove()
  if (active instanceof HTMLElement) active.focus()
  if (!copied) throw new Error("The browser does not let this page copy. Select the text and copy it yourself.")
}

/**
 * @param {string} key
 * @param {string} label
 * @param {string} what as in "Copied the code"
 * @param {() => string} text
 */
const copyButton = (key, label, what, text) => {
  // "Copy" alone says too little to somebody who hears one button after the other.
  const name = label === "Copy" ? `Copy ${what}` : undefined
  const element = h("button", { type: "button", class: "small copy", "data-key": `copy ${key}`, "aria-label": name }, [label])
  on(element, "click", () => copy(element, text(), what))
  return element
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 * @param {string} what
 */
const copy = async (element, text, what) => {
  if (navigator.clipboard === undefined) copyOldWay(text)
  else await navigator.clipboard.writeText(text)
  announce(`Copied ${what}`)
  element.classList.add("done")
  setTimeout(() => element.classList.remove("done"), 1_500)
}

// ----------------------------------------------------------------------------------------------------------------------- clock

/** @type {{ readonly state: ClockState, readonly at: number } | undefined} */
let clock

const systemNow = () => {
  if (clock === undefined) return undefined
  const passed = clock.state.is_frozen ? 0 : performance.now() - clock.at
  return new Date(Date.parse(clock.state.now) + passed)
}

/** @param {ClockState} state */
const setClock = (state) => {
  clock = { state, at: performance.now() }
  drawClock()
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextTick

const drawClock = () => {
  clearTimeout(nextTick)
  const now = systemNow()
  if (now === undefined || clock === undefined) return
  box("clock-block").hidden = false
  const { is_frozen, offset_millis } = clock.state
  const offset = Math.abs(offset_millis) < 1_000 ? "" : duration(offset_millis)
  const iso = now.toISOString()
  for (const [id, shown] of /** @type {const} */ ([
    ["now", dayAndTime.format(now)],
    ["clock-local", `${fullDay.format(now)}, ${time.format(now)}`]
  ])) {
    const element = byId(id, HTMLTimeElement)
    element.dateTime = iso
    element.textContent = shown
  }
  const utc = iso.slice(0, 19).replace("T", " ")
  box("clock-utc").textContent = zone === "UTC" ? `${utc} UTC` : `${utc} UTC; above in the time zone ${zone}`
  const ahead = offset === "" ? "" : `${offset} ${offset_millis > 0 ? "ahead" : "behind"}`
  box("clock-state").textContent = [
    is_frozen ? "It stands still" : "It runs",
    ahead === "" ? (is_frozen ? "." : ", with the real time.") : `, ${ahead} of the real time.`
  ].join("")
  const note = box("clock-note")
  note.textContent = [is_frozen ? "frozen" : "", ahead].filter((part) => part !== "").join(", ")
  note.hidden = note.textContent === ""
  const freeze = button("clock-freeze")
  freeze.textContent = is_frozen ? "Let it run again" : "Freeze"
  // At the next full second of the system.
  if (!is_frozen) nextTick = setTimeout(drawClock, 1_005 - now.getMilliseconds())
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {string} [said]
 */
const moveClock = async (path, body, said) => {
  setClock(/** @type {ClockState} */ (await (await request("POST", `/clock/${path}`, body)).json()))
  const now = systemNow()
  if (now !== undefined) announce(said ?? `The clock shows ${dayAndTime.format(now)}`)
}

const clockError = box("clock-error")
for (const preset of box("clock-presets").querySelectorAll("button")) {
  on(preset, "click", () => moveClock("advance", { millis: Number(preset.dataset.millis) }), clockError)
}
on(
  form("clock-advance"),
  "submit",
  async () => {
    const amount = input("clock-amount").valueAsNumber
    if (Number.isNaN(amount)) throw new Error("Give a number to move the clock by.")
    await moveClock("advance", { millis: amount * Number(select("clock-unit").value) })
  },
  clockError
)
on(
  form("clock-set"),
  "submit",
  async () => {
    const to = new Date(input("clock-to").value)
    if (Number.isNaN(to.getTime())) throw new Error("Give a date and a time to set the clock to.")
    await moveClock("set", { to: to.toISOString() })
  },
  clockError
)
on(
  button("clock-freeze"),
  "click",
  () =>
    clock?.state.is_frozen === true
      ? moveClock("resume", undefined, "The clock runs again")
      : moveClock("freeze", undefined, "The clock stands still"),
  clockError
)
on(button("clock-reset"), "click", () => moveClock("reset", undefined), clockError)

const suggestTime = () => {
  const field = input("clock-to")
  const now = systemNow()
  if (field.value !== "" || now === undefined) return
  const later = new Date(now.getTime() + 3_600_000 - now.getTimezoneOffset() * 60_000)
  field.value = later.toISOString().slice(0, 19)
}

// -------------------------------------------------------------------------------------------------------------------- accounts

/** @type {ReadonlyArray<Account>} */
let accounts = []
/** Whose secrets are shown, and whose details are open or closed by hand. @type {Set<string>} */
const revealed = new Set()
/** @type {Map<string, boolean>} */
const opened = new Map()
/** @type {string} */
let format = "curl"

const baseUrl = `${location.origin}/v1`
const mask = "••••••••••••"
const unknownSecret = "YOUR_CLIENT_SECRET"

/** As `effect-dintero serve` quotes: one word of a shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`
/** In an environment file, where most texts stand as they are. @param {string} text */
const assigned = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text))

/** @param {string} accountId */
const usualAudience = (accountId) => `https://api.dintero.com/v1/accounts/${accountId}`

/** The grant by which a client gets a token of its own. @param {Client} client */
const ownGrant = (client) => client.grants.find(({ type }) => type === "any" || type === "client_credentials")

/**
 * @param {string} accountId
 * @param {Client} client
 * @param {string} secret
 */
const curlOf = (accountId, client, secret) => {
  const body = JSON.stringify({
    grant_type: "client_credentials",
    audience: ownGrant(client)?.audience ?? usualAudience(accountId)
  })
  const account = `${baseUrl}/accounts/${accountId}`
  return [
    `TOKEN=$(curl -sS -u ${quoted(`${client.client_id}:${secret}`)} \\`,
    "  -H 'content-type: application/json' \\",
    `  -d ${quoted(body)} \\`,
    `  ${quoted(`${account}/auth/token`)} \\`,
    `  | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')`,
    "",
    `curl -sS -w '\\n' -H "authorization: Bearer $TOKEN" \\`,
    `  ${quoted(`${account}/customers/settings`)}`,
    ""
  ].join("\n")
}

/**
 * @param {string} accountId
 * @param {Client} client
 * @param {string} secret
 */
const effectOf = (accountId, client, secret) => {
  const audience = ownGrant(client)?.audience ?? usualAudience(accountId)
  const options = [
    ["accountId", JSON.stringify(accountId)],
    ["clientId", JSON.stringify(client.client_id)],
    ["clientSecret", `Redacted.make(${JSON.stringify(secret)})`],
    ...(audience === usualAudience(accountId) ? [] : [["audience", JSON.stringify(audience)]]),
    ["baseUrl", JSON.stringify(baseUrl)]
  ]
  return [
    'import { FetchHttpClient } from "@effect/platform"',
    'import { Effect, Layer, Redacted } from "effect"',
    'import { Customers, Dintero } from "effect-dintero"',
    "",
    "const DinteroLive = Dintero.layer({",
    options.map(([name, value]) => `  ${name}: ${value}`).join(",\n"),
    "}).pipe(Layer.provide(FetchHttpClient.layer))",
    "",
    "const program = Effect.flatMap(Customers, (customers) => customers.settings.get())",
    "",
    "Effect.runPromise(Effect.provide(program, DinteroLive)).then(console.log)",
    ""
  ].join("\n")
}

/**
 * @param {string} accountId
 * @param {Client} client
 * @param {string} secret
 */
const environmentOf = (accountId, client, secret) => {
  const audience = ownGrant(client)?.audience ?? usualAudience(accountId)
  return [
    `DINTERO_ACCOUNT_ID=${accountId}`,
    `DINTERO_CLIENT_ID=${assigned(client.client_id)}`,
    // What stands for a secret on the screen is not quoted, though it would have to be.
    `DINTERO_CLIENT_SECRET=${secret === mask ? mask : assigned(secret)}`,
    `DINTERO_BASE_URL=${baseUrl}`,
    ...(audience === usualAudience(accountId) ? [] : [`DINTERO_AUDIENCE=${assigned(audience)}`]),
    ""
  ].join("\n")
}

/** @type {{ readonly [format: string]: { readonly name: string, readonly of: typeof curlOf } }} */
const formats = {
  curl: { name: "curl commands", of: curlOf },
  effect: { name: "Effect program", of: effectOf },
  env: { name: "environment variables", of: environmentOf }
}

const isLoopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(location.hostname)

/**
 * A call in a box, with the secret masked unless it was asked for. What is copied is whole.
 *
 * @param {string} accountId
 * @param {Client} client
 * @param {string} name
 * @param {string} [place] keeps two boxes of the same client apart
 */
const callBox = (accountId, client, name, place = "") => {
  const how = formats[name] ?? { name: "curl commands", of: curlOf }
  const secret = client.client_secret
  const key = `${place}${accountId} ${client.client_id} call`
  const shown = secret === null ? unknownSecret : revealed.has(`${accountId} ${client.id}`) ? secret : mask
  const what = secret === null ? `the ${how.name}; put the secret in` : `the ${how.name}, with the secret`
  return h("div", { class: "call" }, [
    h("pre", { tabindex: 0, role: "group", "aria-label": `${how.name} for ${client.client_id}`, "data-key": `pre ${key}` }, [
      h("code", {}, [how.of(accountId, client, shown).trimEnd()])
    ]),
    copyButton(key, `Copy the ${how.name}`, what, () => how.of(accountId, client, secret ?? unknownSecret))
  ])
}

/**
 * @param {Account} account
 * @param {Client} client
 * @param {boolean} isFirst
 */
const drawClient = ({ account_id }, client, isFirst) => {
  const key = `${account_id} ${client.id}`
  const secret = client.client_secret
  const reveal = h(
    "button",
    {
      type: "button",
      class: "small",
      "aria-pressed": String(revealed.has(key)),
      "aria-label": `Show the secret of ${client.client_id}`,
      "data-key": `reveal ${key}`
    },
    ["Show"]
  )
  reveal.addEventListener("click", () => {
    if (!revealed.delete(key)) revealed.add(key)
    drawAccounts()
  })
  const secretParts =
    secret === null
      ? [
          h("p", { class: "muted" }, [
            "Not known: the system stores only a digest. Take it from the seed that this account was made with, or start with ",
            h("code", { class: "nowrap" }, ["--seed"]),
            " and that file."
          ])
        ]
      : [
          h("code", { class: "secret" }, [revealed.has(key) ? secret : mask]),
          h("span", { class: "actions tight" }, [
            reveal,
            copyButton(`secret ${key}`, "Copy", `the secret of ${client.client_id}`, () => secret)
          ])
        ]
  const details = h("details", { class: "client", open: opened.get(key) ?? isFirst }, [
    h("summary", { "data-key": `client ${key}` }, [
      h("h4", {}, [client.client_id]),
      client.name === null ? null : h("span", { class: "muted" }, [client.name])
    ]),
    h("div", { class: "client-body" }, [
      h("dl", { class: "facts-list" }, [
        h("div", {}, [h("dt", {}, ["Secret"]), h("dd", { class: "secret-line" }, secretParts)]),
        ...client.grants.map(({ audience, scope, type }) =>
          h("div", {}, [
            h("dt", {}, [`Grant ${type}`]),
            h("dd", {}, [
              h(
                "ul",
                { class: "scopes" },
                scope.map((each) => h("li", {}, [h("code", {}, [each])]))
              ),
              audience === usualAudience(account_id) ? null : h("p", { class: "muted" }, ["for ", h("code", {}, [audience])])
            ])
          ])
        ),
        client.grants.length === 0 ? h("div", {}, [h("dt", {}, ["Grants"]), h("dd", {}, ["none"])]) : null
      ]),
      ownGrant(client) === undefined
        ? h("p", { class: "muted" }, ["It has no grant of type client_credentials, so it cannot get a token of its own."])
        : callBox(account_id, client, format)
    ])
  ])
  details.addEventListener("toggle", () => opened.set(key, details.open))
  return details
}

/** @param {Account} account */
const drawAccount = (account) => {
  const { access_token_lifetime, account_id, clients, created_at, customers } = account
  /**
   * @param {string} label
   * @param {() => Promise<void>} work
   */
  const action = (label, work) => {
    const element = h(
      "button",
      {
        type: "button",
        "data-key": `${label} ${account_id}`,
        "aria-label": `${label.replace("…", "")}: ${account_id}`
      },
      [label]
    )
    on(element, "click", work)
    return element
  }
  const link = h("a", { href: "#customers", "data-key": `customers ${account_id}` }, [counted(customers, "customer")])
  link.addEventListener("click", () => {
    select("customers-account").value = account_id
  })
  return h("article", { class: "card account", "aria-labelledby": `account-${account_id}` }, [
    h("div", { class: "head" }, [
      h("h3", { id: `account-${account_id}` }, [account_id]),
      h("p", { class: "muted facts" }, [
        h("span", {}, [link]),
        h("span", {}, [`tokens live for ${duration(access_token_lifetime * 1_000)}`]),
        h("span", {}, ["since ", timeElement(created_at)])
      ])
    ]),
    h("div", { class: "actions" }, [
      action("Take a snapshot", () => takeSnapshot(account_id)),
      action("Restore from a file…", async () => chooseSnapshot(account_id)),
      action("Fork…", async () => askForFork(account_id)),
      action("Reset…", async () => askForReset(account_id))
    ]),
    ...(clients.length === 0
      ? [h("p", { class: "muted" }, ["It has no API client, so nobody can call it. Give it one in the seed."])]
      : clients.map((client, index) => drawClient(account, client, index === 0)))
  ])
}

const drawAccounts = () => {
  redraw(
    box("accounts-list"),
    accounts.length === 0
      ? [
          h("div", { class: "empty" }, [
            h("h3", {}, ["There is no account"]),
            h("p", {}, ["Start the system with a seed (--seed FILE), or restore the snapshot of an account."]),
            (() => {
              const restore = h("button", { type: "button", "data-key": "restore" }, ["Restore from a file…"])
              on(restore, "click", async () => chooseSnapshot(undefined))
              return restore
            })()
          ])
        ]
      : [
          ...(isLoopback || location.protocol === "https:"
            ? []
            : [
                h("p", { class: "notice" }, [
                  "This address is not of this machine, and plain http: Dintero.layer refuses it without allowInsecure, since secrets travel in the clear. Put https before it, or call from the machine itself."
                ])
              ]),
          ...accounts.map(drawAccount)
        ]
  )
}

/**
 * @param {HTMLSelectElement} element
 * @param {ReadonlyArray<readonly [value: string, label: string]>} options
 */
const setOptions = (element, options) => {
  const chosen = element.value
  element.replaceChildren(...options.map(([value, label]) => h("option", { value }, [label])))
  if (options.some(([value]) => value === chosen)) element.value = chosen
}

/** @param {ReadonlyArray<Account>} found */
const setAccounts = (found) => {
  accounts = found
  const ids = found.map(({ account_id }) => /** @type {const} */ ([account_id, account_id]))
  setOptions(select("customers-account"), ids)
  setOptions(select("fault-account"), [["", "any"], ...ids])
  drawAccounts()
  drawJournalState()
  if (view === "customers") void perform(box("view-customers"), loadCustomers)
}

const loadAccounts = async () => setAccounts(/** @type {ReadonlyArray<Account>} */ (await get("/accounts")))

for (const radio of document.querySelectorAll('input[name="format"]')) {
  radio.addEventListener("change", () => {
    if (!(radio instanceof HTMLInputElement) || !radio.checked) return
    format = radio.value
    drawAccounts()
  })
}

/** @param {string} accountId */
const accountPath = (accountId) => `/accounts/${encodeURIComponent(accountId)}`

/** @param {string} accountId */
const takeSnapshot = async (accountId) => {
  // As it came: what is restored has to be what was taken.
  const text = await (await request("GET", `${accountPath(accountId)}/snapshot`)).text()
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }))
  const at = (systemNow() ?? new Date()).toISOString().slice(0, 19).replaceAll(":", "")
  h("a", { href: url, download: `${accountId}-${at}.snapshot.json` }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  announce(`The snapshot of ${accountId} is downloaded`)
}

/** @type {string | undefined} */
let restoringFor

/** @param {string | undefined} accountId */
const chooseSnapshot = (accountId) => {
  restoringFor = accountId
  const field = input("restore-file")
  field.value = ""
  field.click()
}

input("restore-file").addEventListener("change", () => {
  void perform(input("restore-file"), async () => {
    const file = input("restore-file").files?.[0]
    if (file === undefined) return
    const text = await file.text()
    /** @type {unknown} */
    let snapshot
    try {
      snapshot = JSON.parse(text)
    } catch {
      throw new Error(`${file.name} is not JSON, so it is no snapshot.`)
    }
    const id = isRecord(snapshot) && typeof snapshot.account_id === "string" ? snapshot.account_id : undefined
    const name = id ?? "the account in it"
    ask({
      title: `Restore ${name}?`,
      text: [
        id !== undefined && restoringFor !== undefined && id !== restoringFor
          ? `The file is a snapshot of ${id}, not of ${restoringFor}.`
          : "",
        accounts.some(({ account_id }) => account_id === id)
          ? `Everything that is stored of ${name} now, and its outbox, is replaced by what is in ${file.name}.`
          : `${name} is made from what is in ${file.name}.`
      ].join(" "),
      action: "Restore",
      opener: restoringFor === undefined ? "restore" : `Restore from a file… ${restoringFor}`,
      run: async () => {
        await request("PUT", "/snapshot", snapshot)
        await Promise.all([loadAccounts(), loadMessages()])
        return `${name} is restored`
      }
    })
  })
})

/** @param {string} accountId */
const askForReset = (accountId) =>
  ask({
    title: `Reset ${accountId}?`,
    text: `It becomes what it was when the system started or the account was seeded: changed settings, new customers, sessions and its outbox are lost. A snapshot taken now would keep them.`,
    action: "Reset",
    opener: `Reset… ${accountId}`,
    run: async () => {
      await request("POST", `${accountPath(accountId)}/reset`)
      await Promise.all([loadAccounts(), loadMessages()])
      return `${accountId} is reset`
    }
  })

/** @param {string} accountId */
const askForFork = (accountId) =>
  ask({
    title: `Fork ${accountId}`,
    text: "Makes a copy of the account under another id, with the same clients, secrets and customers.",
    action: "Fork",
    opener: `Fork… ${accountId}`,
    field: { label: "Id of the copy: P or T and 8 digits", value: nextId(accountId) },
    run: async (as) => {
      await request("POST", `${accountPath(accountId)}/fork`, { as: as.trim() })
      await loadAccounts()
      return `${accountId} is forked as ${as.trim()}`
    }
  })

/** @param {string} accountId */
const nextId = (accountId) => {
  const match = /^([PT])(\d{8})$/.exec(accountId)
  if (match === null) return ""
  let number = Number(match[2])
  let id = accountId
  while (accounts.some(({ account_id }) => account_id === id)) {
    number = (number + 1) % 100_000_000
    id = `${match[1]}${String(number).padStart(8, "0")}`
  }
  return id
}

// ---------------------------------------------------------------------------------------------------------------------- dialog

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} action
 * @property {string} opener the key of the button that has the focus afterwards
 * @property {{ readonly label: string, readonly value: string }} [field]
 * @property {(value: string) => Promise<string>} run answers what was done, for the announcement
 */

const dialog = byId("dialog", HTMLDialogElement)
/** @type {Question | undefined} */
let question

/** @param {Question} asked */
const ask = (asked) => {
  question = asked
  box("dialog-title").textContent = asked.title
  box("dialog-text").textContent = asked.text
  box("dialog-error").replaceChildren()
  button("dialog-do").textContent = asked.action
  box("dialog-field").hidden = asked.field === undefined
  box("dialog-label").textContent = asked.field?.label ?? ""
  input("dialog-input").value = asked.field?.value ?? ""
  dialog.showModal()
  // What is lost by it is not one Enter away.
  button("dialog-do").className = asked.field === undefined ? "danger" : "primary"
  if (asked.field === undefined) button("dialog-cancel").focus()
  else input("dialog-input").select()
}

on(
  form("dialog-form"),
  "submit",
  async () => {
    if (question === undefined) return
    const said = await question.run(input("dialog-input").value)
    dialog.close()
    announce(said)
  },
  box("dialog-error")
)
button("dialog-cancel").addEventListener("click", () => dialog.close())
dialog.addEventListener("close", () => {
  // The button that opened it may have been drawn anew since.
  if (question !== undefined) focusKey(document, question.opener)
})

// ---------------------------------------------------------------------------------------------------------------------- outbox

/** The oldest first. @type {Array<Message>} */
let messages = []

/** @type {{ readonly [template: string]: string }} */
const templates = { mfa_code: "One-time code", change_password: "Password change" }
/** @type {{ readonly [channel: string]: string }} */
const channels = { sms: "SMS", email: "e-mail" }

/** @param {Message} message */
const aboutMessage = ({ channel, recipient }) => `${channels[channel] ?? channel} to ${recipient}`

/** @param {Message} message */
const drawMessage = (message) =>
  h("li", { class: "card message" }, [
    message.code === null
      ? null
      : h("p", { class: "code-line" }, [
          h("span", { class: "code" }, [message.code]),
          copyButton(`code ${message.id}`, "Copy", `the code ${message.code}`, () => message.code ?? "")
        ]),
    h("div", { class: "message-body" }, [
      h("p", { class: "facts" }, [
        h("strong", {}, [templates[message.template] ?? message.template]),
        h("span", {}, [aboutMessage(message)])
      ]),
      h("p", { class: "text" }, [message.text]),
      h("p", { class: "muted facts" }, [timeElement(message.at), h("span", {}, [message.account_id])])
    ])
  ])

const mostDrawn = 200

const drawMessages = () => {
  box("count-outbox").textContent = messages.length === 0 ? "" : grouped(messages.length)
  box("outbox-empty").hidden = messages.length > 0
  box("outbox-list").hidden = messages.length === 0
  redraw(box("outbox-list"), messages.slice(-mostDrawn).reverse().map(drawMessage))
  const latest = messages.findLast(({ code }) => code !== null)
  box("latest").hidden = latest === undefined || view === "outbox" || view === undefined
  if (latest === undefined) return
  box("latest-code").textContent = latest.code
  box("latest-about").replaceChildren(aboutMessage(latest), ", ", timeElement(latest.at))
}

const loadMessages = async () => {
  messages = /** @type {Array<Message>} */ (await get("/outbox"))
  drawMessages()
}

/** @param {Message} message */
const addMessage = (message) => {
  if (messages.some(({ id }) => id === message.id)) return
  messages.push(message)
  drawMessages()
  // Digit by digit, as it will be typed.
  if (message.code !== null) announce(`Code ${message.code.split("").join(" ")}, ${aboutMessage(message)}`)
  else announce(`${templates[message.template] ?? message.template}, ${aboutMessage(message)}`)
}

on(button("outbox-clear"), "click", async () => {
  await request("DELETE", "/outbox")
  messages = []
  drawMessages()
  announce("The outbox is empty")
})
on(button("latest-copy"), "click", () => {
  const code = box("latest-code").textContent ?? ""
  return copy(button("latest-copy"), code, `the code ${code}`)
})

// --------------------------------------------------------------------------------------------------------------------- journal

/**
 * @typedef {object} Row
 * @property {JournalEntry} entry
 * @property {HTMLTableRowElement} element
 * @property {HTMLButtonElement} opener
 * @property {HTMLTableRowElement | undefined} detail
 * @property {string} searched
 */

const tbody = byId("journal-rows", HTMLTableSectionElement)
/** In the order in which they came. @type {Map<number, Row>} */
const rows = new Map()
/** What came since the last frame, or since the pause began. @type {Array<JournalEntry>} */
let waiting = []
let isPaused = false
let isScheduled = false
/** @type {HTMLButtonElement | undefined} */
let tabStop
const isNarrow = matchMedia("(max-width: 719px)")

/** Two of the columns are not shown on a phone. */
const columns = () => (isNarrow.matches ? 4 : 6)
isNarrow.addEventListener("change", () => {
  for (const cell of tbody.querySelectorAll("tr.detail > td")) {
    if (cell instanceof HTMLTableCellElement) cell.colSpan = columns()
  }
})

/** @param {number | null} status */
const statusBadge = (status) =>
  status === null
    ? h("span", { class: "status s-none" }, ["no answer"])
    : h("span", { class: `status s-${Math.floor(status / 100)}` }, [h("b", {}, [String(status)]), ` ${reasons[status] ?? ""}`])

/** What all the paths of an account begin with, and the rest; a long one is cut before a slash.
 *
 * @param {string} path
 */
const pathParts = (path) => {
  const start = /^\/v1\/accounts\/[^/]+(?=\/)/.exec(path)?.[0] ?? ""
  /** @param {string} text */
  const cut = (text) => text.split(/(?=\/)/).flatMap((part, index) => (index === 0 ? [part] : [h("wbr"), part]))
  const rest = h("span", {}, cut(path.slice(start.length)))
  return start === "" ? [rest] : [h("span", { class: "prefix" }, cut(start)), h("wbr"), rest]
}

/** @param {JournalEntry} entry @returns {Row} */
const makeRow = (entry) => {
  const { account_id, at, caller, duration_millis, fault, id, method, operation, path, status } = entry
  const date = new Date(at)
  const opener = h("button", { type: "button", class: "opener", "aria-expanded": "false", tabindex: -1 }, pathParts(path))
  const element = h("tr", { "data-id": id }, [
    h("td", { class: "c-time" }, [
      h("time", { datetime: at, title: at }, [
        time.format(date),
        h("span", { class: "millis" }, [`.${String(date.getMilliseconds()).padStart(3, "0")}`])
      ])
    ]),
    h("td", { class: "c-method" }, [method]),
    h("td", { class: "c-path" }, [opener]),
    h("td", { class: "c-operation" }, [operation === null ? h("span", { class: "tag warn" }, ["unknown path"]) : operation]),
    h("td", { class: "c-status" }, [
      statusBadge(status),
      fault === null ? null : h("span", { class: "tag warn" }, [`fault: ${fault.kind}`])
    ]),
    h("td", { class: "c-ms number" }, [duration(duration_millis)])
  ])
  return {
    entry,
    element,
    opener,
    detail: undefined,
    searched: [method, path, operation ?? "", account_id ?? "", caller?.client_id ?? "", caller?.subject ?? ""]
      .join(" ")
      .toLowerCase()
  }
}

/** @param {unknown} value */
const pretty = (value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2)
  return text.length > 100_000 ? `${text.slice(0, 100_000)}\n… (${grouped(text.length)} characters)` : text
}

/**
 * @param {string} title
 * @param {unknown} value
 * @param {string} none
 */
const bodyBox = (title, value, none) =>
  h("div", {}, [
    h("h4", {}, [title]),
    value === null || value === undefined
      ? h("p", { class: "muted" }, [none])
      : h("pre", { tabindex: 0, role: "group", "aria-label": title }, [h("code", {}, [pretty(value)])])
  ])

/** @param {JournalEntry} entry */
const makeDetail = ({
  account_id,
  at,
  caller,
  duration_millis,
  fault,
  hint,
  id,
  method,
  near_misses,
  operation,
  path,
  ...bodies
}) => {
  /**
   * @param {string} name
   * @param {ReadonlyArray<Node | string>} value
   */
  const fact = (name, ...value) => h("div", {}, [h("dt", {}, [name]), h("dd", {}, value)])
  return h("tr", { class: "detail", id: `detail-${id}` }, [
    h("td", { colspan: columns() }, [
      h("div", { class: "detail-body" }, [
        h("h3", {}, [`Request ${grouped(id)}: ${method} ${path}`]),
        near_misses.length === 0
          ? null
          : h("div", { class: "notice warn" }, [
              h("h4", {}, ["Did you mean"]),
              h(
                "ul",
                {},
                near_misses.map((miss) =>
                  h("li", {}, [h("code", {}, [`${miss.method} ${miss.path}`]), ` (${miss.operation}): ${miss.why}`])
                )
              )
            ]),
        h("dl", { class: "facts-list across" }, [
          fact("When", timeElement(at)),
          fact("Took", duration(duration_millis)),
          fact("Operation", operation ?? "none: the API has no such path or method"),
          fact("Account", account_id ?? "none"),
          caller === null
            ? fact("Caller", "nobody: no token or secret was accepted")
            : fact(
                "Caller",
                caller.client_id === caller.subject ? caller.client_id : `${caller.client_id}, as ${caller.subject}`
              ),
          ...(caller === null ? [] : [fact("Scopes", caller.scopes.length === 0 ? "none" : caller.scopes.join(", "))]),
          ...(hint === null ? [] : [fact("Why", hint)]),
          ...(fault === null ? [] : [fact("Fault", `${fault.kind}, by rule ${fault.rule}`)])
        ]),
        h("div", { class: "bodies" }, [
          bodyBox("Request body", bodies.request, "No body, or one that could not be read."),
          bodyBox(
            "Response body",
            bodies.response,
            bodies.status === null ? "The connection was cut without an answer." : "No body."
          )
        ])
      ])
    ])
  ])
}

/** @param {Row} row */
const toggleRow = (row) => {
  if (row.detail === undefined) {
    row.detail = makeDetail(row.entry)
    row.element.after(row.detail)
    row.opener.setAttribute("aria-controls", `detail-${row.entry.id}`)
  } else {
    row.detail.remove()
    row.detail = undefined
    row.opener.removeAttribute("aria-controls")
  }
  row.opener.setAttribute("aria-expanded", String(row.detail !== undefined))
  row.element.classList.toggle("open", row.detail !== undefined)
}

const isFiltered = () =>
  input("journal-text").value.trim() !== "" || select("journal-status").value !== "" || select("journal-operation").value !== ""

const filter = () => {
  const words = input("journal-text")
    .value.toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  const status = select("journal-status").value
  const operation = select("journal-operation").value
  /** @param {Row} row */
  return ({ entry, searched }) =>
    words.every((word) => searched.includes(word)) &&
    (status === "" ||
      (status === "fault"
        ? entry.fault !== null
        : status === "none"
          ? entry.status === null
          : Math.floor((entry.status ?? 0) / 100) === Number(status))) &&
    (operation === "" || (operation === "none" ? entry.operation === null : entry.operation === operation))
}

/** @param {HTMLButtonElement | undefined} opener */
const setTabStop = (opener) => {
  if (tabStop !== undefined) tabStop.tabIndex = -1
  tabStop = opener
  if (opener !== undefined) opener.tabIndex = 0
}

/** One row can be reached by Tab, the others from there: a thousand stops would be a wall. */
const placeTabStop = () => {
  if (tabStop !== undefined && tabStop === document.activeElement) return
  const first = tbody.querySelector("tr:not([hidden]) .opener")
  setTabStop(first instanceof HTMLButtonElement ? first : undefined)
}

const drawJournalState = () => {
  const shown = tbody.querySelectorAll("tr[data-id]:not([hidden])").length
  const parts = [
    rows.size === 0
      ? ""
      : shown === rows.size
        ? counted(rows.size, "request")
        : `${grouped(shown)} of ${counted(rows.size, "request")}`,
    isPaused ? (waiting.length === 0 ? "paused" : `paused, ${grouped(waiting.length)} more wait`) : ""
  ]
  box("journal-summary").textContent = parts.filter((part) => part !== "").join("; ")
  box("count-journal").textContent = rows.size === 0 ? "" : grouped(rows.size)
  box("journal-table").hidden = shown === 0
  box("journal-empty").hidden = shown > 0
  placeTabStop()
  if (shown > 0) return
  const account = accounts.find(({ clients }) => clients.some((client) => ownGrant(client) !== undefined))
  const client = account?.clients.find((each) => ownGrant(each) !== undefined)
  const hasCall = !isFiltered() && account !== undefined && client !== undefined
  box("journal-empty-title").textContent = isFiltered() && rows.size > 0 ? "No request fits the filter" : "No request yet"
  box("journal-empty-text").textContent =
    isFiltered() && rows.size > 0
      ? "Take something out of the filter to see more."
      : hasCall
        ? "Make the first one: paste this into a terminal."
        : "Call the API, and what came in and was answered stands here."
  redraw(box("journal-empty-call"), hasCall ? [callBox(account.account_id, client, "curl", "journal ")] : [])
}

const applyFilter = () => {
  const fits = filter()
  for (const row of rows.values()) {
    row.element.hidden = !fits(row)
    if (row.detail !== undefined) row.detail.hidden = row.element.hidden
  }
  drawJournalState()
}

const flush = () => {
  isScheduled = false
  if (isPaused) return drawJournalState()
  const fits = filter()
  const fragment = document.createDocumentFragment()
  for (const entry of waiting) {
    if (rows.has(entry.id)) continue
    const row = makeRow(entry)
    row.element.hidden = !fits(row)
    rows.set(entry.id, row)
    fragment.prepend(row.element)
  }
  waiting = []
  tbody.prepend(fragment)
  for (const [id, row] of rows) {
    if (rows.size <= mostEntries) break
    row.element.remove()
    row.detail?.remove()
    rows.delete(id)
  }
  drawJournalState()
}

/** However many come, the page draws once for each frame. */
const scheduleFlush = () => {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(flush)
}

/** @param {JournalEntry} entry */
const addEntry = (entry) => {
  if (waiting.push(entry) > 2 * mostEntries) waiting = waiting.slice(-mostEntries)
  scheduleFlush()
}

const emptyJournal = () => {
  rows.clear()
  tbody.replaceChildren()
  waiting = []
}

const loadJournal = async () => {
  const found = /** @type {ReadonlyArray<JournalEntry>} */ (await get("/journal"))
  const came = waiting
  const wasPaused = isPaused
  emptyJournal()
  waiting = [...found.slice(-mostEntries), ...came]
  isPaused = false
  flush()
  isPaused = wasPaused
  drawJournalState()
}

/** @param {Element | null} element */
const rowOf = (element) => rows.get(Number(element?.closest("tr[data-id]")?.getAttribute("data-id")))

tbody.addEventListener("click", ({ target }) => {
  const row = target instanceof Element ? rowOf(target) : undefined
  // A click that ends a selection is not meant for the row.
  if (row === undefined || (getSelection()?.toString() ?? "") !== "") return
  toggleRow(row)
  setTabStop(row.opener)
})
tbody.addEventListener("keydown", (event) => {
  const row = event.target instanceof HTMLButtonElement ? rowOf(event.target) : undefined
  if (row === undefined || event.target !== row.opener) return
  const shown = [...tbody.querySelectorAll("tr[data-id]:not([hidden]) .opener")]
  const index = shown.indexOf(row.opener)
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: shown.length - 1 }[event.key]
  const opener = next === undefined ? undefined : shown[next]
  if (!(opener instanceof HTMLButtonElement)) return
  event.preventDefault()
  setTabStop(opener)
  opener.focus()
})
for (const id of ["journal-text", "journal-status", "journal-operation"]) box(id).addEventListener("input", applyFilter)
for (const id of ["journal-filter", "customers-filter"]) form(id).addEventListener("submit", (event) => event.preventDefault())

button("journal-pause").addEventListener("click", () => {
  isPaused = !isPaused
  button("journal-pause").setAttribute("aria-pressed", String(isPaused))
  flush()
})
on(button("journal-clear"), "click", async () => {
  await request("DELETE", "/journal")
  emptyJournal()
  drawJournalState()
  announce("The journal is empty")
})

// ------------------------------------------------------------------------------------------------------------------- customers

/** @type {ReadonlyArray<Customer>} */
let customers = []

const drawCustomers = () => {
  const account = select("customers-account").value
  const words = input("customers-text")
    .value.toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  const shown = customers.filter((customer) => {
    const searched = [customer.id, customer.customer_id, customer.email ?? "", customer.phone_number ?? "", customer.type]
      .join(" ")
      .toLowerCase()
    return words.every((word) => searched.includes(word))
  })
  box("customers-summary").textContent =
    customers.length === 0
      ? ""
      : `${shown.length === customers.length ? "" : `${grouped(shown.length)} of `}${counted(customers.length, "customer")}${
          customers.length >= 1_000 ? ", the first 1,000" : ""
        }`
  box("customers-framed").hidden = shown.length === 0
  box("customers-empty").hidden = shown.length > 0
  box("customers-empty-title").textContent =
    customers.length > 0 ? "No customer fits the filter" : account === "" ? "There is no account" : "No customer yet"
  box("customers-empty-text").textContent =
    customers.length > 0
      ? "Take something out of the filter to see more."
      : "Give the account customers in the seed file (accounts[].customers), and start the system with --seed."
  const none = () => h("span", { class: "muted" }, ["none"])
  box("customers-rows").replaceChildren(
    ...shown.map((customer) =>
      stackedRow(
        [customer.customer_id, customer.id === customer.customer_id ? null : h("span", { class: "muted below" }, [customer.id])],
        [
          cell("E-mail", [customer.email ?? none()]),
          cell("Phone", [customer.phone_number ?? none()], "nowrap"),
          cell("Type", [customer.type]),
          cell("Password", [customer.has_password ? "yes" : "no"]),
          cell("Created", [timeElement(customer.created_at)], "nowrap")
        ]
      )
    )
  )
}

const loadCustomers = async () => {
  const account = select("customers-account").value
  const found = account === "" ? [] : /** @type {ReadonlyArray<Customer>} */ (await get(`${accountPath(account)}/customers`))
  // Another may have been chosen meanwhile.
  if (account !== select("customers-account").value) return
  customers = found
  drawCustomers()
}

input("customers-text").addEventListener("input", drawCustomers)
on(select("customers-account"), "change", loadCustomers)
on(button("customers-refresh"), "click", async () => {
  await loadCustomers()
  announce(counted(customers.length, "customer"))
})

// ---------------------------------------------------------------------------------------------------------------------- faults

/** @type {ReadonlyArray<ActiveFault>} */
let faults = []

/**
 * @typedef {object} FaultField
 * @property {string} name also the last part of its path in what the system says is wrong
 * @property {string} label
 * @property {string} [value]
 * @property {string} [placeholder]
 * @property {"text"} [as] a text even if it looks like a number
 * @property {ReadonlyArray<readonly [value: string, label: string]>} [options]
 */

/** @type {FaultField} */
const when = {
  name: "when",
  label: "When",
  options: [
    ["before_commit", "before the operation is carried out"],
    ["after_commit", "after it; only the answer is lost"]
  ]
}

/** Complete, says the compiler. @type {{ readonly [Kind in Fault["kind"]]: { readonly name: string, readonly about: string, readonly fields: ReadonlyArray<FaultField> } }} */
const kinds = {
  status: {
    name: "Answer with a status",
    about: "The operation is not carried out.",
    fields: [
      { name: "status", label: "Status", value: "503" },
      { name: "code", label: "Error code", placeholder: "the usual one", as: "text" },
      { name: "message", label: "Error message", placeholder: "the usual one", as: "text" },
      {
        name: "form",
        label: "Retry-After",
        options: [
          ["", "none"],
          ["seconds", "in seconds"],
          ["date", "as a date"],
          ["millis", "as retry-after-ms"],
          ["invalid", "as a text that means nothing"]
        ]
      },
      { name: "seconds", label: "Retry after, seconds", value: "2" }
    ]
  },
  delay: {
    name: "Delay",
    about: "The operation is carried out, later.",
    fields: [{ name: "millis", label: "Milliseconds", value: "2000" }]
  },
  drop: { name: "Close the connection", about: "No answer comes.", fields: [when] },
  reset: { name: "Reset the connection", about: "No answer comes, and the connection ends by a TCP reset.", fields: [when] },
  stall: { name: "Stall", about: "The connection stays open, and nothing comes.", fields: [when] },
  truncate: {
    name: "Cut the answer off",
    about: "The operation is carried out, and its answer ends early.",
    fields: [{ name: "bytes", label: "After so many bytes", placeholder: "in the middle" }]
  },
  garbage: { name: "Answer with garbage", about: "The operation is carried out, and its answer is no JSON.", fields: [] },
  content_type: {
    name: "Answer with HTML",
    about: "The operation is carried out, and its answer is a page of HTML.",
    fields: []
  },
  expired_token: { name: "Expire the token", about: "The access token counts as expired.", fields: [] }
}

/** @param {Fault} fault */
const sayFault = (fault) => {
  const { name } = kinds[fault.kind]
  switch (fault.kind) {
    case "status": {
      const retry = fault.retry_after
      return [
        `${name} ${fault.status}`,
        fault.code === undefined ? "" : `code ${fault.code}`,
        fault.message === undefined ? "" : `“${fault.message}”`,
        retry === undefined ? "" : `retry after ${retry.seconds} s (${retry.form})`
      ]
        .filter((part) => part !== "")
        .join(", ")
    }
    case "delay":
      return `${name} by ${duration(fault.millis)}`
    case "truncate":
      return fault.bytes === undefined ? `${name} in the middle` : `${name} after ${counted(fault.bytes, "byte")}`
    case "drop":
    case "reset":
    case "stall":
      return `${name}, ${fault.when === "before_commit" ? "before the operation is carried out" : "after it was carried out"}`
    default:
      return name
  }
}

/** @param {ActiveFault["match"]} match */
const sayMatch = (match = {}) => {
  const parts = [
    match.operation,
    match.account_id === undefined ? undefined : `account ${match.account_id}`,
    match.calls === undefined ? undefined : `${match.calls.length === 1 ? "call" : "calls"} ${match.calls.join(", ")}`,
    match.probability === undefined ? undefined : `with probability ${match.probability}`,
    match.times === undefined ? undefined : `at most ${counted(match.times, "time")}`
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? "every request" : parts.join(", ")
}

const drawFaults = () => {
  box("count-faults").textContent = faults.length === 0 ? "" : grouped(faults.length)
  box("faults-framed").hidden = faults.length === 0
  box("faults-empty").hidden = faults.length > 0
  redraw(
    box("faults-rows"),
    faults.map((each) => {
      const remove = h(
        "button",
        {
          type: "button",
          class: "small",
          "aria-label": `Remove rule ${each.rule}`,
          "data-key": `remove ${each.rule}`
        },
        ["Remove"]
      )
      on(remove, "click", async () => {
        await request("DELETE", `/faults/${each.rule}`)
        await loadFaults()
        box("title-faults").focus()
        announce(`Rule ${each.rule} is removed`)
      })
      return stackedRow(
        [h("span", { class: "only-stacked" }, ["Rule "]), String(each.rule)],
        [
          cell("For", [sayMatch(each.match)], "whole"),
          cell("What happens", [sayFault(each.fault)], "whole"),
          cell("Matched", [grouped(each.matched)], "number"),
          cell("Applied", [grouped(each.applied)], "number"),
          cell("", [remove], "number whole")
        ]
      )
    })
  )
}

const loadFaults = async () => {
  faults = /** @type {ReadonlyArray<ActiveFault>} */ (await get("/faults"))
  drawFaults()
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let countsDue

/** Their counts change with the requests, of which there may be many. */
const countFaultsSoon = () => {
  if (faults.length === 0 || countsDue !== undefined) return
  countsDue = setTimeout(() => {
    countsDue = undefined
    loadFaults().catch(ignored)
  }, 1_000)
}

const kindSelect = select("fault-kind")
setOptions(
  kindSelect,
  Object.entries(kinds).map(([kind, { name }]) => /** @type {const} */ ([kind, name]))
)

const fieldsOfKind = () => kinds[/** @type {Fault["kind"]} */ (kindSelect.value)]

const drawFaultFields = () => {
  const { about, fields } = fieldsOfKind()
  box("fault-about").textContent = about
  box("fault-fields").replaceChildren(
    ...fields.map(({ label, name, options, placeholder, value }) =>
      h("div", { class: "field" }, [
        h("label", { for: `fault-field-${name}` }, [label]),
        options === undefined
          ? h("input", { id: `fault-field-${name}`, "data-path": name, autocomplete: "off", value, placeholder })
          : h(
              "select",
              { id: `fault-field-${name}`, "data-path": name },
              options.map(([option, shown]) => h("option", { value: option }, [shown]))
            )
      ])
    )
  )
  hideRetrySeconds()
}

/** Without a Retry-After there are no seconds to give. */
const hideRetrySeconds = () => {
  const chosen = box("fault-fields").querySelector('[data-path="form"]')
  const seconds = box("fault-fields").querySelector('[data-path="seconds"]')?.closest(".field")
  if (!(chosen instanceof HTMLSelectElement) || !(seconds instanceof HTMLElement)) return
  seconds.hidden = chosen.value === ""
}
box("fault-fields").addEventListener("change", hideRetrySeconds)
kindSelect.addEventListener("change", drawFaultFields)

/** What is no number goes as it is, so that it is the system that says what it expects.
 *
 * @param {string} text
 */
const numberIn = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text)

/** @param {string} name */
const typed = (name) => {
  const field = form("fault-form").querySelector(`[data-path="${name}"]`)
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value.trim() : ""
}

/** Without what is empty.
 *
 * @param {{ readonly [name: string]: unknown }} fields
 */
const given = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""))

const ruleInForm = () => {
  const retry = kindSelect.value === "status" && typed("form") !== ""
  /** @type {Array<readonly [string, unknown]>} */
  const own = fieldsOfKind()
    .fields.filter(({ name }) => name !== "form" && name !== "seconds")
    .map(({ as, name, options }) => [name, as === "text" || options !== undefined ? typed(name) : numberIn(typed(name))])
  const calls = typed("calls")
    .split(/[\s,;]+/)
    .filter((part) => part !== "")
  return {
    match: given({
      operation: typed("operation"),
      account_id: typed("account_id"),
      calls: calls.length === 0 ? undefined : calls.map(numberIn),
      probability: numberIn(typed("probability")),
      times: numberIn(typed("times"))
    }),
    fault: given({
      kind: kindSelect.value,
      ...Object.fromEntries(own),
      retry_after: retry ? { form: typed("form"), seconds: numberIn(typed("seconds")) } : undefined
    })
  }
}

/** Which fields of the form the system finds fault with; the first gets the focus.
 *
 * @param {ReadonlyArray<Issue>} issues
 */
const markFields = (issues) => {
  const names = issues.map(({ path }) =>
    path
      .replace(/\[\d+\]/g, "")
      .split(".")
      .at(-1)
  )
  /** @type {HTMLElement | undefined} */
  let first
  for (const field of form("fault-form").querySelectorAll("[data-path]")) {
    if (!(field instanceof HTMLElement)) continue
    const isWrong = names.includes(field.dataset.path)
    const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== "" && id !== "fault-error")
    const describedBy = isWrong ? [...others, "fault-error"] : others
    if (describedBy.length > 0) field.setAttribute("aria-describedby", describedBy.join(" "))
    else field.removeAttribute("aria-describedby")
    if (isWrong) field.setAttribute("aria-invalid", "true")
    else field.removeAttribute("aria-invalid")
    if (isWrong) first ??= field
  }
  first?.focus()
}

on(
  form("fault-form"),
  "submit",
  async () => {
    markFields([])
    try {
      const added = /** @type {ActiveFault} */ (await (await request("POST", "/faults", ruleInForm())).json())
      await loadFaults()
      announce(`Rule ${added.rule} is added`)
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause
      // Here there is one rule, and no script that it is in.
      const issues = cause.issues.map(({ message, path }) => ({ message, path: path.replace(/^rules\[0\]\./, "") }))
      markFields(issues)
      throw new Refused(cause.status, cause.message, issues)
    }
  },
  box("fault-error")
)

const scriptArea = byId("script", HTMLTextAreaElement)
const scriptExample = `{
  "seed": "1",
  "rules": [
    {
      "match": { "operation": "auth.token", "calls": [1, 2] },
      "fault": { "kind": "status", "status": 503 }
    }
  ]
}`
scriptArea.placeholder = scriptExample

on(
  form("script-form"),
  "submit",
  async () => {
    /** @type {unknown} */
    let script
    try {
      script = JSON.parse(scriptArea.value)
    } catch (cause) {
      scriptArea.focus()
      throw new Error(
        scriptArea.value.trim() === "" ? "Write or paste a script first." : `This is not JSON: ${sentenceOf(cause)}.`
      )
    }
    faults = /** @type {ReadonlyArray<ActiveFault>} */ (await (await request("PUT", "/faults", script)).json())
    drawFaults()
    announce(`The script is loaded: ${counted(faults.length, "rule")}`)
  },
  box("script-error")
)
button("script-fill").addEventListener("click", () => {
  scriptArea.value =
    faults.length === 0
      ? scriptExample
      : JSON.stringify({ seed: "", rules: faults.map(({ fault, match }) => ({ match, fault })) }, null, 2)
  scriptArea.focus()
})
on(button("faults-clear"), "click", async () => {
  await request("DELETE", "/faults")
  faults = []
  drawFaults()
  announce("There are no faults any more")
})

// ----------------------------------------------------------------------------------------------------------------------- views

const views = /** @type {const} */ (["accounts", "outbox", "journal", "customers", "clock", "faults"])
/** @typedef {(typeof views)[number]} View */
/** None while the token is asked for. @type {View | undefined} */
let view

/** @param {string} hash @returns {View} */
const viewIn = (hash) => views.find((name) => hash === `#${name}`) ?? "accounts"

/** @param {View | undefined} name */
const show = (name) => {
  view = name
  box("sections").hidden = name === undefined
  box("view-token").hidden = name !== undefined
  for (const each of views) box(`view-${each}`).hidden = each !== name
  for (const link of box("sections").querySelectorAll("a")) {
    if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
  const title = box(`title-${name ?? "token"}`).textContent ?? ""
  document.title = `${title} · effect-dintero`
  drawMessages()
  if (name === "customers") void perform(box("view-customers"), loadCustomers)
  if (name === "clock") suggestTime()
  if (name === "faults") loadFaults().catch(ignored)
}

// The connection's own state says it.
const ignored = () => undefined

window.addEventListener("hashchange", () => {
  if (takeToken()) return start()
  if (token === "") return
  show(viewIn(location.hash))
  // As a new page would: at its top, and the screen reader says where we are.
  scrollTo(0, 0)
  box(`title-${view}`).focus({ preventScroll: true })
})
box("skip").addEventListener("click", (event) => {
  // The fragment is for the sections.
  event.preventDefault()
  box("main").focus()
  box("main").scrollIntoView()
})

// ------------------------------------------------------------------------------------------------------------------------ token

/** Some browsers keep nothing in a private window; then the token lives as long as the page. */
const stored = {
  get: () => {
    try {
      return sessionStorage.getItem(tokenKey) ?? ""
    } catch {
      return ""
    }
  },
  /** @param {string} value */
  set: (value) => {
    try {
      if (value === "") sessionStorage.removeItem(tokenKey)
      else sessionStorage.setItem(tokenKey, value)
    } catch {
      // As said.
    }
  }
}

/** @param {string} text */
const tokenIn = (text) => {
  const found = /#(?:.*&)?token=([^&\s]*)/.exec(text)?.[1]
  if (found === undefined) return undefined
  try {
    return decodeURIComponent(found)
  } catch {
    return found
  }
}

/** Out of the address, where it would be seen, kept in the history and copied along. */
const takeToken = () => {
  const found = tokenIn(location.hash)
  if (found === undefined || found === "") return false
  history.replaceState(null, "", location.pathname)
  token = found
  stored.set(token)
  return true
}

/** @param {string} why */
const askForToken = (why) => {
  disconnect()
  token = ""
  stored.set("")
  if (dialog.open) dialog.close()
  box("problem").hidden = true
  setConnection("idle", "not connected")
  show(undefined)
  box("token-error").textContent = why
  input("token").focus()
}

on(form("token-form"), "submit", async () => {
  const text = input("token").value.trim()
  const found = tokenIn(text) ?? text
  if (found === "") {
    box("token-error").textContent = "Paste the token first."
    input("token").focus()
    return
  }
  // Visible ASCII only, or it cannot be sent at all.
  if (!/^[\x21-\x7e]+$/.test(found)) {
    box("token-error").textContent = "This is not a token: it has spaces or special characters."
    input("token").focus()
    return
  }
  token = found
  stored.set(token)
  input("token").value = ""
  box("token-error").textContent = ""
  start()
  box("main").focus()
})

// ------------------------------------------------------------------------------------------------------------------ connection

const backoff = [500, 1_000, 2_000, 4_000, 8_000, 15_000]
/** The server says something at least every few seconds; after so long a silence the connection is dead without having ended. */
const silenceMillis = 60_000

/** @type {AbortController | undefined} */
let connection
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retryTimer
let attempt = 0
let lastHeard = 0
let wasLost = false

/**
 * @param {"idle" | "connecting" | "live" | "lost"} state
 * @param {string} text
 */
const setConnection = (state, text) => {
  box("connection").dataset.state = state
  box("connection").textContent = text
  button("retry").hidden = state !== "lost"
}

const disconnect = () => {
  clearTimeout(retryTimer)
  connection?.abort()
  connection = undefined
}

const loadAbout = async () => {
  const about = /** @type {About} */ (await get("/about"))
  box("version").textContent = `version ${about.version}`
  box("database").textContent = about.database === ":memory:" ? "in memory, gone when it stops" : `database ${about.database}`
  setClock(about.clock)
  setAccounts(about.accounts)
  if (view === "clock") suggestTime()
}

const loadAll = () => Promise.all([loadAbout(), loadMessages(), loadJournal(), loadFaults()])

/**
 * @param {string} event
 * @param {string} data
 */
const heard = (event, data) => {
  switch (event) {
    case "request":
      addEntry(/** @type {JournalEntry} */ (JSON.parse(data)))
      return countFaultsSoon()
    case "message":
      return addMessage(/** @type {Message} */ (JSON.parse(data)))
    case "clock":
      return setClock(/** @type {ClockState} */ (JSON.parse(data)))
    case "faults":
      return void loadFaults().catch(ignored)
    case "accounts":
      // A reset or a restore changes the outbox too.
      return void Promise.all([loadAccounts(), loadMessages()]).catch(ignored)
  }
}

/** Reads server-sent events, whose lines may end by CR, LF or both and be cut anywhere.
 *
 * @param {ReadableStream<Uint8Array>} body
 */
const listen = async (body) => {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  let event = ""
  /** @type {Array<string>} */
  let data = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    lastHeard = performance.now()
    rest += decoder.decode(value, { stream: true })
    // A CR at the very end may be half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line === "") {
        if (event !== "" || data.length > 0) heard(event, data.join("\n"))
        event = ""
        data = []
      } else if (!line.startsWith(":")) {
        const colon = line.indexOf(":")
        const field = colon < 0 ? line : line.slice(0, colon)
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "")
        if (field === "event") event = text
        if (field === "data") data.push(text)
      }
    }
  }
}

const connect = async () => {
  disconnect()
  const controller = new AbortController()
  connection = controller
  if (!wasLost) setConnection("connecting", "connecting")
  try {
    const opening = request("GET", "/events", undefined, controller.signal)
    // First the stream and then what there is, so that nothing falls between; but a proxy may hold the stream's head back.
    await Promise.race([opening, new Promise((resolve) => setTimeout(resolve, 1_000))])
    await loadAll()
    const { body } = await opening
    if (connection !== controller) return
    attempt = 0
    lastHeard = performance.now()
    setConnection("live", "live")
    box("problem").hidden = true
    if (wasLost) announce("Connected again")
    wasLost = false
    if (body !== null) await listen(body)
    throw new Refused(0, "The system has ended the connection.")
  } catch {
    if (connection !== controller) return
    controller.abort()
    if (!wasLost) announce("The connection is lost")
    wasLost = true
    retryIn(backoff[Math.min(attempt, backoff.length - 1)] ?? 15_000)
    attempt += 1
  }
}

/** @param {number} millis */
const retryIn = (millis) => {
  clearTimeout(retryTimer)
  if (millis <= 0) {
    setConnection("lost", "reconnecting")
    void connect()
    return
  }
  setConnection("lost", `reconnecting in ${Math.ceil(millis / 1_000)} s`)
  retryTimer = setTimeout(() => retryIn(millis - Math.min(millis, 1_000)), Math.min(millis, 1_000))
}

button("retry").addEventListener("click", () => {
  attempt = 0
  retryIn(0)
})
setInterval(() => {
  if (box("connection").dataset.state === "live" && performance.now() - lastHeard > silenceMillis) connection?.abort()
}, 5_000)

const start = () => {
  attempt = 0
  wasLost = false
  show(viewIn(location.hash))
  void connect()
}

drawFaultFields()
token = stored.get()
if (takeToken() || token !== "") start()
else askForToken("")
