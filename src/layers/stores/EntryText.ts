/**
 * Whose a stored text is: its first words are a JSON object's `format`, a name and the number of a release.
 */

/** At most one character is another one. Another number at the end is no damage: it is another release's. */
export const isDamagedFormat = (found: string, format: string): boolean => {
  const number = /[0-9]+"?$/
  if (number.test(found) && found.replace(number, "") === format.replace(number, "")) return found === format
  return found.length === format.length && [...format].filter((character, at) => character !== found[at]).length <= 1
}

/**
 * Whether it was written by something else, or by a release with another format, and may be good there. Damage of ours is a text that was
 * cut off in these words, that has one other character in them, or that is damaged after them; and zeros, which some systems leave of what
 * was written when the power failed.
 */
export const isForeign = (text: string, format: string): boolean => {
  const beginning = JSON.stringify({ format }).slice(0, -1)
  return !(beginning.startsWith(text) || /^\0+$/.test(text) || isDamagedFormat(text.slice(0, beginning.length), beginning))
}
