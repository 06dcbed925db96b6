/**
 * The words of an answer, where there is nothing else to decide by.
 */

/** `EMAIL_ALREADY_EXISTS` and `EmailAlreadyExists` are the same words. */
export const plain = (texts: ReadonlyArray<string>): string =>
  texts
    .join("\n")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase()
