/**
 * The system that the page is tested with.
 */
import { HttpClient } from "@effect/platform"
import { Context, Effect, Layer, Redacted, Runtime } from "effect"
import { Auth, Customers, Dintero } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import type { OutboxService } from "../../src/layers/embedded/controls/outbox/Outbox.js"
import type { System } from "./System.js"

const [account] = DinteroEmbedded.demoSeed.accounts
const [client] = account.clients
const audience = `https://api.dintero.com/v1/accounts/${account.account_id}`

const mfa = {
  enabled: true,
  login: { challenge_type: "oob", oob_channel: "sms" },
  login_recovery: { challenge_type: "oob", oob_channel: "email" }
} as const

export const openSystem = Effect.gen(function* () {
  const system = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
  const services = yield* Layer.build(
    Dintero.layer({
      accountId: account.account_id,
      clientId: client.client_id,
      clientSecret: Redacted.make(client.client_secret)
    }).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, system.httpClient)))
  )
  const sendCode = Effect.gen(function* () {
    const customers = Context.get(services, Customers)
    yield* customers.settings.update({ users: { customer_id_format: "uuid", mfa } })
    const { mfa_token } = yield* customers.password.mfaLogin({
      type: "customer",
      ident_type: "email",
      ident: "ada@example.com",
      secret: Redacted.make(DinteroEmbedded.demoPassword),
      audience
    })
    yield* Context.get(services, Auth).mfa.challenge({ challenge_type: "oob", mfa_token })
    const messages = yield* system.outbox.list({ template: "mfa_code" })
    return messages.at(-1)?.code ?? ""
  })
  return {
    url: system.url,
    token: Redacted.value(system.adminToken),
    accountId: account.account_id,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    callerId: client.id,
    sendMessages: (count) => {
      // Seam: the value is a system, and its type here only has the controls.
      const { send } = system.outbox as OutboxService
      const message = { account_id: account.account_id, channel: "email", template: "change_password", code: null } as const
      const all = Array.from({ length: count }, (_, index) =>
        send({ ...message, recipient: "many@example.com", text: `Message ${index + 1} of ${count}` })
      )
      return Runtime.runPromise(Runtime.defaultRuntime)(Effect.all(all, { discard: true }))
    },
    sendCode: () => Runtime.runPromise(Runtime.defaultRuntime)(sendCode)
  } satisfies System
})
