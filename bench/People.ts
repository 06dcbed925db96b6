/** Customers as an account of a chain of shops has them: about 670 bytes of JSON each. The same number gives the same customer. */
const firstNames = ["Kari", "Ola", "Ingrid", "Lars", "Nora", "Jakob", "Åse", "Bjørn", "Solveig", "Henrik"]
const lastNames = ["Hansen", "Johansen", "Olsen", "Larsen", "Andersen", "Pedersen", "Nilsen", "Kristiansen", "Jensen", "Sæther"]
const streets = ["Storgata", "Kirkeveien", "Skolegata", "Fjordveien", "Bjerkealleen"]
const places = [
  ["0184", "Oslo"],
  ["5003", "Bergen"],
  ["7011", "Trondheim"],
  ["4006", "Stavanger"],
  ["9008", "Tromsø"]
] as const
const sources = ["web", "till", "app"]

/** One of a list, by number. */
const of = <A>(list: ReadonlyArray<A>, index: number): A => {
  const found = list[index % list.length]
  if (found === undefined) throw new Error("an empty list")
  return found
}

const uuid = (kind: string, index: number): string => `${kind}4f2a-6d1b-4c3e-9a57-${index.toString(16).padStart(12, "0")}`

const time = (index: number, minutes: number): string =>
  new Date(Date.UTC(2023, 1, 1) + index * 97_003 + minutes * 60_000).toISOString()

/** The `customer_id` of a customer. */
export const idOf = (index: number): string => String(100_000 + index)

export const indexOf = (customerId: string): number => Number(customerId) - 100_000

/** As the service writes it. */
export const customer = (index: number): object => {
  const first_name = of(firstNames, index)
  const last_name = of(lastNames, Math.floor(index / 10))
  const [postal_code, postal_place] = of(places, index)
  const address = { address_line: `${of(streets, index)} ${(index % 90) + 1}`, postal_code, postal_place, country: "NO" }
  return {
    type: "customer",
    customer_id: idOf(index),
    id: uuid("c0de", index),
    created_at: time(index, 0),
    created_by: uuid("ab1e", 7),
    updated_at: time(index, 50_000),
    first_name,
    last_name,
    email: `${first_name}.${last_name}.${index}@example.com`.toLowerCase(),
    phone_number: `+47${40_000_000 + index}`,
    attributes: { shoe_size: 36 + (index % 12) },
    marketing_consent: {
      email: { consent: index % 2 === 0, updated_at: time(index, 1) },
      // Not everybody was asked for it.
      ...(index % 3 === 2 ? {} : { sms: { consent: index % 3 === 0, updated_at: time(index, 2) } })
    },
    addresses:
      index % 4 === 3
        ? [
            { type: "home", ...address },
            { type: "work", ...address }
          ]
        : [{ type: "home", ...address }],
    date_of_birth: `19${50 + (index % 50)}-0${(index % 9) + 1}-1${index % 10}`,
    ...(index % 2 === 0 ? { metadata: { source: of(sources, index) } } : {})
  }
}

export const page = (from: number, count: number): ReadonlyArray<object> =>
  Array.from({ length: count }, (_, index) => customer(from + index))
