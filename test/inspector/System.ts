/**
 * What the tests of the page need of a system.
 */
export interface System {
  /** The origin, with the page at `/`, the controls under `/_embedded` and the API under `/v1`. */
  readonly url: string
  /** The admin token. */
  readonly token: string
  /** Of the first account, for a call of the API. */
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
  /** The client's `id`, by which the journal names it. */
  readonly callerId: string
  /** Has the system send a one-time code, as a login does that needs one. Answers the code. */
  readonly sendCode: () => Promise<string>
  /** Has the outbox get so many messages, each with its number in the text. */
  readonly sendMessages: (count: number) => Promise<void>
}
