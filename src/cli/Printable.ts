/**
 * Makes text of unknown origin safe for a terminal: characters that control a terminal are escaped.
 */

/** Control characters (also U+0080 to U+009F), characters that change the direction of writing, and line separators. */
const steering = /[\p{C}\p{Zl}\p{Zp}]/gu

export const text = (value: string): string =>
  value.replace(steering, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** JSON in which these characters are escaped. A reader of the JSON gets the same value. */
export const json = (value: unknown): string =>
  JSON.stringify(value).replace(steering, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")
  )

/** Cuts off the beginning of a text that is too long, since paths differ at their ends. */
export const shortened = (value: string, length: number): string =>
  value.length <= length ? value : `…${value.slice(value.length - (length - 1))}`
