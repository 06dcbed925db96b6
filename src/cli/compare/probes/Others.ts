/**
 * Tags, terms and locations.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import * as Own from "../Own.js"
import { answered, isSuccess, type Probe, probe, refused } from "../Probe.js"
import { unclear } from "../Target.js"

export const others: ReadonlyArray<Probe> = [
  probe({
    assumption: "equal-tags",
    asks: "Can two tags have the same text?",
    switches: {
      "they can": { assumed: { equalTags: "allowed" } },
      "they cannot": { assumed: { equalTags: "refused" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const tag = yield* Own.tagText(target)
        yield* target.expect("customers.tags.create", { body: { tag } })
        const answer = yield* target.call("customers.tags.create", { body: { tag } })
        return isSuccess(answer) ? "they can" : "they cannot"
      })
  }),
  probe({
    assumption: "deleted-tag-404",
    asks: "What is the answer to the deletion of a tag that does not exist?",
    switches: {},
    run: (target) => Effect.map(target.call("customers.tags.delete", { path: { tag_id: randomUUID() } }), answered)
  }),
  probe({
    assumption: "unknown-tag",
    asks: "What happens when the tags of a customer name a tag that does not exist?",
    switches: {
      "it is refused": { assumed: { unknownTag: "refused" } },
      "it is ignored": { assumed: { unknownTag: "ignored" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target)
        const path = { customer_id: customerId }
        const answer = yield* target.call("customers.tags.setOfCustomer", { path, body: [randomUUID()] })
        if (!isSuccess(answer)) return "it is refused"
        const tags = yield* Effect.flatMap(target.expect("customers.tags.ofCustomer", { path }), Own.itemsOf)
        return tags.length === 0 ? "it is ignored" : "it is kept"
      })
  }),
  probe({
    assumption: "get-of-deleted",
    asks: "Can deleted terms be read by their id?",
    switches: {
      "they can": { assumed: { deletedTerms: "shown" } },
      "they cannot": { assumed: { deletedTerms: "notFound" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const terms = yield* Own.termsText(target)
        const tid = yield* Own.textAt(yield* target.expect("customers.terms.create", { body: { terms } }), "id")
        yield* target.expect("customers.terms.delete", { path: { tid } })
        const answer = yield* target.call("customers.terms.get", { path: { tid } })
        return isSuccess(answer) ? "they can" : answer.status === 404 ? "they cannot" : refused(answer)
      })
  }),
  probe({
    assumption: "location-unique",
    asks: "Can two locations have the same `location_id`?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const body = { location_id: yield* Own.locationName(target), name: "Compare" }
        yield* target.expect("customers.locations.create", { body })
        const answer = yield* target.call("customers.locations.create", { body })
        return isSuccess(answer) ? "they can" : refused(answer)
      })
  }),
  probe({
    assumption: "location-merge",
    asks: "Does an update of a location keep the fields that it leaves out?",
    switches: {
      "it keeps them": { assumed: { locationUpdate: "merged" } },
      "it removes them": { assumed: { locationUpdate: "replaced" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const lid = yield* Own.locationName(target)
        yield* target.expect("customers.locations.create", { body: { location_id: lid, name: "Compare" } })
        yield* target.expect("customers.locations.update", { path: { lid }, body: { email: Own.emailOf(lid) } })
        const { json } = yield* target.expect("customers.locations.get", { path: { lid } })
        if (Json.at(json, "email") === undefined) return yield* unclear("The update has changed nothing")
        return Json.at(json, "name") === undefined ? "it removes them" : "it keeps them"
      })
  })
]
