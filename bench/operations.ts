/**
 * What more operations cost a user: the import of the package, and the type-check of a program, with 30 operations more than today's 81.
 *
 * Both are built from the source in the same way. They are measured in processes that take turns, by CPU time.
 */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Builds from "./Builds.js"
import { type Bench, type Figure, median } from "./Figure.js"
import { node, root } from "./Processes.js"
import * as SimulatedOperations from "./SimulatedOperations.js"

const more = 30

const folder = join(root, ".tmp", "bench", "operations")
/** ms of CPU time of a cold import, in a process of its own. */
const importTime = async (place: string): Promise<number> => {
  const code = `
    const begun = process.cpuUsage()
    await import(${JSON.stringify(pathToFileURL(join(place, "dist", "index.js")).href)})
    const { system, user } = process.cpuUsage(begun)
    process.stdout.write(String((user + system) / 1000))`
  return Number(await node(["--input-type=module", "--eval", code]))
}

/** What an application and its test have of the package. The test's layer makes the compiler look at every method. */
const userProgram = `import { Auth, Customers, Dintero, RetryPolicy, type CustomersService, type ErrorOf } from "effect-dintero"
import { Effect, Redacted } from "effect"

const audience = "https://api.dintero.com/v1/accounts/T12345678"

export const login = (email: string, password: Redacted.Redacted) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const settings = yield* customers.settings.get()
    const session = yield* customers.password.login({ type: "customer", email, password, audience })
    return { format: settings.users?.customer_id_format, session }
  }).pipe(
    Effect.catchTags({
      CredentialsRefused: () => Effect.succeed("refused" as const),
      MfaRequired: ({ mfaToken }) => Effect.succeed(mfaToken),
      RateLimited: ({ retryAfter }) => Effect.succeed(retryAfter)
    })
  )

export const keys = Effect.flatMap(Auth, (auth) => auth.keys())

export type LoginError = ErrorOf<CustomersService["password"]["login"]>

export const layer = Dintero.layer({
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.default.pipe(RetryPolicy.attempts(5))
})

export const test = login("ada@example.com", Redacted.make("correct horse")).pipe(
  Effect.provide(
    Dintero.layerTest({
      customers: { settings: { get: () => Effect.succeed({ users: { customer_id_format: "sequence" } }) } }
    })
  )
)
`

/** What a program that calls more operations adds: lists, streams of their pages, one thing and a change, with their errors. */
const moreCalls = `import { Customers } from "effect-dintero"
import { Effect } from "effect"

export const more = Effect.gen(function* () {
  const { simulated } = yield* Customers
  const page = yield* simulated.carts.list({ limit: 10 })
  const [first] = page.items
  const one = yield* simulated.vouchers.get(first?.id ?? "none")
  const made = yield* simulated.offers.create({ type: "customer", email: one.email ?? "ada@example.com" })
  const changed = yield* simulated.orders.update(made.id, { type: "company" })
  yield* simulated.visits.remove(changed.id)
  return yield* simulated.offers.move({ id: changed.id, to: "elsewhere" }, { type: "contact" })
}).pipe(
  Effect.catchTags({
    NotFound: ({ message }) => Effect.succeed(message),
    InvalidRequest: ({ issues }) => Effect.succeed(issues)
  })
)
`

interface TypeCheck {
  readonly millis: number
  readonly types: number
}

/** A project that has the package in its `node_modules`. */
const userProject = (name: string, place: string, programs: ReadonlyArray<string>): string => {
  const project = join(folder, `user-of-${name}`)
  mkdirSync(join(project, "node_modules"), { recursive: true })
  // Without it the project would be a part of this package, and the package's name would mean the package itself.
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }))
  symlinkSync(place, join(project, "node_modules", "effect-dintero"))
  const files = programs.map((text, index) => {
    const file = `${index}.ts`
    writeFileSync(join(project, file), text)
    return file
  })
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        module: "NodeNext",
        moduleResolution: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        noEmit: true,
        types: []
      },
      files
    })
  )
  return project
}

const typeCheck = async (project: string): Promise<TypeCheck> => {
  const code = `
    process.on("exit", () => {
      const { system, user } = process.cpuUsage()
      process.stdout.write("\\nCPU " + (user + system) / 1000)
    })
    process.argv.push("tsc", "-p", ${JSON.stringify(project)}, "--extendedDiagnostics")
    require(${JSON.stringify(Builds.tsc)})`
  const printed = await node(["--eval", code])
  return {
    millis: Number(/^CPU (.*)$/m.exec(printed)?.[1]),
    types: Number(/^Types:\s*(\d+)/m.exec(printed)?.[1])
  }
}

/** The places in turns, which of them is first changes with each round. One list of results for each place. */
const inTurns = async <A>(
  rounds: number,
  places: ReadonlyArray<string>,
  measure: (place: string) => Promise<A>
): Promise<ReadonlyArray<ReadonlyArray<A>>> => {
  const found = places.map((place) => {
    const results: Array<A> = []
    return { place, results }
  })
  for (let round = 0; round < rounds; round++) {
    const from = round % found.length
    for (const { place, results } of [...found.slice(from), ...found.slice(0, from)]) results.push(await measure(place))
  }
  return found.map(({ results }) => results)
}

const ratio = (name: string, unit: string, few: ReadonlyArray<number>, many: ReadonlyArray<number>): Figure => ({
  name,
  value: median(many.map((value, round) => value / (few[round] ?? Number.NaN))),
  unit: "×",
  note: `${median(many).toFixed(0)} against ${median(few).toFixed(0)} ${unit}, ${few.length} rounds`
})

export const bench: Bench = async function* ({ isReduced }) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const few = await Builds.write(join(root, "src"), join(folder, "today"))
  const count = Number(
    await node([
      "--input-type=module",
      "--eval",
      `const { operations } = await import(${JSON.stringify(pathToFileURL(join(few, "dist", "contract", "Contract.js")).href)})
       process.stdout.write(String(Object.keys(operations).length))`
    ])
  )
  const source = join(folder, "src")
  cpSync(join(root, "src"), source, { recursive: true })
  SimulatedOperations.addTo(source, more)
  const many = await Builds.write(source, join(folder, "more"))
  yield { name: "operations of today", value: count, unit: "" }

  const [importsOfFew = [], importsOfMany = []] = await inTurns(isReduced ? 7 : 21, [few, many], importTime)
  yield ratio(`import with ${more} more operations`, "ms of CPU", importsOfFew, importsOfMany)

  const projects = [
    userProject("today", few, [userProgram]),
    userProject("more", many, [userProgram]),
    userProject("more-with-calls", many, [userProgram, moreCalls])
  ]
  const [today = [], ...others] = await inTurns(isReduced ? 3 : 7, projects, typeCheck)
  for (const [index, name] of ["the same program", "a program that also calls six of them"].entries()) {
    const own = others[index] ?? []
    const figure = (what: string, unit: string, of: (check: TypeCheck) => number): Figure =>
      ratio(`${what} with ${more} more operations, ${name}`, unit, today.map(of), own.map(of))
    yield figure("type-check", "ms of CPU", ({ millis }) => millis)
    yield figure("types", "types", ({ types }) => types)
  }
}
