/**
 * A real Chromium for the tests of pages. It is not installed with the project: it comes from the system.
 */
import { accessSync, constants } from "node:fs"
import { env } from "node:process"
import { type Browser, chromium } from "playwright-core"
import { needed } from "../utils/Needed.js"

const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
]

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `CHROMIUM_PATH`, or else where it usually is. */
const executable = (env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : usual).find(isExecutable)

export const isThere = executable !== undefined

export const reason = "no Chromium; install it with apt-get install chromium, or give its path as CHROMIUM_PATH"

export const availability = needed(isThere, reason)

export const launch = (): Promise<Browser> => {
  if (executable === undefined) return Promise.reject(new Error(`There is ${reason}.`))
  return chromium.launch({
    executablePath: executable,
    // Without a sandbox, which containers do not let it have; it sees only pages of this project.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
  })
}
