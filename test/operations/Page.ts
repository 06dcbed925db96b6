import { Option } from "effect"
import type { Page } from "effect-dintero"

/** What a method makes of a list that has no other pages. */
export const onlyPage = <Item>(items: ReadonlyArray<Item>): Page<Item> => ({
  items,
  total: Option.none(),
  next: Option.none(),
  isLast: true
})
