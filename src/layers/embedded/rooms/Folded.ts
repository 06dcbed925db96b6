/**
 * Texts that are the same but for upper and lower case.
 */

/** Equal for two such texts, and for the beginnings of two. JavaScript has another small sigma at the end of a Greek word. */
export const folded = (text: string): string => text.toLowerCase().replaceAll("ς", "σ")
