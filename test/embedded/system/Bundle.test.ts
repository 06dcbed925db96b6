/**
 * A program in one file, as it is deployed without `node_modules`, except for native packages.
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Esbuild from "esbuild"
import * as PageModule from "../../../scripts/lib/PageModule.js"
import { root } from "../../../scripts/lib/Shell.js"

/** Below the root, so that `libsql` is found, and not beside a file of the package. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(join(root, ".tmp"), { recursive: true })
    return mkdtempSync(join(root, ".tmp", "bundle-"))
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const program = `
  import { Effect } from "effect"
  import { DinteroEmbedded } from "effect-dintero/embedded"

  const get = (url) => Effect.promise(() => fetch(url).then(async (answer) => [answer.status, await answer.text()]))

  Effect.gen(function* () {
    const { url } = yield* DinteroEmbedded.serve()
    const page = yield* get(url + "/")
    const docs = yield* get(url + "/docs")
    const keys = yield* get(url + "/v1/accounts/T12345678/auth/keys")
    console.log(JSON.stringify([page, [docs[0]], [keys[0]]]))
  }).pipe(Effect.scoped, Effect.runPromise)
`

/** As in the build. */
const withPage: Esbuild.Plugin = {
  name: "page",
  setup: (build) => build.onLoad({ filter: /PageFiles\.ts$/ }, () => ({ contents: PageModule.text(), loader: "js" }))
}

const bundle = (format: "esm" | "cjs", outfile: string) =>
  Effect.promise(() =>
    Esbuild.build({
      stdin: { contents: program, resolveDir: root },
      alias: { "effect-dintero/embedded": join(root, "src", "embedded.ts") },
      outfile,
      format,
      bundle: true,
      platform: "node",
      target: "node20",
      external: ["libsql"],
      plugins: [withPage],
      logLevel: "silent",
      // A dependency of `@effect/platform-node` calls `require`, which does not exist in a module.
      ...(format === "esm"
        ? { banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' } }
        : {})
    })
  )

const run = (file: string) =>
  Effect.async<string>((resume) => {
    execFile(process.execPath, [file], (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.dieMessage(`${error.message}\n${stderr}`))
    )
  })

describe("a bundle of DinteroEmbedded.serve", () => {
  for (const [format, ending] of [
    ["esm", "mjs"],
    ["cjs", "cjs"]
  ] as const) {
    it.scopedLive(
      `${format}: serves the API, the inspector page and the docs`,
      () =>
        Effect.gen(function* () {
          const file = join(yield* folder, `served.${ending}`)
          yield* bundle(format, file)
          const [page, docs, keys] = JSON.parse(yield* run(file))
          assert.strictEqual(page[0], 200)
          assert.match(
            page[1],
            /^<!doctype html>[\s\S]*<script type="module">[\s\S]*customers\.settings\.get[\s\S]*<\/html>\s*$/i
          )
          assert.deepStrictEqual([docs, keys], [[200], [401]])
        }),
      180_000
    )
  }
})
