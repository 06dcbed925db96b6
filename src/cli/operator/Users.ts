/**
 * `users`: the customers of the account.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Cursor } from "../../schemas/Cursor.js"
import { Customer, CustomerCreate, CustomerUpdate } from "../../schemas/Customer.js"
import { Customers } from "../../services/Customers.js"
import { wrongUsage } from "../CommandFailed.js"
import * as Account from "./Account.js"
import * as Input from "./Input.js"
import { type Group, leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"
import { exportUsers } from "./users/Export.js"
import { importUsers } from "./users/Import.js"

const id = Parameters.argument("CUSTOMER_ID", "the customer_id")
const file = Parameters.argument("FILE", "a JSON file with the fields, or - for standard input")

const nameOf = ({ company, first_name, last_name }: Customer): string | undefined =>
  company?.bussiness_name ?? ([first_name, last_name].filter((part) => typeof part === "string").join(" ") || undefined)

const print = (json: boolean, customer: Customer): Effect.Effect<void> =>
  Effect.flatMap(Output.encoded(Customer, customer), (told) =>
    json ? Output.json(told) : Output.record(Object.entries(told).filter(([, value]) => value !== null))
  )

const list = leaf({
  name: "list",
  summary: "Find customers, one page at a time",
  details: ["Texts match from their beginning. effect-dintero users export reads every page."],
  examples: ["users list", "users list --email ada@example.com --json"],
  config: {
    search: Parameters.text("--search TEXT", "the beginning of a name, phone number, customer_id or email"),
    email: Parameters.text("--email EMAIL", "the beginning of the email"),
    phone: Parameters.text("--phone NUMBER", "the beginning of the phone number, such as +47"),
    type: Parameters.choice("--type TYPE", "customer, company, contact, employee, other or any", [
      "customer",
      "company",
      "contact",
      "employee",
      "other",
      "any"
    ]),
    deleted: Parameters.flag("--include-deleted", "deleted customers too, of which only ids and times are left"),
    limit: Parameters.count("--limit NUMBER", "customers on a page, 1 to 100 (default 20)", { between: [1, 100], fallback: 20 }),
    after: Parameters.text("--after CURSOR", "the page after this cursor, which the page before printed"),
    json: Parameters.json
  },
  run: ({ after, deleted, email, json, limit, phone, search, type }) =>
    Account.call({}, () =>
      Effect.gen(function* () {
        const page = yield* (yield* Customers).users.list({
          limit,
          ...(search === undefined ? {} : { search }),
          ...(email === undefined ? {} : { email }),
          ...(phone === undefined ? {} : { phone_number: phone }),
          ...(type === undefined ? {} : { type }),
          ...(deleted ? { include_deleted: true } : {}),
          ...(after === undefined || after === "" ? {} : { starting_after: Cursor.make(after) })
        })
        const next = Option.getOrUndefined(page.next)
        if (json) {
          const items = yield* Output.encoded(Schema.Array(Customer), page.items)
          return yield* Output.json({ users: items, next: next ?? null })
        }
        yield* Output.table(
          [
            { title: "CUSTOMER_ID", of: (customer) => customer.customer_id },
            { title: "TYPE", of: (customer) => customer.type },
            { title: "NAME", of: nameOf, canBeCut: true },
            { title: "EMAIL", of: (customer) => customer.email, canBeCut: true },
            { title: "PHONE", of: (customer) => customer.phone_number }
          ],
          page.items,
          "There are no such customers."
        )
        if (next !== undefined) yield* Output.line(`There is more: --after ${next}`)
      })
    )
})

const get = leaf({
  name: "get",
  summary: "Show a customer",
  examples: ["users get ada"],
  config: { id, json: Parameters.json },
  run: ({ id, json }) =>
    Account.call({}, () =>
      Effect.flatMap(
        Effect.flatMap(Customers, (customers) => customers.users.get(id)),
        (customer) => print(json, customer)
      )
    )
})

const create = leaf({
  name: "create",
  summary: "Create a customer",
  examples: ["users create customer.json", `users create - <<< '{"type":"customer","email":"bo@shop.no"}'`],
  config: { file, yes: Parameters.yes, json: Parameters.json },
  run: ({ file, json, yes }) =>
    Effect.flatMap(Input.read("customer", file, CustomerCreate), (customer) =>
      Account.call({ changes: { yes } }, () =>
        Effect.flatMap(
          Effect.flatMap(Customers, (customers) => customers.users.create(customer)),
          (created) => print(json, created)
        )
      )
    )
})

const update = leaf({
  name: "update",
  summary: "Change fields of a customer",
  details: ["A field that is left out stays as it is, and null clears a field."],
  examples: [`users update ada - <<< '{"first_name":"Ada"}'`],
  config: { id, file, yes: Parameters.yes, json: Parameters.json },
  run: ({ file, id, json, yes }) =>
    Effect.flatMap(Input.read("changes", file, CustomerUpdate), (changes) =>
      Account.call({ changes: { yes } }, () =>
        Effect.flatMap(
          Effect.flatMap(Customers, (customers) => customers.users.update(id, changes)),
          (updated) => print(json, updated)
        )
      )
    )
})

const remove = leaf({
  name: "delete",
  summary: "Erase a customer",
  examples: ["users delete ada --delete-tokens"],
  config: {
    id,
    tokens: Parameters.flag("--delete-tokens", "erase the customer's tokens too"),
    yes: Parameters.yes,
    json: Parameters.json
  },
  run: ({ id, json, tokens, yes }) =>
    id.trim() === ""
      ? wrongUsage("CUSTOMER_ID is empty.")
      : Account.call({ changes: { yes } }, () =>
          Effect.gen(function* () {
            const customer = yield* (yield* Customers).users.delete(id, tokens ? { delete_tokens: true } : {})
            yield* json ? print(json, customer) : Output.line(`The customer ${id} is erased.`)
          })
        )
})

export const users: Group = {
  name: "users",
  summary: "The customers of the account",
  leaves: [list, get, create, update, remove, exportUsers, importUsers]
}
