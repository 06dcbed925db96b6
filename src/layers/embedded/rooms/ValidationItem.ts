/**
 * What is wrong with a parameter, in the words of the validator that the service uses (recorded traffic).
 */

/** Which parameter of an operation it is. `path`: where it stands in the service's own description of the API. */
export interface Parameter {
  readonly in: "body" | "path" | "query"
  readonly name: string
  readonly path: ReadonlyArray<string>
}

/** In the order in which the service writes the keys. */
export interface ValidationItem {
  readonly code: string
  readonly params?: ReadonlyArray<unknown>
  readonly message: string
  readonly path: ReadonlyArray<string>
  readonly description?: string
}
