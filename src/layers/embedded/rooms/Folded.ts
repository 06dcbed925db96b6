/**
 * Texts that are the same but for upper and lower case.
 */

/** Equal for two such texts, and for the beginnings of two. JavaScript has another small sigma at the end of a Greek word. */
export const folded = (text: string): string => text.toLowerCase().replaceAll("ς", "σ")

const spaced = (text: string): string => ` ${folded(text).trim().replaceAll(/\s+/g, " ")}`

/** What a search of these texts looks through: each word has a space before it. */
export const searchable = (...texts: ReadonlyArray<string | null>): string =>
  texts.flatMap((text) => (text === null ? [] : [spaced(text)])).join("\n")

/** A part of {@link searchable} when one or more words of a text begin with the search. */
export const searchedIn = spaced
