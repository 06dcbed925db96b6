/**
 * What the server answered, as the fields of an error.
 */
import type { RequestInfo } from "./RequestInfo.js"

export interface Answered {
  readonly request: RequestInfo
  readonly message: string
  readonly code?: string | undefined
  readonly errors?: ReadonlyArray<unknown> | undefined
  readonly details?: { readonly [name: string]: unknown } | undefined
}

/** The same for another error. Spreading an error would also hand over its stack and the fields of its class. */
export const answeredOf = ({ code, details, errors, message, request }: Answered) => ({
  request,
  message,
  ...(code === undefined ? {} : { code }),
  ...(errors === undefined ? {} : { errors }),
  ...(details === undefined ? {} : { details })
})
