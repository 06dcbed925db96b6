/**
 * The ways in which a stored entry can be damaged, by the kind of store.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Redacted, type Scope } from "effect"
import type { TokenStoreError, TokenStoreService } from "effect-dintero"
import { folderOf } from "../../src/layers/stores/FileNames.js"
import type { RedisServer } from "../utils/RedisServer.js"
import type { Damage } from "./Conformance.js"

/** Damages of a text. Each one has a single cause: a write that was cut short, a flipped bit, or data that the disk has lost. */
const texts: ReadonlyArray<readonly [name: string, change: (text: string) => string]> = [
  ["empty", () => ""],
  ["cut in its first words", (text) => text.slice(0, 9)],
  ["cut in half", (text) => text.slice(0, text.length / 2)],
  ["cut by 3 characters", (text) => text.slice(0, -3)],
  ["one character of its first words changed", (text) => `f${text.slice(1)}`],
  ["its last character changed", (text) => text.slice(0, -1) + (text.endsWith("A") ? "Q" : "A")]
]

/** Of an encrypted entry, over any store that can write its text. */
export const inSealed = (open: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope>): ReadonlyArray<Damage> => {
  const put = (change: (text: string) => string) => (key: string) =>
    Effect.gen(function* () {
      const below = yield* open
      const entry = Option.getOrThrow(yield* below.read(key))
      const text = Redacted.make(change(Redacted.value(entry.value)))
      yield* below.write(key, text, { expected: Option.some(entry.version) })
    }).pipe(Effect.scoped)
  return [
    ...texts.map(([name, change]): Damage => ({ name: `sealed: ${name}`, is: "unreadable", inflict: put(change) })),
    { name: "of another program", is: "foreign", inflict: put(() => "[shop] key=1") },
    { name: "of a newer release", is: "foreign", inflict: put((text) => text.replace("sealed.1.", "sealed.2.")) }
  ]
}

/** Of the files of an entry in a directory. */
export const inFiles = (place: () => string): ReadonlyArray<Damage> => {
  const path = (key: string, ending: string) => {
    const folder = join(place(), folderOf(key))
    return join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? "")
  }
  const inEntry = (change: (text: string) => string) => (key: string) =>
    Effect.sync(() => writeFileSync(path(key, ".entry"), change(readFileSync(path(key, ".entry"), "utf8"))))
  const remove = (ending: string) => (key: string) => Effect.sync(() => rmSync(path(key, ending)))
  return [
    ...texts.map(([name, change]): Damage => ({ name: `file: ${name}`, is: "unreadable", inflict: inEntry(change) })),
    { name: "zeros", is: "unreadable", inflict: inEntry((text) => "\0".repeat(text.length)) },
    { name: "its entry is missing", is: "unreadable", inflict: remove(".entry") },
    { name: "its head is missing", is: "unreadable", inflict: remove(".head") },
    {
      name: "two heads",
      is: "unreadable",
      inflict: (key) =>
        Effect.sync(() => {
          const [number = ""] = (path(key, ".head").split("/").at(-1) ?? "").split(".")
          writeFileSync(join(place(), folderOf(key), `${number}.${"0".repeat(32)}.head`), "", { mode: 0o600 })
        })
    },
    { name: "of another program", is: "foreign", inflict: inEntry(() => "[shop]\nkey=1\n") },
    { name: "of a newer release", is: "foreign", inflict: inEntry((text) => text.replace("store 1 ", "store 2 ")) }
  ]
}

/** Of the fields of an entry in Redis. */
export const inRedis = (server: () => RedisServer, prefix: string): ReadonlyArray<Damage> => {
  const set = (field: string, value: string) => (key: string) =>
    Effect.asVoid(Effect.suspend(() => server().command("HSET", `${prefix}{${key}}`, field, value)))
  const remove = (field: string) => (key: string) =>
    Effect.asVoid(Effect.suspend(() => server().command("HDEL", `${prefix}{${key}}`, field)))
  return [
    ...["", "x", "1e3", "-1", "0", "9".repeat(20)].map(
      (version): Damage => ({ name: `version "${version}"`, is: "unreadable", inflict: set("version", version) })
    ),
    { name: "fence x", is: "unreadable", inflict: set("fence", "x") },
    { name: "ends x", is: "unreadable", inflict: set("ends", "x") },
    { name: "no version", is: "unreadable", inflict: remove("version") },
    { name: "no fence", is: "unreadable", inflict: remove("fence") },
    { name: "no format", is: "unreadable", inflict: remove("format") },
    { name: "format cut", is: "unreadable", inflict: set("format", "effect-din") },
    { name: "a character of the format changed", is: "unreadable", inflict: set("format", "effect-dinterp/1") },
    { name: "of a newer release", is: "foreign", inflict: set("format", "effect-dintero/2") },
    { name: "of another program", is: "foreign", inflict: set("format", "shop") }
  ]
}
