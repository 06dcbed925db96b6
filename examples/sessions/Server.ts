/**
 * All routes. Everything that a handler can end in becomes an answer here.
 */
import { HttpMiddleware, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"
import { Sessions } from "effect-dintero"
import * as Answers from "./Answers.js"
import { customerRoutes } from "./Customer.js"
import { sameOrigin } from "./SameOrigin.js"
import { signInRoutes } from "./SignIn.js"

/** For the load balancer: whether this process can serve customers. */
const health = Effect.gen(function* () {
  const sessions = yield* Sessions
  yield* sessions.health
  return HttpServerResponse.empty()
})

/** Answers are for one customer, so no cache may keep them. */
const noStore = HttpMiddleware.make(Effect.map(HttpServerResponse.setHeader("cache-control", "no-store")))

export const routes = HttpRouter.concatAll(signInRoutes, customerRoutes).pipe(
  HttpRouter.get("/health", health),
  HttpRouter.use(sameOrigin),
  HttpRouter.catchAll(Answers.respond),
  HttpRouter.use(noStore)
)

export const ServerLayer = HttpServer.serve(routes)
