/** Who a credential speaks for. */
export interface Principal {
  /** The `id` of the API client. */
  readonly clientId: string
  /** The API client, or the customer that it acts for. */
  readonly subject: string
  /** Which API the token is for; of a client that shows its secret, that of its own account. */
  readonly audience: string
  /** Those of the token; of a client that shows its secret, none. */
  readonly scopes: ReadonlySet<string>
}
