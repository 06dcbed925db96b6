/**
 * Text that somebody else has written, for a terminal: what would steer it is spelled out.
 */

/** Controls, the second set of them (U+0080 to U+009F) included, what changes the direction of writing, and what ends a line. */
const steering = /[\p{C}\p{Zl}\p{Zp}]/gu

export const text = (value: string): string =>
  value.replace(steering, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** In which each of them is an escape of JSON: what reads it gets the same value. */
export const json = (value: unknown): string =>
  JSON.stringify(value).replace(steering, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")
  )

/** Without its beginning, if it is longer than that: paths are told apart by their ends. */
export const shortened = (value: string, length: number): string =>
  value.length <= length ? value : `…${value.slice(value.length - (length - 1))}`
