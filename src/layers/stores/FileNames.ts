/**
 * The names of the files and folders of the file store.
 */
import * as Encoding from "effect/Encoding"

/** The number of a change, and the 128 random bits that make its files' names unique. */
export interface Numbered {
  readonly number: number
  readonly id: string
}

const kinds = ["head", "entry", "live", "gone"] as const
export type Kind = (typeof kinds)[number]

export interface NamedFile extends Numbered {
  readonly kind: Kind
  readonly name: string
}

const named = new RegExp(`^(0|[1-9][0-9]{0,14})\\.([0-9a-f]{32})\\.(${kinds.join("|")})$`)

export const fileName = ({ number, id }: Numbered, kind: Kind): string => `${number}.${id}.${kind}`

/** None for a file that no store has made. */
export const namedFile = (name: string): NamedFile | undefined => {
  const [, number, id, ending] = named.exec(name) ?? []
  const kind = kinds.find((one) => one === ending)
  return number === undefined || id === undefined || kind === undefined ? undefined : { name, number: Number(number), id, kind }
}

export const randomId = (): string => Encoding.encodeHex(crypto.getRandomValues(new Uint8Array(16)))

/** The file that marks a directory as a token store, also while it has no entries. */
export const marker = ".effect-dintero-token-store"

/** The directory of the signals of removals. It is there once a process has subscribed to removals. */
export const signals = ".effect-dintero-removals"

/** The names of folders that are being prepared, and of abandoned ones that are being removed. No folder of a key has such a name. */
export const preparing = "new-"
export const discarding = "old-"
export const prepared = /^(new|old)-[0-9a-f]{32}$/
export const preparedFile = /^0\.[0-9a-f]{32}\.(head|live)$/

const folderOfKey = /^key-([a-z0-9._-]{1,128})(?:~([0-9a-f]{1,32}))?$/

/**
 * The name of a key's folder. Some file systems do not distinguish capital letters, so a key is written in small letters. Hexadecimal
 * digits after it say which letters were capitals, one digit for 4 characters.
 */
export const folderOf = (key: string): string => {
  const small = key.toLowerCase()
  if (small === key) return `key-${key}`
  const capitals = [...key].map((character) => (character === character.toLowerCase() ? "0" : "1")).join("")
  const digits = (capitals.match(/.{1,4}/g) ?? []).map((four) => Number.parseInt(four.padEnd(4, "0"), 2).toString(16))
  return `key-${small}~${digits.join("")}`
}

/** The key of a folder, or none if the folder is not that of a key. */
export const keyOf = (folder: string): string | undefined => {
  const [, small, digits] = folderOfKey.exec(folder) ?? []
  if (small === undefined) return undefined
  const capitals = [...(digits ?? "")].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("")
  const key = [...small].map((character, at) => (capitals[at] === "1" ? character.toUpperCase() : character)).join("")
  return folderOf(key) === folder ? key : undefined
}
