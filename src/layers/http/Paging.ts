/**
 * Lists that come in pages.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Paging } from "../../contract/Operation.js"
import { Cursor } from "../../schemas/Cursor.js"
import type { Page } from "../../services/Page.js"

/** How many items a page has when the query does not say so. Source: https://docs.dintero.com/api-reference/terms/terms-collection */
const defaultLimit = 10

const decodeCursor = Schema.decodeUnknownOption(Cursor)

/** The first field that is there names the item (assumed: cursor). */
const cursorOf = ({ cursor }: Paging, item: unknown): Option.Option<Cursor> =>
  Option.firstSomeOf(
    cursor.map((field) => (Predicate.hasProperty(item, field) ? decodeCursor(item[field]) : Option.none<Cursor>()))
  )

const limitOf = (query: unknown): number =>
  Predicate.hasProperty(query, "limit") && typeof query.limit === "number" ? query.limit : defaultLimit

/** A page that is not full is the last one (assumed: last-page). */
export const pageOf =
  (paging: Paging, query: unknown) =>
  <Item>(items: ReadonlyArray<Item>, total: Option.Option<number>): Page<Item> => ({
    items,
    total,
    next: items.length < limitOf(query) ? Option.none() : cursorOf(paging, items[items.length - 1])
  })

/** Every item, page by page. The next page is asked for when its first item is wanted. */
export const stream = <Query extends object, Item, E>(
  list: (query: Query & { readonly starting_after?: Cursor }) => Effect.Effect<Page<Item>, E>,
  query: Query,
  /** A list that answers the cursor that it was asked with would never end. */
  stuck: (cursor: Cursor) => E
): Stream.Stream<Item, E> =>
  Stream.paginateChunkEffect(Option.none<Cursor>(), (cursor) =>
    Effect.flatMap(list(Option.isNone(cursor) ? query : { ...query, starting_after: cursor.value }), ({ items, next }) => {
      const again = Option.filter(next, (next) => Option.contains(cursor, next))
      return Option.isSome(again)
        ? Effect.fail(stuck(again.value))
        : Effect.succeed([Chunk.unsafeFromArray(items), Option.map(next, Option.some)] as const)
    })
  )
