/**
 * Lists that come in pages, by the cursor of the service or by time.
 *
 * A list by time gives what was added or changed at or after an instant, so the last items of a page come again on the next one. Its cursor
 * holds the largest time that was seen, and what was seen of that time. Two changes of one item can have the same time, so an item counts as
 * seen only in the state that was seen.
 */
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Paging, Since } from "../../contract/Operation.js"
import { Cursor } from "../../schemas/Cursor.js"
import type { Issue } from "../../schemas/DinteroError.js"
import type { Page } from "../../services/Page.js"

/** How many items a page has when the query does not say so. Source: https://docs.dintero.com/api-reference/terms/terms-collection */
const defaultLimit = 10

/** How many items a page can have. Source: https://docs.dintero.com/api-reference/terms/terms-collection */
const maximumLimit = 100

const decodeCursor = Schema.decodeUnknownOption(Cursor)

const limitOf = (query: object): number =>
  Predicate.hasProperty(query, "limit") && typeof query.limit === "number" ? query.limit : defaultLimit

type Wrong = ReadonlyArray<Issue>

/** How one page is asked for, and what its items make of it. */
export interface Asking {
  readonly query: object
  readonly pageOf: <Item>(items: ReadonlyArray<Item>, total: Option.Option<number>) => Either.Either<Page<Item>, Wrong>
}

const wrong = (path: string, message: string): Either.Either<never, Wrong> => Either.left([{ path, message }])

const field = (item: unknown, name: string): unknown => (Predicate.hasProperty(item, name) ? item[name] : undefined)

const byTime = "since "
const byItem = "after "

/** The id of an item can be chosen by a caller of the service, and must not be taken for a cursor by time. */
const protect = (cursor: Cursor): Cursor =>
  cursor.startsWith(byTime) || cursor.startsWith(byItem) ? Cursor.make(byItem + cursor) : cursor

const unprotect = (cursor: Cursor): Cursor => (cursor.startsWith(byItem) ? Cursor.make(cursor.slice(byItem.length)) : cursor)

/** The first field that is there names the item (assumed: cursor). A page that is not full is the last one (assumed: last-page). */
const afterItem = ({ cursor: fields, since }: Paging, query: object): Asking => {
  const given = decodeCursor(field(query, "starting_after"))
  const from = since === undefined ? given : Option.map(given, unprotect)
  return {
    query: Option.isNone(from) ? query : { ...query, starting_after: from.value },
    pageOf: (items, total) => {
      const last = items[items.length - 1]
      const cursor = Option.firstSomeOf(fields.map((name) => decodeCursor(field(last, name))))
      const next = items.length < limitOf(query) ? Option.none() : cursor
      if (Option.isSome(next) && Option.contains(from, next.value)) {
        return wrong("", "expected a page that ends with another cursor than the one that it was asked with")
      }
      return Either.right({
        items,
        total,
        next: since === undefined ? next : Option.map(next, protect),
        isLast: Option.isNone(next)
      })
    }
  }
}

/** `at`: ms. `seen`: the items of that time, in the state in which they were seen. */
interface Point {
  readonly at: number
  readonly seen: ReadonlyArray<string>
}

const readPoint = Schema.decodeUnknownOption(
  Schema.parseJson(Schema.Struct({ at: Schema.DateTimeUtc, seen: Schema.Array(Schema.String) }))
)

const writePoint = ({ at, seen }: Point): Cursor =>
  Cursor.make(byTime + JSON.stringify({ at: DateTime.formatIso(DateTime.unsafeMake(at)), seen }))

/** Of a text, or of what it was decoded to. */
const millisOf = (value: unknown): Option.Option<number> =>
  DateTime.isDateTime(value) || typeof value === "string"
    ? Option.map(DateTime.make(value), DateTime.toEpochMillis)
    : Option.none()

/** Items come in the order of their times, so nothing is missed before the largest one (assumed: order-by-time). */
const sinceTime = ({ id, time }: Since, given: object, from: Point): Asking => {
  const { starting_after: _, ...query } = { starting_after: undefined, ...given }
  // What was seen comes again, so there has to be room for it beside what is new.
  const limit = Math.max(limitOf(query), Math.min(limitOf(query) + from.seen.length, maximumLimit))
  const before = new Set(from.seen)
  return {
    query: {
      ...query,
      ...(from.seen.length === 0 ? {} : { limit }),
      since_datetime: DateTime.unsafeMake(from.at)
    },
    pageOf: (answered, total) => {
      const known = answered.map((item) => ({
        item,
        at: Option.getOrElse(millisOf(field(item, time)), () => Number.NEGATIVE_INFINITY),
        state: `${field(item, id)} ${Hash.string(JSON.stringify(item))}`
      }))
      const isSeen = (one: { readonly at: number; readonly state: string }) => one.at === from.at && before.has(one.state)
      const at = known.reduce((latest, one) => Math.max(latest, one.at), from.at)
      const seen = new Set(at === from.at ? from.seen : [])
      for (const one of known) if (one.at === at) seen.add(one.state)
      const isLast = answered.length < limit
      // The same request would be answered with the same page for ever.
      if (!isLast && at === from.at && seen.size === before.size) {
        return wrong("", `expected items with a later ${time}: the list cannot go on behind ${limit} items of the same time`)
      }
      return Either.right({
        items: known.flatMap((one) => (isSeen(one) ? [] : [one.item])),
        total,
        next: Option.some(writePoint({ at, seen: [...seen] })),
        isLast
      })
    }
  }
}

/** How a page of a list is asked for with this query. A damaged cursor is an issue of the request. */
export const asking = (paging: Paging, query: object): Either.Either<Asking, Wrong> => {
  const { since } = paging
  if (since === undefined) return Either.right(afterItem(paging, query))
  const cursor = field(query, "starting_after")
  if (typeof cursor === "string" && cursor.startsWith(byTime)) {
    return Option.match(readPoint(cursor.slice(byTime.length)), {
      onNone: () => wrong("starting_after", "expected a cursor that this list has given"),
      onSome: ({ at, seen }) => Either.right(sinceTime(since, query, { at: DateTime.toEpochMillis(at), seen }))
    })
  }
  const from = cursor === undefined ? millisOf(field(query, "since_datetime")) : Option.none<number>()
  return Either.right(Option.isNone(from) ? afterItem(paging, query) : sinceTime(since, query, { at: from.value, seen: [] }))
}

/** Page by page. The next page is asked for when it is wanted. */
export const pages = <Item, E>(
  list: (query: object) => Effect.Effect<Page<Item>, E>,
  query: object
): Stream.Stream<Page<Item>, E> =>
  Stream.paginateEffect(query, (asked) =>
    Effect.map(list(asked), (page) => [
      page,
      page.isLast ? Option.none() : Option.map(page.next, (starting_after) => ({ ...query, starting_after }))
    ])
  )

/** Every item, page by page. The next page is asked for when its first item is wanted. */
export const items = <Item, E>(list: (query: object) => Effect.Effect<Page<Item>, E>, query: object): Stream.Stream<Item, E> =>
  Stream.mapConcatChunk(pages(list, query), ({ items }) => Chunk.unsafeFromArray(items))
