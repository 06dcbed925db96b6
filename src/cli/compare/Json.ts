/**
 * Reads JSON whose form is not known.
 */
import * as Predicate from "effect/Predicate"

export type Object = { readonly [key: string]: unknown }

/** `undefined` for a text that is not JSON. */
export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Object => Predicate.isRecord(value)

/** The value at a path of fields. */
export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value)

/** The items of a list, bare or in an envelope. */
export const items = (value: unknown): ReadonlyArray<Object> | undefined => {
  const list = Array.isArray(value) ? value : at(value, "items")
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}

/** Whether two values are the same JSON. The order of keys does not matter. */
export const equal = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner
  ) ?? "undefined"
