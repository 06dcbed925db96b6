import { Option } from "effect"
import type { Page } from "effect-dintero"
import { Cursor } from "../../src/schemas/Cursor.js"

/** What a method makes of a list that has no other pages. */
export const onlyPage = <Item>(items: ReadonlyArray<Item>): Page<Item> => ({
  items,
  total: Option.none(),
  next: Option.none(),
  isLast: true
})

/** The same of a list by time, which can always be asked for later changes. In the place of the cursor is the word that it begins with. */
export const pageByTime = <Item>(items: ReadonlyArray<Item>): Page<Item> => ({
  ...onlyPage(items),
  next: Option.some(Cursor.make("since"))
})
