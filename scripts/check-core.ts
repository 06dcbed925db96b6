/**
 * The core takes time, chance, settings and waiting from Effect, so that a test can hold them, and retries by its own policy.
 * This finds what goes round that, in the code and not in its comments.
 */
import { readFileSync } from "node:fs"
import ts from "typescript"
import { filesBelow, shown } from "./lib/Shell.js"

const files = [
  ...["schemas", "contract", "policies", "services", "internal", "layers/http", "layers/sessions", "layers/stores"].flatMap(
    (room) => filesBelow(`src/${room}`, ".ts")
  ),
  ...filesBelow("src/layers", ".ts").filter((path) => /\/layers\/[^/]+\.ts$/.test(path.replaceAll("\\", "/")))
]

const members: Readonly<Record<string, string>> = {
  "process.env": "Settings come from Config or from the layer's options.",
  "Date.now": "Ask the Clock service (Clock.currentTimeMillis).",
  "Math.random": "Ask the Random service.",
  "performance.now": "Ask the Clock service (Clock.currentTimeNanos).",
  "Schedule.jittered": "It draws from 80 to 120 per cent of the delay; jitter belongs to RetryPolicy.",
  "Schedule.jitteredWith": "Jitter belongs to RetryPolicy.",
  "HttpClient.retryTransient": "It repeats what must not be repeated and does not read Retry-After; use RetryPolicy."
}

const calls: Readonly<Record<string, string>> = {
  setTimeout: "Wait with Effect.sleep or the Clock service, so that TestClock moves it.",
  setInterval: "Wait with Effect.schedule or the Clock service, so that TestClock moves it.",
  retryTransient: members["HttpClient.retryTransient"] ?? ""
}

/** Its timer is for the machine's own clock alone; every other clock is slept on. */
const hasTimer = "src/layers/http/Deadlines.ts"

const found: Array<string> = []
for (const path of files) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true)
  const report = (node: ts.Node, what: string, why: string) => {
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source))
    found.push(`${shown(path)}:${line + 1}:${character + 1}  ${what}  ${why}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const name = node.getText(source).replace(/^globalThis\./, "")
      const why = members[name] ?? calls[name]
      if (why !== undefined) report(node, name, why)
    } else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const { text } = node.expression
      const why = text === "setTimeout" && shown(path) === hasTimer ? undefined : calls[text]
      if (why !== undefined) report(node, text, why)
    } else if (ts.isNewExpression(node) && node.expression.getText(source) === "Date" && (node.arguments?.length ?? 0) === 0) {
      report(node, "new Date()", members["Date.now"] ?? "")
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

if (found.length > 0) {
  console.error(found.join("\n"))
  process.exitCode = 1
} else {
  console.log(`${files.length} files`)
}
