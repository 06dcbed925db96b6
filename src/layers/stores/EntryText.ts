/**
 * Whose a stored text is: it begins with a JSON object's `format`, a name and the number of its release.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const formatOf = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct({ format: Schema.String })))

/** Of a format and of the same with one character changed. Another number at its end is no damage: it is another release's. */
export const isDamagedFormat = (found: string, format: string): boolean => {
  const number = /[0-9]+$/
  if (number.test(found) && found.replace(number, "") === format.replace(number, "")) return false
  return found.length === format.length && [...found].filter((character, at) => character !== format[at]).length === 1
}

/**
 * Whether it was written by something else, or by a release with another format, and may be good there: also when it is encrypted, and
 * the key was forgotten here. What says nothing of itself is damaged: nobody else has a reason to use such a key.
 */
export const isForeign = (text: string, format: string): boolean =>
  text.startsWith("effect-dintero.sealed.") ||
  Option.exists(formatOf(text), ({ format: found }) => found !== format && !isDamagedFormat(found, format))
