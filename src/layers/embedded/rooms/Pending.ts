import * as Effect from "effect/Effect"

const none = () => Effect.dieMessage("pending")

/** Operations whose handlers are still to be written. */
export const pending = {
  "auth.roles.list": none,
  "auth.roles.create": none,
  "auth.roles.get": none,
  "auth.roles.update": none,
  "auth.roles.delete": none,
  "auth.accountUsers.list": none,
  "auth.accountUsers.create": none,
  "auth.accountUsers.update": none,
  "auth.accountUsers.delete": none,
  "auth.accountUsers.activities": none
}
