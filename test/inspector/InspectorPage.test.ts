/**
 * The page in a real browser, as a person uses it. Which system it is the page of, OpenSystem.ts says.
 */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { availability, launch } from "./Browser.js"
import { openSystem } from "./OpenSystem.js"
import type { System } from "./System.js"

const run = promisify(execFile)
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const sections = ["accounts", "outbox", "journal", "customers", "clock", "faults"] as const
type Section = (typeof sections)[number]

/** What axe tells of a page that is not as it should be. */
interface AxeResults {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
  }>
}

describe.skipIf(availability.isSkipped)(`The inspector page${availability.note}`, { timeout: 120_000 }, () => {
  let system: System
  let browser: Browser
  let scope: Scope.CloseableScope

  const start = async (): Promise<readonly [System, Scope.CloseableScope]> => {
    const own = await Effect.runPromise(Scope.make())
    return [await Effect.runPromise(Scope.extend(openSystem, own)), own]
  }

  beforeAll(async () => {
    ;[system, scope] = await start()
    browser = await launch()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    if (scope !== undefined) await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 60_000)

  /** A page that nothing may go wrong on: `refusals` are the statuses that the test provokes itself. */
  const withPage = async (
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions & {
      readonly refusals?: ReadonlyArray<number>
      readonly of?: System
      readonly at?: string
      readonly isCut?: boolean
    } = {}
  ): Promise<void> => {
    const { at, isCut = false, of = system, refusals = [], ...rest } = options
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...rest })
    try {
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: of.url })
      const problems: Array<string> = []
      const urls: Array<string> = []
      await context.exposeFunction("tellViolation", (what: string) => problems.push(`policy: ${what}`))
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) => {
          // Seam: the function that is exposed above.
          ;(window as unknown as { tellViolation: (what: string) => void }).tellViolation(`${violatedDirective} ${blockedURI}`)
        })
      })
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      page.on("pageerror", (error) => problems.push(`error: ${error.message}`))
      page.on("console", (message) => {
        const isProvoked =
          refusals.some((status) => message.text().includes(`status of ${status} `)) ||
          (isCut && message.text().includes("net::ERR_"))
        if (["error", "warning"].includes(message.type()) && !isProvoked) problems.push(`console: ${message.text()}`)
      })
      page.on("request", (request) => urls.push(request.url()))
      await page.goto(`${of.url}/${at ?? `#token=${of.token}`}`)
      if (at === undefined) await connected(page)
      await use(page)
      expect(problems).toEqual([])
      expect(urls.filter((url) => !url.startsWith(`${of.url}/`) && !/^(data|blob):/.test(url))).toEqual([])
      expect(urls.filter((url) => url.includes(of.token) && !url.startsWith(`${of.url}/#`))).toEqual([])
    } finally {
      await context.close()
    }
  }

  const connected = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()

  const open = async (page: Page, section: Section): Promise<void> => {
    await page.locator(`nav a[href="#${section}"]`).click()
    await page.locator(`#view-${section}`).waitFor()
  }

  const view = (page: Page, section: Section) => page.locator(`#view-${section}`)

  const copied = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

  const said = (page: Page, text: string | RegExp): Promise<void> =>
    page.locator("#announcer p", { hasText: text }).first().waitFor({ state: "attached" })

  const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${system.url}/v1${path}`, init)

  const getToken = (of: System = system): Promise<Response> =>
    fetch(`${of.url}/v1/accounts/${of.accountId}/auth/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${of.clientId}:${of.clientSecret}`).toString("base64")}`,
        "content-type": "application/json"
      },
      body: JSON.stringify({
        grant_type: "client_credentials",
        audience: `https://api.dintero.com/v1/accounts/${of.accountId}`
      })
    })

  const expectAccessible = async (page: Page, where: string): Promise<void> => {
    await page.evaluate(axeSource)
    const results = await page.evaluate(async () => {
      // Seam: `axe` is what the script above has left in the page.
      const { axe } = window as unknown as { axe: { run: (root: Document, options: object) => Promise<AxeResults> } }
      return axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
    })
    const found = results.violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(" | ")}`)
    expect(found).toEqual([])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow, `${where} is wider than its window`).toBeLessThanOrEqual(0)
  }

  test("is answered with a policy that allows nothing but what is in it", async () => {
    const response = await fetch(`${system.url}/`)
    const policy = response.headers.get("content-security-policy") ?? ""
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
    expect(response.headers.get("referrer-policy")).toBe("no-referrer")
    expect(response.headers.get("cache-control")).toBe("no-store")
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; /)
    for (const rule of ["img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule)
    }
    expect(await response.text()).not.toMatch(/(?:src|href)="(?!data:|#)/)
  })

  test("takes the token out of the address and keeps it for the tab", () =>
    withPage(async (page) => {
      expect(page.url()).toBe(`${system.url}/`)
      await open(page, "clock")
      await page.reload()
      await connected(page)
      expect(page.url()).toBe(`${system.url}/#clock`)
      await page.goBack()
      await page.goBack()
      expect(page.url()).not.toContain(system.token)
    }))

  test("asks for the token when there is none or a wrong one", () =>
    withPage(
      async (page) => {
        const field = page.getByLabel("Admin token, or the whole address")
        await field.waitFor()
        expect(await page.locator("#view-token").textContent()).toContain("effect-dintero serve")
        await expectAccessible(page, "token form")
        await field.fill("a-wrong-one")
        await field.press("Enter")
        await page.getByText("This token was refused").waitFor()
        await expectAccessible(page, "token form after a refusal")
        await field.fill(`${system.url}/#token=${system.token}`)
        await page.getByRole("button", { name: "Open the inspector" }).click()
        await connected(page)
        expect(page.url()).not.toContain(system.token)
      },
      { at: "", refusals: [401] }
    ))

  test("shows a code as it arrives, says it, and copies it", () =>
    withPage(async (page) => {
      const code = await system.sendCode()
      await page.locator("#latest-code", { hasText: code }).waitFor()
      await said(page, code.split("").join(" "))
      await page.getByRole("button", { name: "Copy the code" }).click()
      expect(await copied(page)).toBe(code)
      const later = await system.sendCode()
      await open(page, "outbox")
      const newest = page.locator("#outbox-list li").first()
      expect(await newest.textContent()).toContain(later)
      await newest.getByRole("button", { name: "Copy the code" }).click()
      expect(await copied(page)).toBe(later)
      await said(page, `Copied the code ${later}`)
      await page.getByRole("button", { name: "Clear the outbox" }).click()
      await page.getByRole("heading", { name: "Nothing was sent yet" }).waitFor()
      expect(await page.locator("#latest").isVisible()).toBe(false)
    }))

  test("moves the clock, stops it, and says why it does not go back", () =>
    withPage(
      async (page) => {
        await open(page, "clock")
        const shown = async () => Date.parse((await page.locator("#now").getAttribute("datetime")) ?? "")
        const before = await shown()
        await page.getByRole("button", { name: "24 hours" }).click()
        await page.locator("#clock-note", { hasText: "1 d ahead" }).waitFor()
        expect(await shown()).toBeGreaterThanOrEqual(before + 86_400_000)
        await page.getByLabel("Or by").fill("2")
        await page.getByLabel("Unit").selectOption({ label: "hours" })
        await page.getByRole("button", { name: "Move ahead" }).click()
        await page.locator("#clock-note", { hasText: "1 d 2 h ahead" }).waitFor()
        await page.getByRole("button", { name: /^(?:Freeze|Resume)$/ }).click()
        await page.getByText("It stands still").waitFor()
        const frozen = await shown()
        await page.waitForTimeout(1_200)
        expect(await shown()).toBe(frozen)
        await page.getByLabel("Date and time, in your time zone").fill("2020-01-01T00:00:00")
        await page.getByRole("button", { name: "Set", exact: true }).click()
        await page.locator("#clock-error:not(:empty)").waitFor()
        await page.getByLabel("Date and time, in your time zone").fill("2031-05-04T03:02:01")
        await page.getByRole("button", { name: "Set", exact: true }).click()
        await page.locator("#now", { hasText: "4 May 2031, 03:02:01" }).waitFor()
        await page.getByRole("button", { name: "Let it run again" }).click()
        await page.locator("#now", { hasText: "03:02:03" }).waitFor()
        await page.getByRole("button", { name: "Back to the real time" }).click()
        await page.locator("#clock-note").waitFor({ state: "hidden" })
      },
      { refusals: [400] }
    ))

  test("adds, counts, explains and removes faults", () =>
    withPage(
      async (page) => {
        await open(page, "faults")
        const add = page.locator("#fault-form")
        await add.getByLabel("Operation").selectOption("auth.token")
        await add.getByLabel("Retry-After").selectOption({ label: "in seconds" })
        await add.getByLabel("Probability").fill("3")
        await add.getByRole("button", { name: "Add the rule" }).click()
        await add.locator("#fault-error", { hasText: "match.probability" }).waitFor()
        expect(await add.getByLabel("Probability").getAttribute("aria-invalid")).toBe("true")
        await add.getByLabel("Probability").fill("")
        await add.getByLabel("Calls").fill("1, 3")
        await add.getByRole("button", { name: "Add the rule" }).click()
        const row = page.locator("#faults-rows tr").first()
        await row.getByText("auth.token, calls 1, 3").waitFor()
        expect(await row.textContent()).toContain("Answer with a status 503, retry after 2 s (seconds)")
        expect((await getToken()).status).toBe(503)
        await row.locator('td[data-label="Applied"]', { hasText: "1" }).waitFor()
        await open(page, "journal")
        await page.locator("#journal-rows tr").first().getByText("fault: status").waitFor()
        await open(page, "faults")
        await page.getByRole("button", { name: /^Remove rule/ }).click()
        await page.getByRole("heading", { name: "Nothing goes wrong" }).waitFor()
        for (const kind of ["delay", "drop", "reset", "stall", "truncate", "garbage", "content_type", "expired_token"]) {
          await add.getByLabel("What happens").selectOption(kind)
          await add.getByRole("button", { name: "Add the rule" }).click()
          await said(page, /is added$/)
          await page.locator("#announcer p").evaluateAll((lines) => lines.map((line) => line.remove()))
        }
        // The row of a rule can come after the words that it is added.
        await page.locator("#faults-rows tr").nth(7).waitFor()
        expect(await page.locator("#faults-rows tr").count()).toBe(8)
        const script = page.getByLabel("Fault script, JSON")
        await script.fill("{ nonsense")
        await page.getByRole("button", { name: "Load the script" }).click()
        await page.getByText("This is not JSON").waitFor()
        await script.fill('{ "rules": [{ "fault": { "kind": "status", "status": 200 } }] }')
        await page.getByRole("button", { name: "Load the script" }).click()
        await page.locator("#script-error", { hasText: "rules[0].fault.status" }).waitFor()
        await script.fill('{ "seed": "s", "rules": [{ "match": { "times": 1 }, "fault": { "kind": "garbage" } }] }')
        await page.getByRole("button", { name: "Load the script" }).click()
        await page.locator("#faults-rows").getByText("at most 1 time").waitFor()
        expect(await page.locator("#faults-rows tr").count()).toBe(1)
        await page.getByRole("button", { name: "Remove all faults" }).click()
        await page.getByRole("heading", { name: "Nothing goes wrong" }).waitFor()
      },
      { refusals: [400] }
    ))

  test("shows requests as they come, as text, and opens, filters, holds and clears them", () =>
    withPage(async (page) => {
      await open(page, "journal")
      await page.getByRole("button", { name: "Clear the journal" }).click()
      await page.getByRole("heading", { name: "No request yet" }).waitFor()
      expect(await page.locator("#journal-empty").textContent()).toContain("curl")
      const hostile = `/accounts/${system.accountId}/customers/settingss?x=<img src=x onerror=alert(1)>`
      await call(hostile)
      await getToken()
      const rows = page.locator("#journal-rows tr[data-id]")
      await rows.nth(1).waitFor()
      expect(await page.locator("#journal-rows img").count()).toBe(0)
      expect(await rows.first().textContent()).toContain("200 OK")
      await rows.nth(1).locator(".opener").press("Enter")
      const detail = page.locator("#journal-rows tr.detail")
      await detail.waitFor()
      expect(await detail.textContent()).toContain("Did you mean")
      await rows.nth(1).click()
      await detail.waitFor({ state: "detached" })
      await rows.first().locator(".opener").press("Enter")
      expect(await detail.textContent()).toContain('"grant_type": "client_credentials"')
      expect(await detail.textContent()).toContain("<redacted>")
      expect(await detail.textContent()).toContain(system.callerId)
      await view(page, "journal").getByLabel("Status").selectOption("4")
      await page.locator("#journal-summary", { hasText: "1 of 2 requests" }).waitFor()
      await view(page, "journal").getByLabel("Status").selectOption("")
      await view(page, "journal").getByLabel("Operation").selectOption("auth.token")
      await page.locator("#journal-summary", { hasText: /^1 request$/ }).waitFor()
      await view(page, "journal").getByLabel("Operation").selectOption("none")
      await rows.first().locator(".c-operation", { hasText: "unknown path" }).waitFor()
      expect(await rows.count()).toBe(1)
      await view(page, "journal").getByLabel("Operation").selectOption("")
      await page.locator("#journal-summary", { hasText: "2 requests" }).waitFor()
      await view(page, "journal").getByLabel("Text").fill("nothing has this")
      await page.getByRole("heading", { name: "No request fits the filter" }).waitFor()
      await view(page, "journal").getByLabel("Text").fill("")
      await page.getByRole("button", { name: "Pause" }).click()
      await getToken()
      await page.locator("#journal-summary", { hasText: "paused, 1 more wait" }).waitFor()
      expect(await rows.count()).toBe(2)
      await page.getByRole("button", { name: "Pause" }).click()
      await rows.nth(2).waitFor()
    }))

  test("keeps the last thousand requests, and draws no more than once for a frame", () =>
    withPage(async (page) => {
      await open(page, "journal")
      await page.evaluate(() => {
        const counts = { changes: 0, frames: 0 }
        Object.assign(window, { counts })
        const body = document.querySelector("#journal-rows")
        if (body !== null) new MutationObserver(() => counts.changes++).observe(body, { childList: true })
        const frame = () => {
          counts.frames++
          requestAnimationFrame(frame)
        }
        requestAnimationFrame(frame)
      })
      for (let batch = 0; batch < 22; batch++) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => call(`/of-batch/${batch}/${index}`)))
      }
      await page.locator("#journal-rows .opener", { hasText: "/of-batch/21/" }).first().waitFor()
      await page.locator("#journal-summary", { hasText: "1,000 requests" }).waitFor()
      expect(await page.locator("#journal-rows tr[data-id]").count()).toBe(1_000)
      const { changes, frames } = await page.evaluate(
        () => (window as unknown as { counts: { changes: number; frames: number } }).counts
      )
      expect(changes).toBeLessThanOrEqual(frames + 1)
      await page.getByRole("button", { name: "Clear the journal" }).click()
    }))

  test("loads the newest requests and messages, and older ones when they are asked for", () =>
    withPage(async (page) => {
      const token = await getToken()
      // Seam: the answer of a token endpoint.
      const { access_token } = (await token.json()) as { readonly access_token: string }
      const controls = { authorization: `Bearer ${system.token}` }
      for (const list of ["journal", "outbox"]) {
        await fetch(`${system.url}/_embedded/${list}`, { method: "DELETE", headers: controls })
      }
      await call(`/accounts/${system.accountId}/customers/users`, {
        method: "POST",
        headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
        body: JSON.stringify({ type: "customer", customer_id: "long", metadata: { note: "n".repeat(20_000) } })
      })
      for (let i = 2; i <= 130; i++) await call(`/of-older/${i}`)
      await system.sendMessages(130)
      await page.reload()
      await connected(page)

      await open(page, "journal")
      const rows = page.locator("#journal-rows tr[data-id]")
      await page.locator("#journal-summary", { hasText: /^the newest 100 requests$/ }).waitFor()
      expect(await rows.count()).toBe(100)
      expect(await page.locator('nav a[href="#journal"] .count').textContent()).toBe("100+")
      await page.getByRole("button", { name: "Show older requests" }).click()
      await page.locator("#journal-summary", { hasText: /^130 requests$/ }).waitFor()
      expect(await rows.count()).toBe(130)
      await said(page, "30 requests more")
      expect(await page.getByRole("button", { name: "Show older requests" }).count()).toBe(0)
      await page.waitForFunction(() => document.activeElement?.textContent?.endsWith("/of-older/30") === true)
      await page.keyboard.press("End")
      await page.keyboard.press("Enter")
      const detail = page.locator("#journal-rows tr.detail")
      await detail
        .getByText(/^It has 20,\d{3} bytes\. This is the part of it that is kept\.$/)
        .first()
        .waitFor()
      expect(await detail.locator("pre").first().textContent()).toMatch(/"note": "n{512}…"/)
      await expectAccessible(page, "journal with a body that is cut")

      await open(page, "outbox")
      const messages = page.locator("#outbox-list li")
      expect(await messages.count()).toBe(100)
      await page.getByRole("button", { name: "Show older messages" }).click()
      await messages.nth(129).waitFor()
      expect(await messages.nth(129).textContent()).toContain("Message 1 of 130")
      expect(await page.getByRole("button", { name: "Show older messages" }).count()).toBe(0)
      await page.getByRole("button", { name: "Clear the outbox" }).click()
    }))

  test("copies calls that work, with the secret that the screen does not show", () =>
    withPage(async (page) => {
      const client = page.locator("details.client").first()
      const shown = () => client.textContent()
      expect(await shown()).not.toContain(system.clientSecret)

      await client.getByRole("button", { name: "Copy the curl commands" }).click()
      await said(page, "Copied the curl commands, with the secret")
      const curl = await copied(page)
      expect(curl).toContain(`'${system.clientId}:${system.clientSecret}'`)
      const { stdout } = await run("sh", ["-c", curl])
      expect(JSON.parse(stdout)).toHaveProperty("users")

      await page.getByRole("radio", { name: "Environment" }).check()
      await client.getByRole("button", { name: "Copy the environment variables" }).click()
      expect((await copied(page)).trim().split("\n")).toEqual([
        `DINTERO_ACCOUNT_ID=${system.accountId}`,
        `DINTERO_CLIENT_ID=${system.clientId}`,
        `DINTERO_CLIENT_SECRET=${system.clientSecret}`,
        `DINTERO_BASE_URL=${system.url}/v1`
      ])

      await page.getByRole("radio", { name: "Effect" }).check()
      await client.getByRole("button", { name: "Copy the Effect program" }).click()
      const program = await copied(page)
      expect(program).toContain(`Redacted.make("${system.clientSecret}")`)
      // In the project, so that its packages are found.
      const folder = join(import.meta.dirname, "..", "..", ".tmp", "inspector")
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, "copied.ts"), program)
      try {
        const tsx = join(import.meta.dirname, "..", "..", "node_modules", ".bin", "tsx")
        const printed = await run(tsx, [join(folder, "copied.ts")], { cwd: join(import.meta.dirname, "..", "..") })
        expect(printed.stdout).toContain("customer_id_format")
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }

      expect(await shown()).not.toContain(system.clientSecret)
      const toggle = client.getByRole("button", { name: `Show the secret of ${system.clientId}` })
      await toggle.click()
      expect(await toggle.getAttribute("aria-pressed")).toBe("true")
      expect(await shown()).toContain(system.clientSecret)
      await client.getByRole("button", { name: `Copy the secret of ${system.clientId}` }).click()
      expect(await copied(page)).toBe(system.clientSecret)
    }))

  test("takes, restores, forks and resets accounts", () =>
    withPage(
      async (page) => {
        const action = (name: string, id = system.accountId) => page.getByRole("button", { name: `${name}: ${id}` })
        const download = page.waitForEvent("download")
        await action("Take a snapshot").click()
        const path = await (await download).path()

        const choose = async (file: { name: string; mimeType: string; buffer: Buffer }) => {
          const chooser = page.waitForEvent("filechooser")
          await action("Restore from a file").click()
          await (await chooser).setFiles(file)
        }
        const mimeType = "application/json"
        await choose({ name: "wrong.json", mimeType, buffer: Buffer.from("{") })
        await page.locator("#problem", { hasText: "wrong.json is not JSON" }).waitFor()
        await expectAccessible(page, "a problem")
        await page.getByRole("button", { name: "Dismiss" }).click()
        await choose({ name: "kept.json", mimeType, buffer: readFileSync(path) })
        const dialog = page.getByRole("dialog")
        await dialog.getByText("is replaced by what is in kept.json").waitFor()
        await dialog.getByRole("button", { name: "Restore" }).click()
        await dialog.waitFor({ state: "hidden" })

        const fork = `${system.accountId.slice(0, 1)}99999990`
        await action("Fork").click()
        await dialog.getByRole("textbox").fill("nonsense")
        await dialog.getByRole("textbox").press("Enter")
        await dialog.locator("#dialog-error:not(:empty)").waitFor()
        await expectAccessible(page, "the fork dialog with an error")
        await dialog.getByRole("textbox").fill(fork)
        await dialog.getByRole("button", { name: "Fork" }).click()
        await page.getByRole("heading", { name: fork }).waitFor()
        await said(page, `${system.accountId} is forked as ${fork}`)

        await action("Reset", fork).click()
        await expectAccessible(page, "the reset dialog")
        // What destroys is not what Enter does.
        await page.keyboard.press("Enter")
        await dialog.waitFor({ state: "hidden" })
        expect(await action("Reset", fork).evaluate((element) => element === document.activeElement)).toBe(true)
        await action("Reset", fork).click()
        await dialog.getByRole("button", { name: "Reset" }).click()
        await dialog.waitFor({ state: "hidden" })
        await said(page, `${fork} is reset`)
      },
      { refusals: [400, 409] }
    ))

  test("shows the customers of an account, and finds them", () =>
    withPage(async (page) => {
      await page.locator("article.account a").first().click()
      await page.locator("#customers-rows tr").first().waitFor()
      expect(await view(page, "customers").getByLabel("Account", { exact: true }).inputValue()).toBe(system.accountId)
      await view(page, "customers").getByLabel("Begins with").fill("ada@")
      await page.locator("#customers-summary", { hasText: "1 customer that fits" }).waitFor()
      expect(await page.locator("#customers-rows tr").count()).toBe(1)
      await view(page, "customers").getByLabel("Begins with").fill("nobody has this")
      await page.getByRole("heading", { name: "No customer fits the filter" }).waitFor()
    }))

  describe("of a system with many customers", () => {
    let many: System
    let own: Scope.CloseableScope
    let authorization: string
    const odd = "a/../<b> 100%"

    const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const response = await fetch(`${many.url}/v1/accounts/${many.accountId}/customers${path}`, {
        method,
        headers: { authorization, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      expect(response.status, `${method} ${path}`).toBeLessThan(300)
      return response.status === 204 ? undefined : await response.json()
    }

    const create = (customer: object): Promise<unknown> => send("POST", "/users", { type: "customer", ...customer })

    const makeTag = async (tag: string): Promise<string> => {
      const { id } = (await send("POST", "/tags", { tag })) as { readonly id: string }
      return id
    }

    beforeAll(async () => {
      ;[many, own] = await start()
      const { access_token } = (await (await getToken(many)).json()) as { readonly access_token: string }
      authorization = `Bearer ${access_token}`
      for (let n = 0; n < 240; n++) await create({ customer_id: `c${n}`, first_name: "Kari", last_name: `N${n}` })
      await create({ customer_id: "acme", type: "company", company: { bussiness_name: "Acme" } })
      await create({ customer_id: "gone", email: "gone@example.com" })
      await create({
        customer_id: odd,
        first_name: "שלום <img src=x onerror=alert(1)>",
        last_name: "x".repeat(300),
        email: "odd@example.com",
        phone_number: "+4790000001",
        status: "GOLD",
        marketing_consent: { sms: { consent: true }, push: ["<i>"] },
        attributes: { long: "y".repeat(5_000), turned: "\u202eabc" },
        metadata: { html: "<script>alert(1)</script>" },
        password: "the-password-of-it",
        pin: "918273"
      })
      const path = `/users/${encodeURIComponent(odd)}`
      await send("PUT", `${path}/tags`, [await makeTag("VIP"), await makeTag("<b>bold</b>")])
      await send("POST", `${path}/tokens`, { token_id: "mine", type: "card", value: "4571" })
      await send("POST", "/tokens/events", {
        token: { type: "card", value: "4571" },
        event: { event: "signed up", status: "OPT_IN" }
      })
      await send("DELETE", "/users/gone")
    }, 60_000)

    afterAll(async () => {
      if (own !== undefined) await Effect.runPromise(Scope.close(own, Exit.void))
    }, 60_000)

    const rows = (page: Page) => page.locator("#customers-rows tr")
    const summary = (page: Page, hasText: string | RegExp) => page.locator("#customers-summary", { hasText }).waitFor()
    const names = (page: Page) => page.locator("#customers-rows th a").allTextContents()

    /** Counts the requests of the page for customers, by their query. */
    const countQueries = (page: Page): ReadonlyArray<string> => {
      const queries: Array<string> = []
      page.on("request", (request) => {
        const [, query = ""] = /\/customers\?(.*)$/.exec(request.url()) ?? []
        if (request.url().includes("/customers")) queries.push(query)
      })
      return queries
    }

    test("shows them page by page, and stays where the reader is", () =>
      withPage(
        async (page) => {
          const queries = countQueries(page)
          await open(page, "customers")
          await summary(page, "the newest 100 of 243 customers")
          expect(await rows(page).count()).toBe(100)
          expect((await names(page)).slice(1, 3)).toEqual(["Acme", "Kari N239"])
          const more = page.getByRole("button", { name: "Show more" })
          await more.press("Enter")
          await said(page, "100 customers more")
          expect(await rows(page).count()).toBe(200)
          expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Kari N141")
          await more.press("Enter")
          await summary(page, /^243 customers$/)
          expect(await more.count()).toBe(0)
          expect(new Set(await names(page)).size).toBe(243)
          expect(queries.length).toBe(3)
          // From a customer back to the list, it is as it was.
          await page.getByRole("link", { name: "Kari N3", exact: true }).click()
          await page.locator("#customer-title", { hasText: "Kari N3" }).waitFor()
          await page.goBack()
          await summary(page, /^243 customers$/)
          expect(await rows(page).count()).toBe(243)
        },
        { of: many }
      ))

    test("searches when the typing pauses, and gives up what is overtaken", () =>
      withPage(
        async (page) => {
          await open(page, "customers")
          await summary(page, "the newest 100")
          const queries = countQueries(page)
          const field = view(page, "customers").getByLabel("Begins with")
          await field.pressSequentially("kari n23", { delay: 1 })
          await summary(page, "11 customers that fit")
          expect(queries).toEqual(["search=kari+n23"])
          expect((await names(page)).slice(0, 2)).toEqual(["Kari N23", "Kari N230"])
          // An answer that comes too late is not shown.
          let isHeld = false
          await page.route("**/customers?search=c1*", async (route) => {
            isHeld = true
            await new Promise((resolve) => setTimeout(resolve, 500))
            await route.continue().catch(() => undefined)
          })
          await field.fill("c1")
          while (!isHeld) await page.waitForTimeout(10)
          await field.fill("acme")
          await summary(page, "1 customer that fits")
          await page.waitForTimeout(700)
          expect(await names(page)).toEqual(["Acme"])
          await field.fill("%")
          await page.getByRole("heading", { name: "No customer fits the filter" }).waitFor()
          await page.getByRole("button", { name: "Clear the filter" }).click()
          await summary(page, "the newest 100")
          expect(await page.evaluate(() => document.activeElement?.id)).toBe("customers-text")
        },
        // What is overtaken is a request without an answer.
        { of: many, isCut: true }
      ))

    test("filters by type and tag, shows deleted ones on request, and has all of it in its address", () =>
      withPage(
        async (page) => {
          await open(page, "customers")
          const filter = (label: string) => view(page, "customers").getByLabel(label)
          await filter("Type").selectOption("company")
          await summary(page, "1 customer that fits")
          expect(await names(page)).toEqual(["Acme"])
          await filter("Type").selectOption("")
          await filter("Tag").selectOption({ label: "VIP" })
          await summary(page, "1 customer that fits")
          await filter("Tag").selectOption("")
          await filter("Deleted ones").selectOption({ label: "shown too" })
          await rows(page).nth(1).getByText("deleted").waitFor()
          const address = page.url()
          expect(address).toContain(`#customers?account_id=${many.accountId}&include_deleted=true`)
          await open(page, "clock")
          // The navigation leaves the filter as it was.
          await open(page, "customers")
          expect(page.url()).toBe(address)
          const other = await page.context().newPage()
          await other.goto(`${many.url}/#token=${many.token}`)
          await connected(other)
          await other.goto(address)
          await rows(other).nth(1).getByText("deleted").waitFor()
          await rows(other).nth(1).getByRole("link").click()
          await view(other, "customers").getByText("Nothing else is left of a deleted customer.").waitFor()
          await other.close()
        },
        { of: many }
      ))

    test("shows one with what belongs to it, as text, and without a secret", () =>
      withPage(
        async (page) => {
          const answers: Array<Promise<string>> = []
          page.on("response", (response) => {
            if (response.url().includes("/customer")) answers.push(response.text())
          })
          await open(page, "customers")
          await rows(page).first().getByRole("link").click()
          await page.locator("#customer-title", { hasText: "שלום" }).waitFor()
          expect(await page.evaluate(() => document.activeElement?.id)).toBe("title-customers")
          const section = view(page, "customers")
          const shown = (await section.textContent()) ?? ""
          for (const text of [odd, "<img src=x", "<script>alert(1)</script>", "<b>bold</b>", '["<i>"]', "GOLD", "\\u202eabc"]) {
            expect(shown).toContain(text)
          }
          expect(await section.locator("img, script, b, i").count()).toBe(0)
          const fact = (name: string) => section.locator("dl > div", { has: page.locator("dt", { hasText: name }) }).locator("dd")
          expect(await fact("Password").textContent()).toBe("yes")
          expect(await fact("PIN").textContent()).toBe("yes")
          expect(await fact("Phone").textContent()).toContain("not verified")
          expect(await page.locator("#consents-rows tr").first().textContent()).toContain("given")
          const [token] = await page.locator("#tokens-rows tr").allTextContents()
          for (const text of ["card", "4571", "mine", "GOLD", "signed up"]) expect(token).toContain(text)
          for (const text of [shown, ...(await Promise.all(answers))]) {
            for (const secret of ["the-password-of-it", "918273", "$scrypt"]) expect(text).not.toContain(secret)
          }
          // It follows what the API changes.
          await send("PUT", `/users/${encodeURIComponent(odd)}`, { status: "SILVER" })
          await page.locator("#tokens-rows").getByText("SILVER").waitFor()
          await send("PUT", `/users/${encodeURIComponent(odd)}`, { status: "GOLD" })
          await section.getByRole("link", { name: "VIP" }).click()
          await summary(page, "1 customer that fits")
        },
        { of: many }
      ))

    test("leads from a customer to its requests and messages, and back", () =>
      withPage(
        async (page) => {
          const address = (id: string) =>
            `${many.url}/#customers?account_id=${many.accountId}&customer_id=${encodeURIComponent(id)}`
          await page.goto(address("ada"))
          await page.getByRole("link", { name: "Messages to it" }).first().waitFor()
          const code = await many.sendCode()
          await page.getByRole("link", { name: "Messages to it" }).last().click()
          await page.locator("#outbox-list", { hasText: code }).waitFor()
          expect(await view(page, "outbox").getByLabel("Recipient").inputValue()).toBe("+4799999999")
          await view(page, "outbox").getByLabel("Recipient").fill("nobody")
          await page.getByRole("heading", { name: "No message fits the filter" }).waitFor()

          await page.goto(address("acme"))
          await page.getByRole("link", { name: "Requests about this customer" }).click()
          const journal = view(page, "journal")
          await page.locator("#journal-summary", { hasText: /^1 request$/ }).waitFor()
          expect(await journal.getByLabel("Customer").inputValue()).toBe("acme")
          await send("GET", "/users/acme")
          await send("GET", "/users/ada")
          await send("GET", "/users/acme/tags")
          await page.locator("#journal-summary", { hasText: /^3 requests$/ }).waitFor()
          await journal.getByLabel("Operation").selectOption("customers.users.get")
          await page.locator("#journal-summary", { hasText: /^1 request$/ }).waitFor()
          await page.reload()
          await connected(page)
          await page.locator("#journal-summary", { hasText: /^1 request$/ }).waitFor()
          await page.locator("#journal-rows .opener").press("Enter")
          await page.locator("#journal-rows tr.detail").getByRole("link", { name: "acme" }).click()
          await page.locator("#customer-title", { hasText: "Acme" }).waitFor()
          await page.goBack()
          await page.getByRole("button", { name: "Clear the filter" }).click()
          await page.locator("#journal-summary", { hasText: /^the newest 1\d\d requests$/ }).waitFor()
          expect(page.url()).toBe(`${many.url}/#journal`)
        },
        { of: many }
      ))

    test("says when a link is to a customer that there is not", () =>
      withPage(
        async (page) => {
          await page.goto(`${many.url}/#customers?customer_id=nobody`)
          await page.getByRole("heading", { name: "There is no such customer" }).waitFor()
          await page.getByRole("link", { name: "Back to the customers" }).click()
          await summary(page, "the newest 100")
        },
        { of: many, refusals: [404] }
      ))

    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 1280]) {
        test(`is accessible, ${colorScheme}, ${width} pixels wide`, () =>
          withPage(
            async (page) => {
              const at = (where: string) => expectAccessible(page, `${where}, ${colorScheme}, ${width}`)
              await open(page, "customers")
              await summary(page, "the newest 100")
              await at("a list of customers")
              await page.locator("#customers-rows a").first().click()
              await page.locator("#tokens-rows tr").waitFor()
              await at("a customer")
              await page.getByRole("link", { name: "Requests about this customer" }).click()
              await page.locator("#journal-rows .opener").first().press("Enter")
              await at("the requests about a customer")
              await page.goto(`${many.url}/#customers?customer_id=gone`)
              await view(page, "customers").getByText("Nothing else is left").waitFor()
              await at("a deleted customer")
              await page.goto(`${many.url}/#customers?search=nobody`)
              await page.getByRole("heading", { name: "No customer fits the filter" }).waitFor()
              await at("no customer")
              await page.goto(`${many.url}/#outbox?recipient=nobody`)
              await page.getByRole("heading", { name: "No message fits the filter" }).waitFor()
              await at("no message")
            },
            { of: many, colorScheme, viewport: { width, height: 740 } }
          ))
      }
    }
  })

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280]) {
      test(`is accessible in every section, ${colorScheme}, ${width} pixels wide`, () =>
        withPage(
          async (page) => {
            const at = (where: string) => expectAccessible(page, `${where}, ${colorScheme}, ${width}`)
            await open(page, "journal")
            await page.getByRole("button", { name: "Clear the journal" }).click()
            for (const section of sections) {
              await open(page, section)
              await at(`${section}, as it starts`)
            }
            await system.sendCode()
            await getToken()
            await call("/nowhere")
            for (const section of sections) {
              await open(page, section)
              if (section === "accounts") {
                await page
                  .locator("details.client")
                  .last()
                  .evaluate((element: HTMLDetailsElement) => {
                    element.open = true
                  })
                await page
                  .getByRole("button", { name: /^Show the secret/ })
                  .first()
                  .click()
              }
              if (section === "journal") {
                for (const row of await page.locator("#journal-rows tr[data-id] .opener").all()) await row.click()
              }
              if (section === "customers") await page.locator("#customers-rows tr").first().waitFor()
              if (section === "clock") {
                await page.getByRole("button", { name: /^(?:Freeze|Resume)$/ }).click()
                await view(page, section).getByLabel("Or by").fill("-1")
                await page.getByRole("button", { name: "Move ahead" }).click()
                await page.locator("#clock-error:not(:empty)").waitFor()
              }
              if (section === "faults") {
                await view(page, section).getByLabel("Retry-After").selectOption("date")
                await page.getByRole("button", { name: "Add the rule" }).click()
                await page.locator("#faults-rows tr").first().waitFor()
                await view(page, section).getByLabel("Calls").fill("x")
                await page.getByRole("button", { name: "Add the rule" }).click()
                await page.locator("#fault-error:not(:empty)").waitFor()
              }
              await at(section)
            }
            await open(page, "accounts")
            await page.getByRole("button", { name: /^Fork/ }).first().click()
            await at("a dialog")
            await page.keyboard.press("Escape")
            await open(page, "clock")
            await page.getByRole("button", { name: "Back to the real time" }).click()
            await open(page, "faults")
            await page.getByRole("button", { name: "Remove all faults" }).click()
            await page.getByRole("heading", { name: "Nothing goes wrong" }).waitFor()
          },
          { colorScheme, viewport: { width, height: 740 }, refusals: [400] }
        ))
    }
  }

  /** Goes once round by Tab, and answers what had the focus; nothing may have it invisibly. */
  const tabThrough = async (page: Page): Promise<ReadonlyArray<string>> => {
    const seen: Array<string> = []
    // By script alone a focus need not be drawn, so it is Tab that gets there.
    await page.locator("#skip").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    for (let stop = 0; stop < 200; stop++) {
      if (stop > 0) await page.keyboard.press("Tab")
      const stopped = await page.evaluate(() => {
        const element = document.activeElement
        if (!(element instanceof HTMLElement) || element === document.body) return undefined
        const drawn = element.matches(".choice input") ? (element.nextElementSibling ?? element) : element
        const isVisible = getComputedStyle(drawn).outlineStyle !== "none" && drawn.getClientRects().length > 0
        element.dataset.stop ??= String(Math.random())
        return { id: element.dataset.stop, isVisible, html: element.outerHTML.slice(0, 120) }
      })
      if (stopped === undefined || seen[0] === stopped.id) break
      expect(stopped.isVisible, stopped.html).toBe(true)
      if (seen.at(-1) !== stopped.id) seen.push(stopped.id)
    }
    return seen
  }

  test("can be used by keyboard alone", () =>
    withPage(async (page) => {
      await system.sendCode()
      await getToken()
      await call("/nowhere")
      for (const section of sections) {
        const link = page.locator(`nav a[href="#${section}"]`)
        await link.focus()
        await page.keyboard.press("Enter")
        await page.locator(`#view-${section}`).waitFor()
        if (section === "customers") await page.locator("#customers-rows tr").first().waitFor()
        expect(await page.evaluate(() => document.activeElement?.id)).toBe(`title-${section}`)
        const seen = await tabThrough(page)
        const missed = await page.evaluate((stops) => {
          const controls = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")
          return (
            Array.from(controls)
              .filter((element) => element.checkVisibility() && element.getAttribute("tabindex") !== "-1")
              // Of the radios that belong together, Tab stops at the one that is chosen.
              .filter((element) => !element.matches('input[type="radio"]:not(:checked)'))
              .filter((element) => element instanceof HTMLElement && !stops.includes(element.dataset.stop ?? ""))
              .map((element) => element.outerHTML.slice(0, 160))
          )
        }, seen)
        expect(missed, section).toEqual([])
        // In the order in which they stand.
        const inOrder = await page.evaluate(() =>
          Array.from(document.querySelectorAll<HTMLElement>("[data-stop]")).map(({ dataset }) => dataset.stop)
        )
        expect(seen).toEqual(inOrder)
        await page.evaluate(() => {
          for (const element of Array.from(document.querySelectorAll("[data-stop]"))) element.removeAttribute("data-stop")
        })
      }

      const isFocused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement)
      await open(page, "journal")
      const openers = page.locator("#journal-rows .opener")
      await openers.first().focus()
      await page.keyboard.press("ArrowDown")
      expect(await isFocused(openers.nth(1))).toBe(true)
      await page.keyboard.press("Home")
      expect(await isFocused(openers.first())).toBe(true)
      await page.keyboard.press("Enter")
      await page.locator("#journal-rows tr.detail").waitFor()
      expect(await openers.first().getAttribute("aria-expanded")).toBe("true")

      await page.reload()
      await connected(page)
      await page.keyboard.press("Tab")
      expect(await isFocused(page.locator("#skip"))).toBe(true)
      await page.keyboard.press("Enter")
      expect(await isFocused(page.locator("main"))).toBe(true)
    }))

  test("says so when the system is gone", async () => {
    const [other, own] = await start()
    await withPage(
      async (page) => {
        await Effect.runPromise(Scope.close(own, Exit.void))
        await page.locator('#connection[data-state="lost"]', { hasText: "reconnecting" }).waitFor()
        await said(page, "The connection is lost")
        await page.getByRole("button", { name: "Try now" }).waitFor()
        await open(page, "outbox")
        await page.getByRole("button", { name: "Clear the outbox" }).click()
        await page.locator("#problem", { hasText: "The system does not answer" }).waitFor()
        await expectAccessible(page, "without a system")
      },
      // The browser logs each request that gets no answer, which is what this is about.
      { of: other, isCut: true }
    )
  })
})
