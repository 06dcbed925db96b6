// Prints, from a JSON report of Vitest: tests passed, tests failed, tests skipped or to do, files that failed outside their tests.
import { readFileSync } from "node:fs"

const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))
const outside = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")
)
console.log(report.numPassedTests, report.numFailedTests, report.numPendingTests + report.numTodoTests, outside.length)
