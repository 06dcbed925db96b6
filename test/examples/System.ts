/**
 * What the examples of the docs find when they run: an embedded system on a port, with the client of a seed in the environment.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, DinteroHttpClient, Partner, Sessions, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, Seed } from "effect-dintero/embedded"
import * as RedisServer from "../utils/RedisServer.js"

/** In the place of `…`, with which examples leave a secret out. */
export const secret = "a-secret-that-the-reader-has"

/** What examples write for a client of the reader's own. */
const placeholder = {
  client_id: "my-client",
  client_secret: secret,
  grants: [{ type: "client_credentials", scope: ["admin:customers"] }]
} as const

/** A partner whose merchant every other account is. */
const partner = {
  account_id: "T11200000",
  clients: [
    {
      ...placeholder,
      grants: [{ type: "client_credentials", scope: ["admin:accounts", "admin:customers"] }]
    }
  ]
} as const

const withPlaceholder = (seed: Seed.Seed): Seed.Seed => ({
  accounts: [
    ...seed.accounts.map((account) => ({
      ...account,
      partner: partner.account_id,
      clients: [...(account.clients ?? []), placeholder]
    })),
    partner
  ]
})

/** Only the partner itself: `Auth` and `Customers` are of the demo account. */
const PartnerLive = Layer.map(
  Partner.layer({ accountId: partner.account_id, clientId: placeholder.client_id, clientSecret: Redacted.make(secret) }),
  Context.pick(Partner.Partner)
)

/** The demo account as a test has it: its hash is the one that costs what it should. */
export const demo: Seed.Seed = {
  accounts: DinteroEmbedded.demoSeed.accounts.map((account) => ({
    ...account,
    customers: account.customers.map(({ password_hash: _, ...customer }) => ({
      ...customer,
      password: DinteroEmbedded.demoPassword
    }))
  }))
}

const mfa = {
  enabled: true,
  login: { challenge_type: "oob", oob_channel: "sms" },
  login_recovery: { challenge_type: "oob", oob_channel: "email" }
} as const

/** A folder that is gone with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-docs-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** `mfa`: whether a login asks for a one-time code. `redis`: whether there is a Redis too. */
export const make = (seed: Seed.Seed, needs: { readonly mfa: boolean; readonly redis: boolean }) =>
  Effect.gen(function* () {
    const system = yield* DinteroEmbedded.serve({ seed: withPlaceholder(seed), passwordHashing: PasswordHashing.fastForTests })
    const client = yield* Effect.fromNullable(Seed.firstClient(seed))
    const environment = new Map([
      ["DINTERO_ACCOUNT_ID", client.accountId],
      ["DINTERO_CLIENT_ID", client.clientId],
      ["DINTERO_CLIENT_SECRET", client.clientSecret],
      ["DINTERO_BASE_URL", system.url],
      ["EFFECT_DINTERO_ADMIN_TOKEN", Redacted.value(system.adminToken)],
      ["SESSIONS_DIRECTORY", join(yield* folder, "sessions")],
      ["SESSIONS_KEY", Buffer.alloc(32, 7).toString("base64")],
      ["SHOP_SECRET", client.clientSecret],
      ["SHOP_ATTEMPTS", "3"],
      ...(needs.redis ? [["REDIS_URL", Redacted.value((yield* RedisServer.make).url)] as const] : [])
    ])
    const config = ConfigProvider.fromMap(environment)
    const services = yield* Sessions.layer().pipe(
      Layer.provideMerge(DinteroHttpClient.layer),
      Layer.provideMerge(PartnerLive),
      Layer.provideMerge(Dintero.layerConfig),
      Layer.provideMerge(TokenStores.layerMemory),
      // It takes requests to any host: an example that names none asks Dintero's own.
      Layer.provideMerge(Layer.succeed(HttpClient.HttpClient, system.httpClient)),
      Layer.provideMerge(NodeContext.layer),
      Layer.build,
      Effect.withConfigProvider(config)
    )
    if (needs.mfa) {
      yield* Context.get(services, Customers).settings.update({ users: { customer_id_format: "uuid", mfa } })
    }
    return { system, config, environment, services, folder: yield* folder, scope: yield* Effect.scope }
  })

export type System = Effect.Effect.Success<ReturnType<typeof make>>
