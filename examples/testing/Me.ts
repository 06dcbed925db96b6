/**
 * A web handler under test: says who is signed in, by the id of the session in the cookie.
 */
import { Effect, Option } from "effect"
import { Customers, Session, Sessions } from "effect-dintero"

const idOf = (request: Request) => /(?:^|; )session=([^;]*)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? ""

const signInFirst = () => Effect.succeed(new Response("Sign in first.", { status: 401 }))

export const me = (request: Request) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const customers = yield* Customers
    const session = yield* sessions.resume(idOf(request))
    const customerId = Option.getOrElse(session.customerId, () => "")
    const { email } = yield* Session.with(customers.users.get(customerId), session)
    return Response.json({ email })
  }).pipe(
    Effect.scoped,
    Effect.catchTags({ SessionNotFound: signInFirst, SessionExpired: signInFirst }),
    Effect.catchAll(() => Effect.succeed(new Response("Try again later.", { status: 503 })))
  )
