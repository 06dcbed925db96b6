/**
 * An error in a parameter, in the words of the validator that the service uses (recorded traffic).
 */

/** A parameter of an operation. `path` is its place in the service's own description of the API. */
export interface Parameter {
  readonly in: "body" | "path" | "query"
  readonly name: string
  readonly path: ReadonlyArray<string>
}

/** The keys are in the order in which the service writes them. */
export interface ValidationItem {
  readonly code: string
  readonly params?: ReadonlyArray<unknown>
  readonly message: string
  readonly path: ReadonlyArray<string>
  readonly description?: string
}
