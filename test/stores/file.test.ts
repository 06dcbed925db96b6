import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FileSystem, Path, Error as PlatformError } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Array, Config, ConfigProvider, Duration, Effect, Layer, Option, Redacted, TestClock } from "effect"
import { TokenStore, type TokenStoreError, TokenStores } from "effect-dintero"
import { conformance } from "./Conformance.js"
import { inFiles, inSealed } from "./Damages.js"
import { allTexts, fails } from "./Failures.js"
import { processes } from "./Processes.js"
import { directory, open } from "./Stores.js"

const base = mkdtempSync(join(tmpdir(), "token-store-"))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const plain = join(base, "file")
const sealed = join(base, "encrypted")
conformance("file", () => ({ open: open("file", plain), reopens: true, runs: 15, damages: inFiles(() => plain) }))
conformance("file+encrypted", () => ({
  open: open("file+encrypted", sealed),
  reopens: true,
  runs: 5,
  damages: [...inFiles(() => sealed), ...inSealed(open("file", sealed))]
}))
processes("file", () => join(base, "processes"), { kills: 12 })

const none = { expected: Option.none<number>() }
const secret = "s3cr3t-refresh-token"
const value = Redacted.make(secret)
const folder = (place: string) => join(place, "key-a")
const marker = ".effect-dintero-token-store"
const names = (place: string, end: string) => readdirSync(folder(place)).filter((name) => name.endsWith(end))
const entryPath = (place: string) => join(folder(place), names(place, ".entry")[0] ?? "")

/** Everything below a directory, as text. */
const snapshot = (path: string): unknown =>
  statSync(path).isDirectory()
    ? Object.fromEntries(
        readdirSync(path)
          .sort()
          .map((name) => [name, snapshot(join(path, name))])
      )
    : readFileSync(path, "hex")

const withEntry = Effect.gen(function* () {
  const place = yield* directory
  const store = yield* open("file", place)
  const version = yield* Effect.flatten(store.write("a", value, none))
  return { place, store, version }
})

/** No operation answers, and none changes a byte. */
const refuses = (place: string, reason: "unreadable" | "foreign" | "unavailable", version = 1) =>
  Effect.gen(function* () {
    const store = yield* open("file", place)
    const before = snapshot(place)
    const error = yield* fails(store.read("a"), reason, [secret])
    yield* fails(store.write("a", value, none), reason, [secret])
    yield* fails(store.write("a", value, { expected: Option.some(version) }), reason, [secret])
    yield* fails(store.remove("a", none), reason, [secret])
    yield* fails(store.remove("a", { expected: Option.some(version) }), reason, [secret])
    yield* fails(store.lease("a", Duration.seconds(1)), reason, [secret])
    yield* fails(store.release("a", { fence: 1 }), reason, [secret])
    assert.deepStrictEqual(snapshot(place), before)
    return error
  })

describe("file: what is on the disk", () => {
  it.scopedLive("is for its owner alone, and no more than three files for each key", () =>
    Effect.gen(function* () {
      const { place, store, version } = yield* withEntry
      yield* store.write("a", value, { expected: Option.some(version) })
      yield* store.lease("a", Duration.seconds(1))
      assert.strictEqual(statSync(place).mode & 0o777, 0o700)
      assert.strictEqual(statSync(folder(place)).mode & 0o777, 0o700)
      assert.lengthOf(readdirSync(folder(place)), 3)
      for (const name of readdirSync(folder(place))) assert.strictEqual(statSync(join(folder(place), name)).mode & 0o777, 0o600)
      const { version: now } = yield* Effect.flatten(store.read("a"))
      yield* store.remove("a", { expected: Option.some(now) })
      assert.notInclude(readFileSync(entryPath(place), "utf8"), secret)
    })
  )

  it.scopedLive("is sealed when it is encrypted", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const store = yield* open("file+encrypted", place)
      yield* store.write("a", value, none)
      assert.notInclude(readFileSync(entryPath(place), "utf8"), secret)
      const plain = yield* open("file", place)
      yield* plain.write("b", value, none)
      yield* fails(store.read("b"), "foreign", [secret])
      assert.isTrue(Option.isSome(yield* plain.read("b")))
    })
  )

  it.scopedLive("loses what killed processes left, and nothing else", () =>
    Effect.gen(function* () {
      const { place, store, version } = yield* withEntry
      const id = "0".repeat(32)
      const litter = join(folder(place), `1.${id}.entry`)
      const ahead = join(folder(place), `2.${id}.entry`)
      const alien = join(folder(place), "README")
      for (const path of [litter, ahead, alien]) writeFileSync(path, "half", { mode: 0o600 })
      mkdirSync(join(place, `new-${id}`))
      mkdirSync(join(place, `old-${id}`))
      yield* open("file", place)
      assert.deepStrictEqual(readdirSync(place).sort(), [marker, "key-a"])
      yield* Effect.flatten(store.write("a", value, { expected: Option.some(version) }))
      assert.isFalse(existsSync(litter))
      assert.isTrue(existsSync(ahead), "it could be a change that is being made")
      const { version: now } = yield* Effect.flatten(store.read("a"))
      yield* Effect.flatten(store.write("a", value, { expected: Option.some(now) }))
      assert.isFalse(existsSync(ahead))
      assert.isTrue(existsSync(alien))
    })
  )

  it.scopedLive("counts on after somebody removed a folder by hand", () =>
    Effect.gen(function* () {
      const { place, store, version } = yield* withEntry
      yield* Effect.sleep("5 millis")
      rmSync(folder(place), { recursive: true })
      assert.isTrue(Option.isNone(yield* store.read("a")))
      assert.isAbove(yield* Effect.flatten(store.write("a", value, none)), version)
      for (const name of readdirSync(folder(place))) rmSync(join(folder(place), name))
      assert.isTrue(Option.isSome(yield* store.write("a", value, none)))
    })
  )
})

/** The files of a release without the marker: a folder of a key, and nothing else. */
const withoutMarker = Effect.tap(withEntry, ({ place }) => Effect.sync(() => rmSync(join(place, marker))))

describe("file: what it removes and which directory it takes", () => {
  const id = "0".repeat(32)

  it.scopedLive("files and folders of others stay, whatever their names begin with", () =>
    Effect.gen(function* () {
      const { place } = yield* withEntry
      const outside = join(place, "..", "outside")
      mkdirSync(outside)
      writeFileSync(join(outside, "file"), "kept")
      for (const name of ["new-customers", "old-invoices", `new-${id}0`, `old-${id.slice(1)}`, `new-${id.replace("0", "A")}`]) {
        mkdirSync(join(place, name))
        writeFileSync(join(place, name, "file"), "kept")
      }
      // The right name, but another kind of entry, or with something in it that no store has made.
      writeFileSync(join(place, `new-${id}`), "kept")
      symlinkSync(outside, join(place, `old-${id}`))
      mkdirSync(join(place, `new-${id.replace("0", "1")}`))
      writeFileSync(join(place, `new-${id.replace("0", "1")}`, "file"), "kept")
      writeFileSync(join(place, "old-letter.txt"), "kept")
      const before = snapshot(place)
      const store = yield* open("file", place)
      assert.deepStrictEqual(snapshot(place), before)
      assert.isTrue(Option.isSome(yield* store.read("a")))
      // In the folder of a key too.
      const aged = join(folder(place), `0.${id}.entry`)
      mkdirSync(aged)
      writeFileSync(join(aged, "file"), "kept")
      const { version } = yield* Effect.flatten(store.read("a"))
      assert.isTrue(Option.isSome(yield* store.write("a", value, { expected: Option.some(version) })))
      assert.strictEqual(readFileSync(join(aged, "file"), "utf8"), "kept")
    })
  )

  it.scopedLive("a directory of somebody else is refused, and stays as it is", () =>
    Effect.gen(function* () {
      for (const [name, content] of [
        ["notes.txt", "kept"],
        ["new-customers", "kept"],
        ["key-a", undefined],
        [".git", undefined]
      ] as const) {
        const place = yield* directory
        mkdirSync(place, { mode: 0o700 })
        if (content === undefined) mkdirSync(join(place, name))
        else writeFileSync(join(place, name), content)
        const before = snapshot(place)
        const error = yield* fails(open("file", place), "unavailable")
        assert.include(error.message, "choose an empty directory")
        assert.deepStrictEqual(snapshot(place), before)
      }
    })
  )

  it.scopedLive("an empty text is no directory, and the working directory stays as it is", () =>
    Effect.gen(function* () {
      const before = readdirSync(".")
      assert.include((yield* fails(open("file", ""), "unavailable")).message, "empty text")
      yield* fails(open("file", "."), "unavailable")
      assert.deepStrictEqual(readdirSync("."), before)
    })
  )

  it.scopedLive("a store of an earlier release, which has no marker, opens with what is in it", () =>
    Effect.gen(function* () {
      const { place, version } = yield* withoutMarker
      mkdirSync(join(place, `new-${id}`))
      writeFileSync(join(place, `new-${id}`, `0.${id}.head`), "")
      const entry = yield* Effect.flatten(Effect.flatMap(open("file", place), (store) => store.read("a")))
      assert.deepStrictEqual([entry.version, Redacted.value(entry.value)], [version, secret])
      assert.deepStrictEqual(readdirSync(place), ["key-a"])
      // One that was killed before its first entry.
      const started = yield* directory
      mkdirSync(join(started, `old-${id}`), { recursive: true, mode: 0o700 })
      yield* open("file", started)
      assert.deepStrictEqual(readdirSync(started), [marker])
    })
  )

  it.scopedLive("an empty store keeps its directory, also when something is put beside it", () =>
    Effect.gen(function* () {
      const place = yield* directory
      yield* open("file", place)
      writeFileSync(join(place, "README"), "kept")
      const store = yield* open("file", place)
      assert.isTrue(Option.isSome(yield* store.write("a", value, none)))
      assert.strictEqual(readFileSync(join(place, "README"), "utf8"), "kept")
    })
  )

  it.scopedLive("a path that is a file says so", () =>
    Effect.gen(function* () {
      const place = yield* directory
      writeFileSync(place, "kept")
      assert.include((yield* fails(open("file", place), "unavailable")).message, "it is a file, not a directory")
      assert.strictEqual(readFileSync(place, "utf8"), "kept")
    })
  )
})

describe("file: damage", () => {
  it.scopedLive("every beginning of a file is unreadable, and stays as it is", () =>
    Effect.gen(function* () {
      const { place, version } = yield* withEntry
      const path = entryPath(place)
      const whole = readFileSync(path)
      const store = yield* open("file", place)
      for (let length = 0; length < whole.length; length++) {
        writeFileSync(path, whole.subarray(0, length))
        yield* fails(store.read("a"), "unreadable", [secret])
        assert.isTrue(yield* Effect.isFailure(store.write("a", value, { expected: Option.some(version) })))
        assert.deepStrictEqual(readFileSync(path), whole.subarray(0, length))
      }
      writeFileSync(path, whole.subarray(0, whole.length - 10))
      yield* refuses(place, "unreadable", version)
      writeFileSync(path, whole)
      assert.isTrue(Option.isSome(yield* store.read("a")))
    })
  )

  it.scopedLive("every changed byte is found", () =>
    Effect.gen(function* () {
      const { place, store } = yield* withEntry
      const path = entryPath(place)
      const whole = readFileSync(path)
      for (let at = 0; at < whole.length; at++) {
        const other = Buffer.from(whole)
        other[at] = (other[at] ?? 0) ^ 0x01
        writeFileSync(path, other)
        const error = yield* Effect.flip(store.read("a"))
        assert.include(["unreadable", "foreign"], error.reason)
        assert.notInclude(allTexts(error), secret)
      }
    })
  )

  it.scopedLive("foreign, newer, torn and oversize files are told apart", () =>
    Effect.gen(function* () {
      const { place, version } = yield* withEntry
      const path = entryPath(place)
      const whole = readFileSync(path, "utf8")
      const cases: ReadonlyArray<readonly [string | Buffer, "unreadable" | "foreign"]> = [
        [`{"refresh_token":"${secret}"}`, "foreign"],
        [Buffer.from([0x1f, 0x8b, 8, 0, 255, 254]), "foreign"],
        [whole.replace("token-store 1 ", "token-store 2 "), "foreign"],
        [`${whole} `, "unreadable"],
        [whole + whole, "unreadable"],
        ["\0".repeat(whole.length), "unreadable"],
        ["", "unreadable"],
        ["x".repeat(5 * 1024 * 1024), "unreadable"]
      ]
      for (const [content, reason] of cases) {
        writeFileSync(path, content)
        yield* refuses(place, reason, version)
      }
    })
  )

  it.scopedLive("a folder that lost its head or its entry, or has two, is unreadable", () =>
    Effect.gen(function* () {
      const { place, version } = yield* withEntry
      const [head = "", entry = ""] = [...names(place, ".head"), ...names(place, ".entry")]
      const kept = readFileSync(join(folder(place), entry))
      rmSync(join(folder(place), entry))
      yield* refuses(place, "unreadable", version)
      writeFileSync(join(folder(place), entry), kept, { mode: 0o600 })
      rmSync(join(folder(place), head))
      yield* refuses(place, "unreadable", version)
      writeFileSync(join(folder(place), head), "")
      writeFileSync(join(folder(place), `1.${"0".repeat(32)}.head`), "")
      yield* refuses(place, "unreadable", version)
    })
  )
})

describe("file: a place that will not do", () => {
  it.scopedLive("a directory or file that others may use", () =>
    Effect.gen(function* () {
      const { place } = yield* withEntry
      for (const mode of [0o750, 0o705, 0o722, 0o777]) {
        chmodSync(place, mode)
        const error = yield* fails(open("file", place), "unavailable")
        assert.include(error.message, `chmod 700 ${place}`)
      }
      chmodSync(place, 0o700)
      for (const mode of [0o640, 0o604, 0o620, 0o666]) {
        chmodSync(entryPath(place), mode)
        assert.include((yield* refuses(place, "unavailable")).message, "chmod 600")
      }
      chmodSync(entryPath(place), 0o600)
      const store = yield* open("file", place)
      chmodSync(place, 0o755)
      yield* fails(store.read("a"), "unavailable")
    })
  )

  it.scopedLive("a file, a path through a file, a loop of links, a directory that is gone", () =>
    Effect.gen(function* () {
      const place = yield* directory
      mkdirSync(place, { mode: 0o700 })
      writeFileSync(join(place, "file"), "")
      symlinkSync(join(place, "loop"), join(place, "loop"))
      for (const name of ["file", "file/below", "loop", "loop/below"])
        yield* fails(open("file", join(place, name)), "unavailable")
      const gone = join(place, "gone")
      const store = yield* open("file", gone)
      yield* store.write("a", value, none)
      rmSync(gone, { recursive: true })
      assert.include((yield* fails(store.read("a"), "unavailable")).message, "ENOENT")
      yield* fails(store.write("a", value, none), "unavailable")
      yield* fails(store.lease("a", Duration.seconds(1)), "unavailable")
    })
  )

  const systemError = (method: string, code: string) =>
    new PlatformError.SystemError({
      reason: code === "EACCES" ? "PermissionDenied" : "Unknown",
      module: "FileSystem",
      method,
      pathOrDescriptor: "x",
      description: `${code}: ${secret}`,
      cause: Object.assign(new Error(secret), { code })
    })

  /** The real file system, of which some calls fail while `broken` says so. */
  const failing = (
    broken: () => { readonly method: "writeAll" | "sync" | "rename" | "readDirectory"; readonly code: string } | undefined
  ) =>
    Effect.map(FileSystem.FileSystem, (fs) => {
      const or = <A>(method: string, effect: Effect.Effect<A, PlatformError.PlatformError>) =>
        Effect.suspend(() => {
          const now = broken()
          return now?.method === method ? Effect.fail(systemError(method, now.code)) : effect
        })
      return FileSystem.FileSystem.of({
        ...fs,
        readDirectory: (...args) => or("readDirectory", fs.readDirectory(...args)),
        rename: (...args) => or("rename", fs.rename(...args)),
        open: (...args) =>
          Effect.map(fs.open(...args), (file) =>
            // A copy that keeps the file's own methods, which live in its class.
            Object.create(file, {
              writeAll: {
                value: (bytes: Uint8Array) =>
                  or("writeAll", Effect.zipRight(file.writeAll(bytes.subarray(0, 7)), file.writeAll(bytes.subarray(7))))
              },
              sync: { value: or("sync", file.sync) }
            })
          )
      })
    })

  for (const [method, code, word] of [
    ["writeAll", "ENOSPC", "disk is full"],
    ["writeAll", "EDQUOT", "quota"],
    ["sync", "EIO", "disk reports an error"],
    ["rename", "EACCES", "may not use it"],
    ["rename", "EROFS", "read-only"],
    ["readDirectory", "EMFILE", "too many open files"]
  ] as const) {
    it.scopedLive(`${code} in ${method}: says so, changes nothing, and works again afterwards`, () =>
      Effect.gen(function* () {
        const place = yield* directory
        let now: { method: typeof method; code: string } | undefined
        const fs = yield* failing(() => now)
        const store = yield* TokenStores.file({ directory: place }).pipe(Effect.provideService(FileSystem.FileSystem, fs))
        const version = yield* Effect.flatten(store.write("a", value, none))
        now = { method, code }
        const operations: ReadonlyArray<Effect.Effect<unknown, TokenStoreError>> = [
          store.write("a", Redacted.make("other"), { expected: Option.some(version) }),
          store.write("new", value, none),
          // A removal writes nothing, so that a customer can sign out although the disk is full.
          ...(method === "writeAll" ? [] : [store.remove("a", { expected: Option.some(version) })]),
          store.lease("a", Duration.seconds(1))
        ]
        for (const operation of operations) {
          const error = yield* fails(operation, "unavailable", [secret])
          assert.include(error.message, word)
        }
        now = undefined
        const entry = yield* Effect.flatten(store.read("a"))
        assert.deepStrictEqual({ ...entry, value: Redacted.value(entry.value) }, { version, value: secret })
        assert.isTrue(Option.isSome(yield* store.write("a", value, { expected: Option.some(version) })))
        assert.lengthOf(readdirSync(folder(place)), 3)
      }).pipe(Effect.provide(NodeContext.layer))
    )
  }

  it.scopedLive("a file system that cannot sync a directory will do", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const real = yield* FileSystem.FileSystem
      const fs = FileSystem.FileSystem.of({
        ...real,
        open: (path, options) => (options?.flag === "r" ? Effect.fail(systemError("open", "EINVAL")) : real.open(path, options))
      })
      const store = yield* TokenStores.file({ directory: place }).pipe(Effect.provideService(FileSystem.FileSystem, fs))
      assert.isTrue(Option.isSome(yield* store.write("a", value, none)))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("a platform without mode bits and without directories that sync will do", () =>
    Effect.gen(function* () {
      const place = yield* directory
      mkdirSync(place, { mode: 0o777 })
      chmodSync(place, 0o777)
      const path = yield* Path.Path
      const store = yield* TokenStores.file({ directory: place }).pipe(
        Effect.provideService(Path.Path, Path.Path.of({ ...path, sep: "\\" }))
      )
      assert.isTrue(Option.isSome(yield* store.write("a", value, none)))
    }).pipe(Effect.provide(NodeContext.layer))
  )
})

describe("file: two that change one key at the same instant", () => {
  /**
   * Every point at which a process can be stopped for long: before each call of the file system. While it stands there, another
   * process makes changes; then it goes on. What it answers has to be true of what is stored.
   */
  it.scopedLive("a writer that was stopped at any point wins only when nobody came between", () =>
    Effect.gen(function* () {
      const real = yield* FileSystem.FileSystem
      for (const meanwhile of ["write", "many", "lease", "remove"] as const) {
        for (let stop = 1; stop < 14; stop++) {
          const place = yield* directory
          const other = yield* open("file", place)
          const version = yield* Effect.flatten(other.write("a", Redacted.make("first"), none))
          let calls = -1
          let interfered: Option.Option<number> | boolean | undefined
          const interfere = Effect.gen(function* () {
            const at = Option.map(yield* other.read("a"), (entry) => entry.version)
            if (meanwhile === "lease") yield* other.lease("a", Duration.seconds(60))
            else if (meanwhile === "remove" && Option.isSome(at)) interfered = yield* other.remove("a", { expected: at })
            else {
              interfered = yield* other.write("a", Redacted.make("other"), { expected: at })
              for (let more = 0; meanwhile === "many" && more < 5; more++) {
                const now = Option.map(yield* other.read("a"), (entry) => entry.version)
                yield* other.write("a", Redacted.make("other"), { expected: now })
              }
            }
          }).pipe(Effect.orDie)
          const stopping = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
            Effect.suspend(() => {
              calls += calls < 0 ? 0 : 1
              return calls === stop ? Effect.zipRight(interfere, effect) : effect
            })
          const fs = FileSystem.FileSystem.of({
            ...real,
            stat: (...args) => stopping(real.stat(...args)),
            readDirectory: (...args) => stopping(real.readDirectory(...args)),
            readFile: (...args) => stopping(real.readFile(...args)),
            open: (...args) => stopping(real.open(...args)),
            rename: (...args) => stopping(real.rename(...args)),
            remove: (...args) => stopping(real.remove(...args))
          })
          const slow = yield* TokenStores.file({ directory: place }).pipe(Effect.provideService(FileSystem.FileSystem, fs))
          calls = 0
          const won = yield* slow.write("a", Redacted.make("slow"), { expected: Option.some(version) })
          const chain = `${meanwhile} at ${stop}: ${Option.isSome(won)}`
          const now = yield* other.read("a")
          const text = Option.match(now, { onNone: () => "nothing", onSome: (entry) => Redacted.value(entry.value) })
          if (meanwhile === "lease" || calls < stop) assert.isTrue(Option.isSome(won), chain)
          if (Option.isNone(won)) assert.strictEqual(text, meanwhile === "remove" ? "nothing" : "other", chain)
          else if (interfered === undefined) assert.strictEqual(text, "slow", chain)
          // The other came after the slow one had won, and knew it: it read the slow one's version.
          else assert.strictEqual(text, meanwhile === "remove" ? "nothing" : "other", chain)
        }
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("8 that write a key for the first time: one does", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 20; round++) {
        const place = yield* directory
        const stores = yield* Effect.all(
          Array.makeBy(8, () => open("file", place)),
          { concurrency: "unbounded" }
        )
        const written = yield* Effect.all(
          stores.map((store, index) => store.write("a", Redacted.make(String(index)), none)),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(Array.getSomes(written), 1)
        assert.deepStrictEqual(readdirSync(place).sort(), [marker, "key-a"])
        assert.lengthOf(readdirSync(folder(place)), 3)
      }
    })
  )
})

describe("file: the machine's clock", () => {
  it.scoped("ends a lease on time, and after it was set back not later than twice its time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const store = yield* open("file", yield* directory)
      const first = yield* Effect.flatten(store.lease("a", Duration.seconds(30)))
      yield* TestClock.adjust("29999 millis")
      assert.isTrue(Option.isNone(yield* store.lease("a", Duration.seconds(30))))
      yield* TestClock.adjust("1 millis")
      const second = yield* Effect.flatten(store.lease("a", Duration.seconds(30)))
      assert.isAbove(second.fence, first.fence)
      yield* TestClock.setTime(1_800_000_000_000)
      assert.isTrue(Option.isNone(yield* store.lease("a", Duration.seconds(30))), "set back by its duration: still held")
      yield* TestClock.setTime(1_800_000_000_000 - 3_600_000)
      const third = yield* Effect.flatten(store.lease("a", Duration.seconds(30)))
      assert.isAbove(third.fence, second.fence)
      assert.isTrue(Option.isNone(yield* store.write("a", value, { ...none, fence: second.fence })))
      const version = yield* Effect.flatten(store.write("a", value, { ...none, fence: third.fence }))
      yield* TestClock.setTime(0)
      assert.isAbove(yield* Effect.flatten(store.write("a", value, { expected: Option.some(version) })), version)
    })
  )
})

it.effect("takes the directory from the configuration, and says which variable is missing", () =>
  Effect.gen(function* () {
    const layer = TokenStores.layerFileConfig({ directory: Config.nonEmptyString("SESSIONS_DIRECTORY") }).pipe(
      Layer.provide(NodeContext.layer)
    )
    const folder = join(base, "configured")
    const writing = (variables: ReadonlyArray<readonly [string, string]>) =>
      Effect.flatMap(TokenStore, (store) => store.write("a", Redacted.make("text"), none)).pipe(
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(variables)))
      )
    yield* writing([["SESSIONS_DIRECTORY", folder]])
    assert.isTrue(existsSync(folder))
    assert.include(String(yield* Effect.flip(Effect.asVoid(writing([])))), "SESSIONS_DIRECTORY")
  })
)
