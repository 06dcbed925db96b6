// @effect-diagnostics anyUnknownInErrorContext:off
// @effect-diagnostics globalErrorInEffectCatch:off globalErrorInEffectFailure:off
/**
 * Every example that readers copy is run: those of README.md, of docs and of the comments in src. What they name is there: an embedded system,
 * the environment, a folder, a Redis. What does not run is listed in Inputs.ts, with its reason.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, ManagedRuntime, Option, Schema } from "effect"
import { Auth, Customers, TokenStore } from "effect-dintero"
import type { Seed } from "effect-dintero/embedded"
import ts from "typescript"
import { type Block, blocks } from "../../scripts/lib/Examples.js"
import { filesBelow, root } from "../../scripts/lib/Shell.js"
import { contract } from "../../src/contract/Contract.js"
import { isOperation, isStreamed, type Tree } from "../../src/contract/Operation.js"
import * as RedisServer from "../utils/RedisServer.js"
import {
  Arguments,
  ada,
  declared,
  endless,
  failing,
  inputs,
  login,
  mfaLogin,
  notRun,
  type Place,
  refreshTokenOf,
  running,
  withoutSettings
} from "./Inputs.js"
import * as System from "./System.js"
import * as Texts from "./Texts.js"

/** The dotted names of all methods. */
const methodsOf = (tree: Tree, prefix: string): ReadonlyArray<string> =>
  Object.entries(tree).flatMap(([key, node]) =>
    isOperation(node) || isStreamed(node) ? [`${prefix}${key}`] : methodsOf(node, `${prefix}${key}.`)
  )

const all = Texts.withoutCopies(blocks())
const isOf =
  (block: Block) =>
  ({ contains, file }: Place): boolean =>
    block.file === file && block.code.includes(contains)

/** The pages of docs/operations show the examples of src/contract, which run from there. */
const isCopy = ({ file }: Block): boolean => file.startsWith("docs/operations/")

const examples = all.filter((block) => !block.skipped && !isCopy(block) && !notRun.some(isOf(block)))

// Below the project, so that its packages are found. `npm run check` has a folder of its own.
const modules = join(root, ".tmp", "run-examples")
afterAll(() => rmSync(modules, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllGlobals().unstubAllEnvs())

const parsed = ({ code }: Block) => ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true)

const isDeclared = (statement: ts.Statement): statement is ts.VariableStatement =>
  ts.isVariableStatement(statement) && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true

const namesOf = (statement: ts.VariableStatement): ReadonlyArray<string> =>
  statement.declarationList.declarations.map(({ name }) => name.getText())

/** What an example only declares is its reader's. */
const declarations = (block: Block) => parsed(block).statements.filter(isDeclared).flatMap(namesOf)

/** The same, with all of its constants exported, and `expression // value` as an assertion. */
const runnable = (block: Block, system: System.System): string => {
  const source = parsed(block)
  const hidden = source.statements
    .filter((statement): statement is ts.VariableStatement => ts.isVariableStatement(statement) && !isDeclared(statement))
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true)
    .flatMap(namesOf)
  return `${block.code
    .replace(/^(\S.*\)) \/\/ (true|false)\b.*$/gm, "globalThis.mustBe($1, $2)")
    .replaceAll('"…"', JSON.stringify(System.secret))
    .replaceAll("/var/lib/shop", system.folder)
    .replaceAll("http://127.0.0.1:4711", system.system.url)}\nexport { ${hidden.join(", ")} }\n`
}

const evaluate = (block: Block, system: System.System): Effect.Effect<ReadonlyArray<readonly [string, unknown]>, Error> =>
  Effect.tryPromise({
    try: async () => {
      mkdirSync(modules, { recursive: true })
      const path = join(modules, `${block.file.replace(/[^A-Za-z0-9]+/g, "-")}-${block.line}-${crypto.randomUUID()}.ts`)
      writeFileSync(path, runnable(block, system))
      const found: Record<string, unknown> = await import(/* @vite-ignore */ pathToFileURL(path).href)
      return Object.entries(found)
    },
    // In words: Vitest goes on for ever when it has to show the error of a module that it could not compile.
    catch: (cause) => new Error(`${block.file}:${block.line}: ${cause instanceof Error ? cause.message : String(cause)}`)
  })

const isIn = (places: ReadonlyArray<Place & { readonly name: string }>, block: Block, name: string) =>
  places.some((place) => place.name === name && isOf(block)(place))

const asksForCode = ({ code }: Block) => /Mfa\.complete|mfaLogin|mfa\.challenge/.test(code)

/** What of its exports can be called. Its layers have been built, and have made a call. */
const effectsOf = (block: Block, system: System.System, exported: ReadonlyArray<readonly [string, unknown]>) =>
  Effect.forEach(exported, ([name, value]) => {
    if (Effect.isEffect(value) && !Context.isTag(value)) return Effect.succeed([{ name, effect: value }])
    // A schema can be a class.
    if (typeof value !== "function" || Context.isTag(value) || Schema.isSchema(value)) return Effect.succeed([])
    if (isIn(running, block, name)) return Effect.succeed([{ name, effect: Effect.promise(() => Promise.resolve(value())) }])
    const input = inputs.find((input) => input.name === name && isOf(block)(input))
    if (input === undefined) return Effect.dieMessage(`Inputs.ts has nothing to call ${name} with`)
    return Effect.map(input.of(system), (given) => {
      const effect: unknown = given instanceof Arguments ? value(...given.values) : value(given)
      assert.isTrue(Effect.isEffect(effect))
      return Effect.isEffect(effect) ? [{ name, effect }] : []
    })
  }).pipe(Effect.map((found) => found.flat()))

/**
 * Builds the layers that an example exports, has each of them make a call, and runs its effects with them. All have to succeed, and
 * no request may have been refused, for an example may catch its errors.
 */
const runs = (block: Block, seed: Seed.Seed) =>
  Effect.gen(function* () {
    const system = yield* System.make(seed, { mfa: asksForCode(block), redis: needsRedis(block) })
    yield* Effect.gen(function* () {
      const fetch = globalThis.fetch
      vi.stubGlobal("fetch", (request: string | URL | Request, init: RequestInit) =>
        fetch(request instanceof Request ? request : String(request).replace("https://api.dintero.com", system.system.url), init)
      )
      vi.stubGlobal("mustBe", (found: unknown, expected: boolean) => assert.strictEqual(found, expected))
      for (const name of declarations(block)) vi.stubGlobal(name, declared[name]?.(system))
      for (const [name, value] of system.environment) vi.stubEnv(name, value)
      const exported = yield* evaluate(block, system)
      for (const [, value] of exported) {
        if (ManagedRuntime.isManagedRuntime(value)) yield* Effect.addFinalizer(() => value.disposeEffect)
      }

      // Seam: what an example needs is known when it runs.
      const services = system.services as Context.Context<unknown>
      let context = services
      for (const [name, layer] of exported) {
        if (!Layer.isLayer(layer)) continue
        const built = yield* Effect.provide(Layer.build(layer), services)
        const customers = Context.getOption(built, Customers)
        if (isIn(withoutSettings, block, name)) continue
        if (Option.isSome(customers)) yield* customers.value.settings.get()
        const store = Context.getOption(built, TokenStore)
        if (Option.isSome(store)) assert.isTrue(Option.isNone(yield* store.value.read("nothing")))
        context = Context.merge(context, built)
      }

      const lasting: Array<Fiber.RuntimeFiber<unknown, unknown>> = []
      for (const { effect, name } of yield* effectsOf(block, system, exported)) {
        const ready = Effect.provide(effect, context)
        if (isIn(endless, block, name)) lasting.push(yield* Effect.forkScoped(ready))
        else if (isIn(failing, block, name)) yield* Effect.flip(ready)
        else yield* ready
      }
      for (const fiber of lasting) assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))

      const refused = (yield* system.system.journal.list()).filter(({ status }) => status === null || status >= 400)
      assert.deepStrictEqual(
        refused.map(({ operation, status }) => `${operation} ${status}`),
        // So a login says that a code is needed.
        asksForCode(block) && refused.length > 0
          ? // The first code of a recovery is answered in the same way as a password.
            [/mfaRecovery|mfa\.recovery/.test(block.code) ? "auth.token 403" : "customers.password.login 403"]
          : // The system has no other APIs than the two, so it answers a call of one of those as unknown.
            callsOtherApi(block)
            ? ["null 404"]
            : []
      )
    }).pipe(Effect.withConfigProvider(system.config))
  })

const callsOtherApi = ({ code }: Block) => code.includes("yield* DinteroHttpClient.DinteroHttpClient")

const needsRedis = ({ code }: Block) => code.includes("REDIS_URL")

/** By their names, which stay when lines are written above. */
const titled = (examples: ReadonlyArray<Block>): ReadonlyArray<readonly [string, Block]> => {
  const seen = new Map<string, number>()
  return examples.map((block) => {
    const title = `${block.file}: ${names(block).join(", ")}`
    const count = (seen.get(title) ?? 0) + 1
    seen.set(title, count)
    return [count === 1 ? title : `${title} (${count})`, block]
  })
}

const names = (block: Block) =>
  parsed(block).statements.flatMap((statement) =>
    ts.isVariableStatement(statement) && !isDeclared(statement)
      ? namesOf(statement)
      : ts.isClassDeclaration(statement) && statement.name !== undefined
        ? [statement.name.text]
        : []
  )

describe("an example runs against the demo account", () => {
  for (const [title, block] of titled(examples)) {
    const skip = needsRedis(block) && !RedisServer.available
    it.scopedLive.skipIf(skip)(`${title}${skip ? RedisServer.note : ""}`, () => runs(block, System.demo), 60_000)
  }
})

describe("the examples of docs/operations", () => {
  it("are those of the operations in src/contract", () => {
    const codes = (found: ReadonlyArray<Block>) => found.map(({ code }) => code).sort()
    const inContract = all.filter(({ file }) => /^src\/contract\/(?:auth|customers)\//.test(file))
    assert.deepStrictEqual(codes(all.filter(isCopy)), codes(inContract))
    assert.isAbove(inContract.length, 81)
  })
})

describe("the seed of docs/serving.md", () => {
  const pages = ["README.md", "docs/getting-started.md", "docs/concepts.md", "docs/operations.md"]
  for (const [title, block] of titled(examples.filter(({ file }) => pages.includes(file)))) {
    it.scopedLive(`has what an example uses, ${title}`, () => runs(block, Texts.seed()), 60_000)
  }

  const calls: Readonly<Record<string, (system: System.System) => Effect.Effect<unknown, unknown>>> = {
    "customers.settings.get()": ({ services }) => Context.get(services, Customers).settings.get(),
    "customers.settings.update(settings)": ({ services }) =>
      Context.get(services, Customers).settings.update({ users: { customer_id_format: "sequence" } }),
    "customers.password.login(credentials)": login,
    "customers.password.mfaLogin(credentials)": mfaLogin,
    "customers.password.requestChange(user)": ({ services }) => Context.get(services, Customers).password.requestChange(ada),
    "auth.token(grant)": (system) =>
      Effect.flatMap(refreshTokenOf(system), (refresh_token) =>
        Context.get(system.services, Auth).token({ grant_type: "refresh_token", refresh_token })
      ),
    "auth.revoke({ token })": (system) =>
      Effect.flatMap(refreshTokenOf(system), (token) => Context.get(system.services, Auth).revoke({ token })),
    "auth.mfa.challenge(challenge)": (system) =>
      Effect.flatMap(mfaLogin(system), ({ mfa_token }) =>
        Context.get(system.services, Auth).mfa.challenge({ challenge_type: "oob", mfa_token, oob_channel: "sms" })
      ),
    "auth.keys()": ({ services }) => Context.get(services, Auth).keys()
  }

  it("has a client for every method, which docs/operations.md lists", () => {
    const page = readFileSync(join(root, "docs", "operations.md"), "utf8")
    const listed = [...page.matchAll(/^\| `((?:auth|customers)[^`]*)` \| (\[`.+) \|$/gm)].flatMap(([, group, methods = ""]) =>
      [...methods.matchAll(/\[`(\w+)`\]/g)].map(([, method]) => `${group}.${method}`)
    )
    assert.deepStrictEqual(listed.sort(), [...methodsOf(contract, "")].sort())
  })

  for (const [method, call] of Object.entries(calls)) {
    it.scopedLive(`lets its client call ${method}`, () =>
      Effect.gen(function* () {
        const mfa = /mfa/i.test(method)
        yield* call(yield* System.make(Texts.seed(), { mfa, redis: false }))
      })
    )
  }
})

describe("the lists of what does not run", () => {
  it("have entries of examples that are there, one of each", () => {
    for (const place of [...notRun, ...withoutSettings, ...endless, ...failing, ...running, ...inputs]) {
      const found = all.filter((block) => isOf(block)(place))
      assert.lengthOf(found, 1, `${place.file}: ${place.contains}`)
      const [block] = found
      if ("name" in place && block !== undefined) assert.include(names(block), place.name)
    }
  })

  it("have every example that is not compiled: it is one of the files in examples, which run", () => {
    const files = filesBelow("examples", ".ts").map((path) => readFileSync(path, "utf8").trimEnd())
    const shown = all.filter(({ skipped }) => skipped)
    assert.isNotEmpty(shown)
    for (const { code, file, line } of shown) assert.include(files, code.trimEnd(), `${file}:${line}`)
  })

  it("and what runs add up to all examples, most of which run", () => {
    assert.isAbove(examples.length, 50)
    assert.strictEqual(
      examples.length + notRun.length + all.filter(isCopy).length + all.filter(({ skipped }) => skipped).length,
      all.length
    )
  })
})
