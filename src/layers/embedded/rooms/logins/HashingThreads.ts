/**
 * Threads for hashes that take long. They have a lower priority than the rest of the process, so that requests do not wait for a processor while
 * customers log in.
 *
 * On Linux, and there alone, a thread can have a priority of its own. Node's own threads for such work cannot be reached from JavaScript, so these
 * are workers. They are made at the first such hash, and shared by all systems of the process.
 */
import { type ScryptOptions, scrypt } from "node:crypto"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"

export interface Derivation {
  readonly password: string
  readonly salt: Uint8Array
  readonly length: number
  readonly options: ScryptOptions
}

/** Runs one derivation at a time. */
type Thread = (derivation: Derivation) => Promise<Buffer>

/**
 * The source of a worker. It is a text, because a file of its own would be lost when an application is bundled. It is a module when the process
 * was started with `--input-type=module`, so it imports in the way that scripts can too. A process whose own priority is lower than 15 may not
 * raise that of a thread.
 */
const source = `
Promise.all([import("node:crypto"), import("node:os"), import("node:worker_threads")]).then(
  ([{ scryptSync }, { setPriority }, { parentPort }]) => {
    try {
      setPriority(0, 15)
    } catch {}
    parentPort.on("message", ({ password, salt, length, options }) => {
      try {
        parentPort.postMessage({ key: scryptSync(password, salt, length, options) })
      } catch (error) {
        parentPort.postMessage({ error: String(error) })
      }
    })
  }
)
`

const start = (): Thread => {
  const worker = new Worker(source, { eval: true })
  // The process ends although the worker waits for work.
  worker.unref()
  return (derivation) =>
    new Promise<Buffer>((resolve, reject) => {
      const end = () => {
        worker.off("message", received)
        worker.off("error", failed)
        worker.unref()
      }
      const received = (message: { readonly key?: Uint8Array; readonly error?: string }) => {
        end()
        if (message.key === undefined) reject(new Error(message.error))
        else resolve(Buffer.from(message.key))
      }
      const failed = (error: Error) => {
        end()
        reject(error)
      }
      worker.on("message", received)
      worker.on("error", failed)
      worker.ref()
      worker.postMessage(derivation)
    })
}

/** The fewest that keep the processors busy. */
const size = Math.min(3, availableParallelism())

const idle: Array<Thread> = []

/** Node has four threads for such work. One stays free for keys, files and host names. */
const permits = Effect.unsafeMakeSemaphore(3)

const workers = Effect.unsafeMakeSemaphore(size)

/** Bun has no priorities of threads. */
const canLower = process.platform === "linux" && process.versions.bun === undefined && process.versions.deno === undefined

const inThreadPool = ({ length, options, password, salt }: Derivation): Effect.Effect<Buffer> =>
  permits.withPermits(1)(
    Effect.uninterruptible(
      Effect.async<Buffer>((resume) => {
        // Without an error, Node passes null and Bun undefined.
        scrypt(password, salt, length, options, (error, key) => resume(error ? Effect.die(error) : Effect.succeed(key)))
      })
    )
  )

const inWorker = (derivation: Derivation): Effect.Effect<Buffer> =>
  workers.withPermits(1)(
    Effect.uninterruptible(
      Effect.suspend(() => {
        const thread = idle.pop() ?? start()
        return Effect.tap(
          Effect.promise(() => thread(derivation)),
          () => Effect.sync(() => idle.push(thread))
        )
      })
    )
  )

/**
 * Computes a key. A fiber that waits for a thread leaves the queue when it is interrupted.
 *
 * - `isLong`: whether it takes so long that others would notice
 */
export const derive = (derivation: Derivation, { isLong }: { readonly isLong: boolean }): Effect.Effect<Buffer> =>
  isLong && canLower ? inWorker(derivation) : inThreadPool(derivation)
