/**
 * Finds out who wrote a stored text. The first field of its JSON object is `format`, which has a name and a number.
 */

/** Whether at most one character differs. Another number at the end is not damage: it is the format of another release. */
export const isDamagedFormat = (found: string, format: string): boolean => {
  const number = /[0-9]+"?$/
  if (number.test(found) && found.replace(number, "") === format.replace(number, "")) return found === format
  return found.length === format.length && [...format].filter((character, at) => character !== found[at]).length <= 1
}

/**
 * Whether the text was written by another program, or by a release with another format, and may be valid there.
 *
 * A text of ours is damaged, and not foreign, if it was cut off within the format, has one wrong character in it, or is damaged after it.
 * A text of zeros is damaged too: some file systems leave zeros when the power fails.
 */
export const isForeign = (text: string, format: string): boolean => {
  const beginning = JSON.stringify({ format }).slice(0, -1)
  return !(beginning.startsWith(text) || /^\0+$/.test(text) || isDamagedFormat(text.slice(0, beginning.length), beginning))
}
