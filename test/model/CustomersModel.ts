/**
 * The rules of customers, tokens and tags as a reader of the documentation would write them down: no database, no HTTP, no ids of the
 * service. A test runs the same commands on this model and on a system, and compares what they answer.
 */

export interface ModelCustomer {
  readonly name: string
  customerId: string
  readonly type: string
  email: string | null
  phone: string | null
  status: string | null
  isDeleted: boolean
  tags: ReadonlyArray<number>
}

export interface ModelToken {
  readonly owner: ModelCustomer
  readonly type: string
  readonly value: string
  isDeleted: boolean
}

interface ModelEvent {
  readonly status: string
  readonly expiresAt: number
}

/** What a command ends in: the tag of an error, or what is seen of a success. */
export type Outcome = { readonly error: string } | { readonly value: unknown }

const refused: Outcome = { error: "BadRequest" }

const duplicate: Outcome = { error: "Duplicate" }
const missing: Outcome = { error: "NotFound" }
const done = (value: unknown = null): Outcome => ({ value })

/** The seconds after which an event of this status counts no longer. An odd number, because the time passes in even ones: changes of one moment differ by a millisecond, so the moment itself of an expiry is not compared. */
export const expirySeconds: { readonly [status: string]: number } = { OPT_OUT: 61 }

export class CustomersModel {
  private now = 0
  private readonly customers: Array<ModelCustomer> = []
  private readonly tokens: Array<ModelToken> = []
  private readonly events = new Map<string, ReadonlyArray<ModelEvent>>()
  private readonly tags: Array<{ readonly label: string; isDeleted: boolean }> = []

  private find(customerId: string): ModelCustomer | undefined {
    return this.customers.find((customer) => customer.customerId === customerId && !customer.isDeleted)
  }

  /** A deleted customer keeps the `customer_id`, and nothing else that has to be unique. */
  private isTaken({ customerId, email, name, phone, type }: ModelCustomer): boolean {
    return this.customers.some(
      (other) =>
        other.name !== name &&
        (other.customerId === customerId ||
          (!other.isDeleted &&
            other.type === type &&
            ((email !== null && other.email?.toLowerCase() === email.toLowerCase()) ||
              (phone !== null && other.phone === phone))))
    )
  }

  private seen(customer: ModelCustomer): unknown {
    return {
      customer_id: customer.customerId,
      type: customer.type,
      email: customer.email,
      phone_number: customer.phone,
      status: customer.status
    }
  }

  passes(seconds: number): Outcome {
    this.now += seconds
    return done()
  }

  create(name: string, customerId: string, type: string, email: string | null, phone: string | null): Outcome {
    const customer: ModelCustomer = { name, customerId, type, email, phone, status: null, isDeleted: false, tags: [] }
    if (this.isTaken(customer)) return duplicate
    this.customers.push(customer)
    return done(this.seen(customer))
  }

  get(customerId: string): Outcome {
    const customer = this.find(customerId)
    return customer === undefined ? missing : done(this.seen(customer))
  }

  update(
    customerId: string,
    change: { readonly email?: string | null; readonly phone?: string | null; readonly status?: string | null }
  ): Outcome {
    const customer = this.find(customerId)
    if (customer === undefined) return missing
    const changed = {
      ...customer,
      email: change.email === undefined ? customer.email : change.email,
      phone: change.phone === undefined ? customer.phone : change.phone,
      status: change.status === undefined ? customer.status : change.status
    }
    if (this.isTaken(changed)) return duplicate
    Object.assign(customer, changed)
    return done(this.seen(customer))
  }

  changeId(customerId: string, to: string): Outcome {
    const customer = this.find(customerId)
    if (customer === undefined) return missing
    if (this.isTaken({ ...customer, customerId: to })) return duplicate
    customer.customerId = to
    return done(to)
  }

  remove(customerId: string, deleteTokens: boolean): Outcome {
    const customer = this.find(customerId)
    if (customer === undefined) return missing
    const before = this.seen(customer)
    Object.assign(customer, { isDeleted: true, email: null, phone: null, status: null, tags: [] })
    if (deleteTokens) {
      for (const token of this.tokens) if (token.owner === customer) token.isDeleted = true
    }
    return done(before)
  }

  createTag(label: string): Outcome {
    this.tags.push({ label, isDeleted: false })
    return done(label)
  }

  removeTag(index: number): Outcome {
    const tag = this.tags[index]
    if (tag === undefined || tag.isDeleted) return missing
    tag.isDeleted = true
    for (const customer of this.customers) customer.tags = customer.tags.filter((one) => one !== index)
    return done(tag.label)
  }

  setTags(customerId: string, indices: ReadonlyArray<number>): Outcome {
    const customer = this.find(customerId)
    if (customer === undefined) return missing
    if (indices.some((index) => this.tags[index]?.isDeleted !== false)) return refused
    customer.tags = [...new Set(indices)].sort((a, b) => a - b)
    return this.tagsOf(customerId)
  }

  tagsOf(customerId: string): Outcome {
    const customer = this.find(customerId)
    return customer === undefined ? missing : done(customer.tags.map((index) => this.tags[index]?.label))
  }

  private owned(type: string, value: string): ModelToken | undefined {
    return this.tokens.find((token) => token.type === type && token.value === value && !token.isDeleted && !token.owner.isDeleted)
  }

  attach(customerId: string, type: string, value: string, deleteEvents: boolean): Outcome {
    const owner = this.find(customerId)
    if (owner === undefined) return missing
    if (this.owned(type, value) !== undefined) return duplicate
    this.tokens.push({ owner, type, value, isDeleted: false })
    if (deleteEvents) this.events.delete(`${type} ${value}`)
    return done({ type, value })
  }

  detach(customerId: string, type: string, value: string): Outcome {
    const owner = this.find(customerId)
    const token = this.owned(type, value)
    if (owner === undefined || token === undefined || token.owner !== owner) return missing
    token.isDeleted = true
    return done({ type, value })
  }

  tokensOf(customerId: string): Outcome {
    const owner = this.find(customerId)
    if (owner === undefined) return missing
    return done(
      this.tokens.filter((token) => token.owner === owner && !token.isDeleted).map(({ type, value }) => ({ type, value }))
    )
  }

  record(type: string, value: string, status: string): Outcome {
    const life = expirySeconds[status]
    const event = { status, expiresAt: life === undefined ? Number.POSITIVE_INFINITY : this.now + life }
    this.events.set(`${type} ${value}`, [...(this.events.get(`${type} ${value}`) ?? []), event])
    return this.lookUp(type, value)
  }

  /** The customer's own status counts before that of the last event which has not expired. */
  lookUp(type: string, value: string): Outcome {
    const token = this.owned(type, value)
    const events = this.events.get(`${type} ${value}`) ?? []
    const last = events.filter(({ expiresAt }) => expiresAt > this.now).at(-1)
    return done({
      owner: token?.owner.customerId ?? null,
      status: token?.owner.status ?? last?.status ?? "UNKNOWN",
      events: events.map(({ status }) => status)
    })
  }

  forget(type: string, value: string): Outcome {
    const key = `${type} ${value}`
    const isKnown = this.events.has(key) || this.tokens.some((token) => token.type === type && token.value === value)
    if (isKnown) this.events.set(key, [{ status: "DELETED", expiresAt: Number.POSITIVE_INFINITY }])
    return done()
  }

  search(filter: {
    readonly email?: string
    readonly phone?: string
    readonly search?: string
    readonly tag?: number
    readonly token?: { readonly type: string; readonly value: string }
    readonly type?: string
  }): Outcome {
    const begins = (text: string | null, prefix: string) => text?.toLowerCase().startsWith(prefix.toLowerCase()) === true
    return done(
      this.customers
        .filter((customer) => !customer.isDeleted)
        .filter(({ type }) => (filter.type === undefined ? type !== "contact" : filter.type === "any" || filter.type === type))
        .filter(
          (customer) =>
            (filter.email === undefined || begins(customer.email, filter.email)) &&
            (filter.phone === undefined || begins(customer.phone, filter.phone)) &&
            (filter.tag === undefined || customer.tags.includes(filter.tag)) &&
            (filter.token === undefined || this.owned(filter.token.type, filter.token.value)?.owner === customer) &&
            (filter.search === undefined ||
              [customer.email, customer.phone, customer.customerId].some((text) => begins(text, filter.search ?? "")))
        )
        .map(({ customerId }) => customerId)
    )
  }
}
