/**
 * The body is complete but cannot be decoded: its coding is unknown, or its bytes do not fit the coding. `expected` is used in a message.
 */
export class Undecodable extends Error {
  readonly expected: string

  constructor(expected: string, options?: ErrorOptions) {
    super(`expected ${expected}`, options)
    this.expected = expected
  }
}
