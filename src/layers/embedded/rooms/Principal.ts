/** The client or customer that a credential stands for. */
export interface Principal {
  /** The `id` of the API client. */
  readonly clientId: string
  /** The `id` of the API client, or the `customer_id` of the customer for whom it acts. */
  readonly subject: string
  /** The `id` of that customer, when the token has it. A `customer_id` can pass to another customer, and an `id` cannot. */
  readonly customer?: string
  /** The API that the token is for. For a client with its secret, the API of its account. */
  readonly audience: string
  /** Whether it is an account user, who has shown an ID token. */
  readonly isAccountUser?: true
  /** The account of the partner, when the credential is an exchange token. Then the client is the partner's. */
  readonly partner?: string
  /** The scopes of the token. For a client with its secret, none. */
  readonly scopes: ReadonlySet<string>
}

/** Whether a client acts for itself. The merchant chooses a `customer_id`, so that of a customer can be the `id` of a client. */
export const isClient = ({ clientId, customer, subject }: Principal): boolean => subject === clientId && customer === undefined
