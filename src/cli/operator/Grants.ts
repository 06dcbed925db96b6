/**
 * `grants`: what the API clients of the account may do.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ClientGrant } from "../../schemas/ClientGrant.js"
import { Auth } from "../../services/Auth.js"
import * as Account from "./Account.js"
import { type Group, leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"

const id = Parameters.argument("ID", "the id of the grant, as list prints it")
const scopes = Parameters.someOf("--scope SCOPE", "a scope of the grant; may be repeated, and has to be given")

const print = (json: boolean, grant: ClientGrant): Effect.Effect<void> =>
  Effect.flatMap(Output.encoded(ClientGrant, grant), (told) =>
    json
      ? Output.json(told)
      : Output.record([
          ["Id", grant.id],
          ["Client", grant.client_id],
          ["Audience", grant.audience],
          ["Type", grant.type],
          ["Scope", grant.scope.join(" ")]
        ])
  )

const list = leaf({
  name: "list",
  summary: "List the grants of the API clients",
  examples: ["grants list --client CLIENT_ID"],
  config: {
    client: Parameters.text("--client ID", "only the grants of this client"),
    audience: Parameters.text("--audience URL", "only the grants for this API"),
    json: Parameters.json
  },
  run: ({ audience, client, json }) =>
    Account.call({}, () =>
      Effect.gen(function* () {
        const grants = yield* (yield* Auth).grants.list({
          ...(client === undefined ? {} : { client_id: client }),
          ...(audience === undefined ? {} : { audience })
        })
        yield* json
          ? Effect.flatMap(Output.encoded(Schema.Array(ClientGrant), grants), (items) => Output.json({ grants: items }))
          : Output.table(
              [
                { title: "ID", of: (grant) => grant.id },
                { title: "CLIENT", of: (grant) => grant.client_id },
                { title: "TYPE", of: (grant) => grant.type },
                { title: "SCOPE", of: (grant) => grant.scope.join(" "), canBeCut: true }
              ],
              grants,
              "There are no such grants."
            )
      })
    )
})

const create = leaf({
  name: "create",
  summary: "Give an API client access to an API",
  examples: ["grants create CLIENT_ID --scope read:customers"],
  config: {
    client: Parameters.argument("CLIENT", "the id of the client, as clients list prints it"),
    scopes,
    audience: Parameters.text("--audience URL", "the API (default: the account's URL)"),
    type: Parameters.choice("--type TYPE", "any, client_credentials, password or authorization_code", [
      "any",
      "client_credentials",
      "password",
      "authorization_code"
    ]),
    yes: Parameters.yes,
    json: Parameters.json
  },
  run: ({ audience, client, json, scopes, type, yes }) =>
    Account.call({ changes: { yes } }, ({ accountId }) =>
      Effect.gen(function* () {
        const grant = yield* (yield* Auth).grants.create({
          client_id: client,
          audience: audience ?? `https://api.dintero.com/v1/accounts/${accountId}`,
          scope: scopes,
          ...(type === undefined ? {} : { type })
        })
        yield* print(json, grant)
      })
    )
})

const update = leaf({
  name: "update",
  summary: "Replace the scopes of a grant",
  details: [
    "The grant has the scopes that are given, and no others. Tokens that were issued before keep theirs until they expire."
  ],
  examples: ["grants update GRANT_ID --scope read:accounts"],
  config: { id, scopes, yes: Parameters.yes, json: Parameters.json },
  run: ({ id, json, scopes, yes }) =>
    Account.call({ changes: { yes } }, () =>
      Effect.gen(function* () {
        yield* print(json, yield* (yield* Auth).grants.update(id, { scope: scopes }))
      })
    )
})

const remove = leaf({
  name: "delete",
  summary: "Remove a grant",
  details: ["Tokens that were issued before stay valid until they expire."],
  examples: ["grants delete GRANT_ID"],
  config: { id, yes: Parameters.yes, json: Parameters.json },
  run: ({ id, json, yes }) =>
    Account.call({ changes: { yes } }, () =>
      Effect.gen(function* () {
        const grant = yield* (yield* Auth).grants.delete(id)
        yield* json ? print(json, grant) : Output.line(`The grant ${id} is removed.`)
      })
    )
})

export const grants: Group = {
  name: "grants",
  summary: "What the API clients of the account may do",
  leaves: [list, create, update, remove]
}
