import * as Effect from "effect/Effect"

const none = () => Effect.dieMessage("pending")

/** Operations whose handlers are still to be written. */
export const pending = {
  "auth.mfa.recovery": none,
  "auth.passwordless.send": none,
  "auth.passwordless.code": none,
  "auth.authorize": none,
  "auth.redirect": none,
  "auth.exchangeToken": none,
  "auth.oidcToken": none,
  "auth.clients.list": none,
  "auth.clients.create": none,
  "auth.clients.get": none,
  "auth.clients.update": none,
  "auth.clients.delete": none,
  "auth.clients.rotateSecret": none,
  "auth.grants.list": none,
  "auth.grants.create": none,
  "auth.grants.update": none,
  "auth.grants.delete": none,
  "auth.users.create": none,
  "auth.users.update": none,
  "auth.users.delete": none,
  "auth.users.changeUsername": none
}
