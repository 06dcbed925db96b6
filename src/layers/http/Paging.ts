/**
 * Lists that come in pages, by the cursor of the service or by time.
 *
 * A list by time gives what was added or changed at or after an instant, so the last items of a page come again on the next one. Its cursor
 * holds the largest time that was seen, and what was seen of that time. Two changes of one item can have the same time, so an item counts as
 * seen only in the state that was seen.
 */
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Paging, Since } from "../../contract/Operation.js"
import { lazily } from "../../internal/Lazily.js"
import { Checkpoint } from "../../schemas/Checkpoint.js"
import { Cursor } from "../../schemas/Cursor.js"
import type { Issue } from "../../schemas/DinteroError.js"
import type { Changes, ChangesOptions } from "../../services/Changes.js"
import type { Page } from "../../services/Page.js"

/** How many items a page has when the query does not say so. Source: https://docs.dintero.com/api-reference/terms/terms-collection */
const defaultLimit = 10

/** How many items a page can have. Source: https://docs.dintero.com/api-reference/terms/terms-collection */
const maximumLimit = 100

const decodeCursor = lazily(() => Schema.decodeUnknownOption(Cursor))

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
export const protect = (cursor: Cursor): Cursor =>
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

/** How far a list by time has been read. */
interface Point {
  /** ms. What was changed earlier has been given. */
  readonly at: number
  /** What has been given and can come again: items in the state that they had, and their times in ms. */
  readonly seen: ReadonlyMap<string, number>
}

// The times of the items are said as their distance from `at`.
const pointFields = { at: Schema.DateTimeUtc, seen: Schema.Array(Schema.Tuple(Schema.String, Schema.Int)) }

type PointEncoded = Schema.Struct.Encoded<typeof pointFields>

const pointOf = ({ at, seen }: Schema.Struct.Type<typeof pointFields>): Point => {
  const millis = DateTime.toEpochMillis(at)
  return { at: millis, seen: new Map(seen.map(([state, distance]) => [state, millis + distance])) }
}

const instant = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis))

const encodePoint = ({ at, seen }: Point): PointEncoded => ({
  at: instant(at),
  seen: Array.from(seen, ([state, time]) => [state, time - at] as const)
})

const readPoint = lazily(() => Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct(pointFields))))

/** Tells two states of an item apart. An item that is nested too deeply for `JSON.stringify` is told apart by its times alone. */
const digestOf = (item: unknown, times: ReadonlyArray<number>): number =>
  Hash.string(
    Either.getOrElse(
      Either.try(() => JSON.stringify(item)),
      () => times.join()
    )
  )

/** Of a text, or of what it was decoded to. */
const millisOf = (value: unknown): Option.Option<number> =>
  DateTime.isDateTime(value) || typeof value === "string"
    ? Option.map(DateTime.make(value), DateTime.toEpochMillis)
    : Option.none()

/**
 * One request of a list by time.
 *
 * - `from`: the `since_datetime`, ms
 * - `earliest`: what was changed before is not given, ms
 */
interface Reading {
  readonly since: Since
  readonly query: object
  readonly from: number
  readonly earliest: number
  readonly point: Point
}

/** What was seen comes again, so there has to be room for it beside what is new. */
const roomFor = ({ from, point, query }: Reading): number => {
  const limit = limitOf(query)
  const again = Array.from(point.seen.values()).filter((time) => time >= from).length
  return Math.max(limit, Math.min(limit + again, maximumLimit))
}

const queryOf = (reading: Reading): object => ({
  ...reading.query,
  ...(reading.point.seen.size === 0 ? {} : { limit: roomFor(reading) }),
  since_datetime: DateTime.unsafeMake(reading.from)
})

/**
 * What an answer has that was not given, and how to read on. `settled`: the service has shown every change before this time, ms.
 *
 * Items come in the order of their times, so nothing is missed before the largest one (assumed: order-by-time). But an answer can have more items
 * than its limit: a contact brings customers along, which can have any time (assumed: linked-customers). So the largest time of the page is the
 * largest of as many of the earliest as the limit allows.
 */
const readOn = <Item>({ earliest, from, point, query, since }: Reading, answered: ReadonlyArray<Item>, settled: number) => {
  const limit = roomFor({ earliest, from, point, query, since })
  const known = answered.map((item) => {
    const times = since.time.flatMap((name) => Option.toArray(millisOf(field(item, name))))
    return {
      item,
      at: times.length === 0 ? undefined : Math.max(...times),
      state: `${field(item, since.id)} ${digestOf(item, times)}`
    }
  })
  const fresh = known.filter(({ at, state }) => (at === undefined || at >= earliest) && !point.seen.has(state))
  const inTime = known.filter(({ at }) => at === undefined || at >= from)
  const times = inTime.flatMap(({ at }) => at ?? []).sort((a, b) => a - b)
  const next = times[Math.min(limit, times.length) - 1] ?? from
  const isLast = inTime.length < limit
  // The same request would be answered with the same page for ever.
  if (!isLast && next === from && fresh.every(({ at }) => at === undefined)) {
    const time = since.time.join(" or ")
    return wrong("", `expected items with a later ${time}: the list cannot go on behind ${limit} items of the same time`)
  }
  const at = Math.max(point.at, Math.min(next, settled))
  const all = [...point.seen, ...fresh.flatMap((one) => (one.at === undefined ? [] : [[one.state, one.at] as const]))]
  return Either.right({
    items: fresh.map(({ item }) => item),
    next,
    point: { at, seen: new Map(all.filter(([, time]) => time >= at)) },
    isLast
  })
}

const sinceTime = (since: Since, given: object, point: Point): Asking => {
  const { starting_after: _, ...query } = { starting_after: undefined, ...given }
  const reading: Reading = { since, query, from: point.at, earliest: Number.NEGATIVE_INFINITY, point }
  return {
    query: queryOf(reading),
    pageOf: (answered, total) =>
      Either.map(readOn(reading, answered, Number.POSITIVE_INFINITY), ({ isLast, items, point }) => ({
        items,
        total,
        next: Option.some(Cursor.make(byTime + JSON.stringify(encodePoint(point)))),
        isLast
      }))
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
      onSome: (point) => Either.right(sinceTime(since, query, pointOf(point)))
    })
  }
  const from = cursor === undefined ? millisOf(field(query, "since_datetime")) : Option.none<number>()
  return Either.right(
    Option.isNone(from) ? afterItem(paging, query) : sinceTime(since, query, { at: from.value, seen: new Map() })
  )
}

/** The list that a checkpoint belongs to. */
export interface Owner {
  readonly list: string
  readonly account: string
}

const checkpointFields = { version: Schema.Literal(1), list: Schema.String, account: Schema.String, ...pointFields }

const readCheckpoint = lazily(() => Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct(checkpointFields))))

/** Finds out a text that was cut off or damaged. */
const sumOf = (text: string): string => String(Hash.string(text))

const writeCheckpoint = ({ account, list }: Owner, point: Point): Checkpoint => {
  const content: Schema.Struct.Encoded<typeof checkpointFields> = { version: 1, list, account, ...encodePoint(point) }
  const text = JSON.stringify(content)
  return Checkpoint.make(`${sumOf(text)} ${text}`)
}

/** How a page of changes is asked for. `next`: none on the last page. */
export interface AskingChanges {
  readonly query: object
  /** `now`: the server's time when the request was made, ms. */
  readonly changesOf: <Item>(
    items: ReadonlyArray<Item>,
    now: number
  ) => Either.Either<{ readonly changes: Changes<Item>; readonly next: Option.Option<AskingChanges> }, Wrong>
}

/** `settled`: the list was complete up to this time when it was read, ms. The service could still hide some later changes. */
const askingChanges = (owner: Owner, overlap: number, reading: Reading, settled: number): AskingChanges => ({
  query: queryOf(reading),
  changesOf: (answered, now) => {
    const shown = Math.min(settled, wholeSecond(now - overlap))
    return Either.map(readOn(reading, answered, shown), ({ isLast, items, next, point }) => ({
      changes: { items, checkpoint: writeCheckpoint(owner, point) },
      next: isLast
        ? Option.none()
        : Option.some(
            askingChanges(
              owner,
              overlap,
              { ...reading, from: next, earliest: point.at, point },
              // What is missing there is for the next call to find, however long this one goes on.
              next > shown ? shown : Number.POSITIVE_INFINITY
            )
          )
    }))
  }
})

/** It is not known whether the service shows fractions of a second. An item must not look earlier than what was asked for. */
const wholeSecond = (millis: number): number => Math.floor(millis / 1000) * 1000

/** The longest delay with which the service may show a change. */
const defaultOverlap = Duration.seconds(10)

/** How the first page of changes is asked for. A checkpoint that is damaged, or of another list, is an issue of the request. */
export const changes = (
  paging: Paging | undefined,
  owner: Owner,
  { checkpoint, limit = maximumLimit, overlap = defaultOverlap, since: begin }: ChangesOptions
): Either.Either<AskingChanges, Wrong> => {
  const since = paging?.since
  if (since === undefined) return wrong("", "expected a list that can be asked for what has changed since a time")
  const duration = Duration.decodeUnknown(overlap)
  if (Option.isNone(duration)) return wrong("overlap", "expected a duration")
  const readFrom = (from: number, point: Point) =>
    Either.right(
      askingChanges(
        owner,
        Duration.toMillis(duration.value),
        { since, query: { ...since.all, limit }, from, earliest: point.at, point },
        Number.POSITIVE_INFINITY
      )
    )
  if (checkpoint === undefined) {
    const from = begin === undefined ? Option.some(0) : millisOf(begin)
    return Option.isNone(from)
      ? wrong("since", "expected an instant")
      : readFrom(from.value, { at: wholeSecond(from.value), seen: new Map() })
  }
  // A caller without TypeScript may give anything.
  const given = String(checkpoint)
  const [sum = ""] = given.split(" ", 1)
  const text = given.slice(sum.length + 1)
  const read = sum === sumOf(text) ? readCheckpoint(text) : Option.none()
  if (Option.isNone(read) || read.value.list !== owner.list || read.value.account !== owner.account) {
    return wrong("checkpoint", `expected a checkpoint that ${owner.list} has given for the account ${owner.account}`)
  }
  const point = pointOf(read.value)
  return readFrom(point.at, point)
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
