/**
 * Removes a folder only if it is empty.
 *
 * The file system of `@effect/platform` has no such function. With `recursive` it would also remove what another process has put into the
 * folder a moment before. So this looks for the function of the runtime, without an import, since the core runs on others too. Node.js has
 * it from 20.16 and 22.3 on; Bun and Deno have it too.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

type Rmdir = (path: string, done: (error: unknown) => void) => void

const rmdirOf = (): Rmdir | undefined => {
  // Seam: the core is compiled without the types of a runtime, and each part may be missing.
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (id: string) => { readonly rmdir?: Rmdir } | undefined }
  }
  return process?.getBuiltinModule?.("node:fs")?.rmdir
}

/**
 * Never fails: a folder that is not empty stays, and so does one on a runtime without the function. An empty folder of a key counts as
 * missing.
 */
export class RemoveEmptyFolder extends Context.Reference<RemoveEmptyFolder>()("effect-dintero/RemoveEmptyFolder", {
  defaultValue:
    () =>
    (path: string): Effect.Effect<void> =>
      Effect.async<void>((resume) => {
        const rmdir = rmdirOf()
        if (rmdir === undefined) resume(Effect.void)
        else rmdir(path, () => resume(Effect.void))
      })
}) {}
