/**
 * `clients`: the API clients of the account.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ApiClient, ApiClientWithSecret } from "../../schemas/ApiClient.js"
import { Auth } from "../../services/Auth.js"
import { wrongUsage } from "../CommandFailed.js"
import * as Account from "./Account.js"
import { type Group, leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"

const id = Parameters.argument("ID", "the id of the client, as list prints it")
const name = Parameters.text("--name TEXT", "the name of the client")
const description = Parameters.text("--description TEXT", "what the client is for")

const fieldsOf = (client: ApiClient): ReadonlyArray<readonly [string, unknown]> => [
  ["Id", client.id],
  ["Client id", client.client_id],
  ["Name", client.name],
  ["Description", client.description],
  ["Callbacks", client.callbacks?.join(" ")]
]

const print = (json: boolean, client: ApiClient): Effect.Effect<void> =>
  Effect.flatMap(Output.encoded(ApiClient, client), (told) => (json ? Output.json(told) : Output.record(fieldsOf(client))))

/** The one place where a secret is shown without being asked for: the service does not show it again. */
const printSecret = (json: boolean, client: ApiClientWithSecret): Effect.Effect<void> =>
  Effect.flatMap(Output.encoded(ApiClientWithSecret, client, { show: true }), (told) =>
    json
      ? Output.json(told)
      : Effect.zipRight(
          Output.record([...fieldsOf(client), ["Secret", told.client_secret]]),
          Output.line("Keep the secret now: it is not shown again.")
        )
  )

const list = leaf({
  name: "list",
  summary: "List the API clients",
  examples: ["clients list"],
  config: { json: Parameters.json },
  run: ({ json }) =>
    Account.call({}, () =>
      Effect.gen(function* () {
        const clients = yield* (yield* Auth).clients.list()
        yield* json
          ? Effect.flatMap(Output.encoded(Schema.Array(ApiClient), clients), (items) => Output.json({ clients: items }))
          : Output.table(
              [
                { title: "ID", of: (client) => client.id },
                { title: "NAME", of: (client) => client.name, canBeCut: true },
                { title: "DESCRIPTION", of: (client) => client.description, canBeCut: true }
              ],
              clients,
              "The account has no API clients."
            )
      })
    )
})

const create = leaf({
  name: "create",
  summary: "Add an API client, and show its secret once",
  details: ["A new client has no access until effect-dintero grants create gives it some."],
  examples: ['clients create --name "Web shop"'],
  config: {
    name,
    description,
    label: Parameters.text("--client-id TEXT", "a label of your own for the client"),
    callbacks: Parameters.many("--callback URL", "where a login may send its user back; may be repeated"),
    yes: Parameters.yes,
    json: Parameters.json
  },
  run: ({ callbacks, description, json, label, name, yes }) =>
    Account.call({ changes: { yes } }, () =>
      Effect.gen(function* () {
        const client = yield* (yield* Auth).clients.create({
          ...(name === undefined ? {} : { name }),
          ...(description === undefined ? {} : { description }),
          ...(label === undefined ? {} : { client_id: label }),
          ...(callbacks.length === 0 ? {} : { callbacks })
        })
        yield* printSecret(json, client)
      })
    )
})

const get = leaf({
  name: "get",
  summary: "Show an API client, without its secret",
  examples: ["clients get CLIENT_ID"],
  config: { id, json: Parameters.json },
  run: ({ id, json }) =>
    Account.call({}, () =>
      Effect.flatMap(
        Effect.flatMap(Auth, (auth) => auth.clients.get(id)),
        (client) => print(json, client)
      )
    )
})

const update = leaf({
  name: "update",
  summary: "Change the name or the description of an API client",
  examples: ['clients update CLIENT_ID --name "Old shop"'],
  config: { id, name, description, yes: Parameters.yes, json: Parameters.json },
  run: ({ description, id, json, name, yes }) =>
    name === undefined && description === undefined
      ? wrongUsage("There is nothing to change: give --name, --description or both.")
      : Account.call({ changes: { yes } }, () =>
          Effect.gen(function* () {
            const client = yield* (yield* Auth).clients.update(id, {
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description })
            })
            yield* print(json, client)
          })
        )
})

const remove = leaf({
  name: "delete",
  summary: "Remove an API client with its grants",
  examples: ["clients delete CLIENT_ID"],
  config: { id, yes: Parameters.yes, json: Parameters.json },
  run: ({ id, json, yes }) =>
    Account.call({ changes: { yes } }, () =>
      Effect.gen(function* () {
        const client = yield* (yield* Auth).clients.delete(id)
        yield* json ? print(json, client) : Output.line(`The client ${id} is removed.`)
      })
    )
})

const rotate = leaf({
  name: "rotate-secret",
  summary: "Give an API client another secret, and show it once",
  details: [
    "A program with the old secret may be refused from now on. It is not documented how long the old secret stays valid."
  ],
  examples: ["clients rotate-secret CLIENT_ID"],
  config: { id, yes: Parameters.yes, json: Parameters.json },
  run: ({ id, json, yes }) =>
    Account.call({ changes: { yes } }, () =>
      Effect.gen(function* () {
        yield* printSecret(json, yield* (yield* Auth).clients.rotateSecret(id))
      })
    )
})

export const clients: Group = {
  name: "clients",
  summary: "The API clients of the account",
  leaves: [list, create, get, update, remove, rotate]
}
