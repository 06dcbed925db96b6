/**
 * A body that is whole on the wire and cannot be read: its coding is unknown, or its bytes are not in it. `expected` goes into a message.
 */
export class Undecodable extends Error {
  readonly expected: string

  constructor(expected: string, options?: ErrorOptions) {
    super(`expected ${expected}`, options)
    this.expected = expected
  }
}
