/**
 * Checks a value against a schema of the contract, and reports every error in the words of the service.
 *
 * The service validates requests with a JSON Schema. Here that schema is made from the one with which the client encodes. Sources of the codes
 * and texts: recorded traffic, and the validator of the service (z-schema 3.25).
 */

import * as Either from "effect/Either"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import type { ValidationItem } from "../rooms/ValidationItem.js"

type Json = { readonly [key: string]: unknown }

/** Returns all errors. None when the value fits. */
export type Validate = (value: unknown) => ReadonlyArray<ValidationItem>

type Check = (value: unknown, path: ReadonlyArray<string>) => ReadonlyArray<ValidationItem>

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === "string"

const typeOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value
}

/** Counts characters, and not UTF-16 units. */
const lengthOf = (text: string): number => Array.from(text).length

const none: ReadonlyArray<ValidationItem> = []

/** Without another list where nothing is wrong, as with most values. */
const joined = (before: ReadonlyArray<ValidationItem>, more: ReadonlyArray<ValidationItem>): ReadonlyArray<ValidationItem> =>
  more.length === 0 ? before : before.length === 0 ? more : [...before, ...more]

/** An array is not checked beyond so many errors: a body can have many thousands, and nobody reads them. */
const maximumErrors = 100

/** `description` is that of the field's schema. */
const item = (
  schema: Json,
  code: string,
  params: ReadonlyArray<unknown>,
  message: string,
  path: ReadonlyArray<string>
): ReadonlyArray<ValidationItem> => [
  { code, params, message, path, ...(isText(schema.description) ? { description: schema.description } : {}) }
]

const typeItem = (schema: Json, expected: string, value: unknown, path: ReadonlyArray<string>) =>
  item(schema, "INVALID_TYPE", [expected, typeOf(value)], `Expected type ${expected} but found type ${typeOf(value)}`, path)

/** An object or array can be nested too deeply to be written, so only its type is shown. */
const enumMismatch = (schema: Json, value: unknown, path: ReadonlyArray<string>) => {
  const shown = typeof value === "object" ? typeOf(value) : value
  return item(schema, "ENUM_MISMATCH", [shown], `No enum match for: ${String(shown)}`, path)
}

const enumOf = (schema: Json): ReadonlyArray<unknown> | undefined =>
  Array.isArray(schema.enum) ? schema.enum : "const" in schema ? [schema.const] : undefined

/** The rules of a schema besides its type, in the order of the validator. */
const rules: ReadonlyArray<(schema: Json) => Check | undefined> = [
  (schema) => {
    const members = enumOf(schema)
    return members === undefined
      ? undefined
      : (value, path) => (members.includes(value) ? none : enumMismatch(schema, value, path))
  },
  ({ minLength, ...schema }) =>
    typeof minLength !== "number"
      ? undefined
      : (value, path) =>
          !isText(value) || lengthOf(value) >= minLength
            ? none
            : item(
                schema,
                "MIN_LENGTH",
                [lengthOf(value), minLength],
                `String is too short (${lengthOf(value)} chars), minimum ${minLength}`,
                path
              ),
  ({ maxLength, ...schema }) =>
    typeof maxLength !== "number"
      ? undefined
      : (value, path) =>
          !isText(value) || lengthOf(value) <= maxLength
            ? none
            : item(
                schema,
                "MAX_LENGTH",
                [lengthOf(value), maxLength],
                `String is too long (${lengthOf(value)} chars), maximum ${maxLength}`,
                path
              ),
  ({ pattern, ...schema }) => {
    if (!isText(pattern)) return undefined
    const expression = new RegExp(pattern)
    return (value, path) =>
      !isText(value) || expression.test(value)
        ? none
        : item(schema, "PATTERN", [pattern, value], `String does not match pattern ${pattern}: ${value}`, path)
  },
  ({ format, ...schema }) =>
    format !== "date-time"
      ? undefined
      : (value, path) =>
          !isText(value) ||
          (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value) && !Number.isNaN(Date.parse(value)))
            ? none
            : item(
                schema,
                "INVALID_FORMAT",
                ["date-time", value],
                `Object didn't pass validation for format date-time: ${value}`,
                path
              ),
  ({ minimum, ...schema }) =>
    typeof minimum !== "number"
      ? undefined
      : (value, path) =>
          typeof value !== "number" || value >= minimum
            ? none
            : item(schema, "MINIMUM", [value, minimum], `Value ${value} is less than minimum ${minimum}`, path),
  ({ maximum, ...schema }) =>
    typeof maximum !== "number"
      ? undefined
      : (value, path) =>
          typeof value !== "number" || value <= maximum
            ? none
            : item(schema, "MAXIMUM", [value, maximum], `Value ${value} is greater than maximum ${maximum}`, path),
  ({ maxItems, ...schema }) =>
    typeof maxItems !== "number"
      ? undefined
      : (value, path) =>
          !Array.isArray(value) || value.length <= maxItems
            ? none
            : item(
                schema,
                "ARRAY_LENGTH_LONG",
                [value.length, maxItems],
                `Array is too long (${value.length}), maximum ${maxItems}`,
                path
              )
]

const accepts = (type: string, value: unknown): boolean => {
  const actual = typeOf(value)
  return actual === type || (type === "number" && actual === "integer")
}

class Compiler {
  private readonly known = new Map<string, Check>()

  private readonly definitions: Json

  constructor(definitions: Json) {
    this.definitions = definitions
  }

  check(schema: unknown): Check {
    if (!isJson(schema)) return () => none
    if (isText(schema.$ref)) return this.referred(schema.$ref.replace(/^.*\//, ""))
    if (Array.isArray(schema.anyOf)) return this.anyOf(schema, schema.anyOf)
    const own = rules.flatMap((rule) => rule(schema) ?? [])
    const type = isText(schema.type) ? schema.type : undefined
    const parts = [
      ...own,
      ...(type === "object" ? [this.object(schema)] : []),
      ...(type === "array" ? [this.array(schema)] : []),
      ...(Array.isArray(schema.allOf) ? schema.allOf.map((part: unknown) => this.check(part)) : [])
    ]
    return (value, path) => {
      // The rules do not apply to a value of another type.
      if (type !== undefined && !accepts(type, value)) return typeItem(schema, type, value, path)
      let found = none
      for (const part of parts) found = joined(found, part(value, path))
      return found
    }
  }

  /** A definition may refer to itself, so it is compiled at its first use. */
  private referred(name: string): Check {
    return (value, path) => {
      let check = this.known.get(name)
      if (check === undefined) {
        check = this.check(this.definitions[name])
        this.known.set(name, check)
      }
      return check(value, path)
    }
  }

  resolved(schema: unknown): Json {
    if (!isJson(schema)) return {}
    return isText(schema.$ref) ? this.resolved(this.definitions[schema.$ref.replace(/^.*\//, "")]) : schema
  }

  private object(schema: Json): Check {
    const properties = Object.entries(isJson(schema.properties) ? schema.properties : {}).map(
      ([name, property]) => [name, this.check(property)] as const
    )
    const required: ReadonlyArray<string> = Array.isArray(schema.required) ? schema.required.filter(isText) : []
    const lastFirst = [...required].reverse()
    return (value, path) => {
      if (!isJson(value)) return none
      let found = none
      for (const name of lastFirst) {
        if (Object.hasOwn(value, name)) continue
        found = joined(
          found,
          item(schema, "OBJECT_MISSING_REQUIRED_PROPERTY", [name], `Missing required property: ${name}`, path)
        )
      }
      for (const [name, check] of properties) {
        if (Object.hasOwn(value, name)) found = joined(found, check(value[name], [...path, name]))
      }
      return found
    }
  }

  private array(schema: Json): Check {
    const check = this.check(schema.items)
    return (value, path) => {
      if (!Array.isArray(value)) return none
      const found: Array<ValidationItem> = []
      for (const [index, element] of value.entries()) {
        found.push(...check(element, [...path, String(index)]))
        if (found.length >= maximumErrors) break
      }
      return found
    }
  }

  /**
   * Reports the errors of the member that was meant: the member that the discriminator names, or else the one with the fewest errors. The
   * service's own schema has a discriminator or, for a login, no choice at all (assumed: validation-of-choices).
   */
  private anyOf(schema: Json, members: ReadonlyArray<unknown>): Check {
    const resolved = members.map((member) => this.resolved(member))
    const checks = members.map((member) => this.check(member))
    const key = discriminatorOf(resolved)
    const values = resolved.flatMap((member) => (key === undefined ? [] : [...(literalsOf(member, key) ?? [])]))
    const literals = resolved.map((member) => (key === undefined ? undefined : literalsOf(member, key)))
    return (value, path) => {
      // No other member can fit: each needs the field, with constants of its own.
      if (key !== undefined && isJson(value)) {
        if (!Object.hasOwn(value, key)) {
          return item(schema, "OBJECT_MISSING_REQUIRED_PROPERTY", [key], `Missing required property: ${key}`, path)
        }
        const check = checks[literals.findIndex((own) => own?.includes(value[key]) === true)]
        if (check !== undefined) return check(value, path)
        return values.length === 0 ? none : enumMismatch({}, value[key], [...path, key])
      }
      const found = checks.map((check) => check(value, path))
      if (found.some((items) => items.length === 0)) return none
      const [nearest = none] = [...found].sort((a, b) => a.length - b.length)
      return nearest
    }
  }
}

const literalsOf = (member: Json, key: string): ReadonlyArray<unknown> | undefined => {
  const property = isJson(member.properties) ? member.properties[key] : undefined
  return isJson(property) && Array.isArray(member.required) && member.required.includes(key) ? enumOf(property) : undefined
}

/** The field whose constants are different in every member. */
const discriminatorOf = (members: ReadonlyArray<Json>): string | undefined => {
  const [first] = members
  const keys = Object.keys(first !== undefined && isJson(first.properties) ? first.properties : {})
  return keys.find((key) => {
    const all = members.map((member) => literalsOf(member, key))
    const values = all.flatMap((literals) => literals ?? [])
    return all.every((literals) => literals !== undefined) && new Set(values).size === values.length
  })
}

const documentOf = <A, I>(schema: Schema.Schema<A, I>) => {
  const document: unknown = JSONSchema.make(schema)
  const root = isJson(document) ? document : {}
  return { root, compiler: new Compiler(isJson(root.$defs) ? root.$defs : {}) }
}

/** Compiles a schema. Rules that JSON Schema cannot express are left to the decoder. */
export const make = <A, I>(schema: Schema.Schema<A, I>): Validate => {
  const { compiler, root } = documentOf(schema)
  const check = compiler.check(root)
  return (value) => check(value, [])
}

type QueryValue = string | ReadonlyArray<string>

/** The first wrong parameter, and its position among the parameters. */
export interface QueryFault {
  readonly name: string
  readonly index: number
  readonly items: ReadonlyArray<ValidationItem>
}

/** The values of a list parameter. One text can hold several values, separated by commas. */
const listed = (value: QueryValue): ReadonlyArray<string> => (isText(value) ? value.split(",") : value)

const number = /^-?\d+(?:\.\d+)?$/

/** The value of a text, or the text itself when it is not a value of this type. */
const coerced = (type: unknown, value: string): unknown => {
  if ((type === "integer" || type === "number") && number.test(value)) return Number(value)
  return type === "boolean" && (value === "true" || value === "false") ? value === "true" : value
}

/**
 * Compiles the schema of a query, whose values arrive as texts. `values` is the input of the decoder, with a list for each list parameter.
 */
export const makeQuery = <A, I>(
  schema: Schema.Schema<A, I>
): ((query: { readonly [name: string]: QueryValue }) => {
  readonly fault: QueryFault | undefined
  readonly values: { readonly [name: string]: QueryValue }
}) => {
  // The schema of the decoded values. When JSON Schema cannot express one of them, such as an instant, the schema of the texts.
  const decoded = Either.try(() => documentOf(Schema.typeSchema(schema)))
  const { compiler, root } = Either.getOrElse(decoded, () => documentOf(Schema.encodedSchema(schema)))
  // A parameter with a default may be left out, though its decoded value is required.
  const { required } = documentOf(Schema.encodedSchema(schema)).root
  const needed: ReadonlyArray<unknown> = Array.isArray(required) ? required : []
  const parameters = Object.entries(isJson(root.properties) ? root.properties : {}).map(([name, property], index) => {
    const resolved = compiler.resolved(property)
    return {
      name,
      index,
      type: resolved.type,
      itemType: compiler.resolved(resolved.items).type,
      isNeeded: needed.includes(name),
      check: compiler.check(property)
    }
  })
  return (query) => {
    const values: Record<string, QueryValue> = {}
    let fault: QueryFault | undefined
    for (const { check, index, isNeeded, itemType, name, type } of parameters) {
      const given = Object.hasOwn(query, name) ? query[name] : undefined
      if (given === undefined) {
        if (!isNeeded) continue
        fault ??= { name, index, items: [{ code: "REQUIRED", message: "Value is required but was not provided", path: [] }] }
        continue
      }
      const list = listed(given)
      values[name] = type === "array" ? list : given
      const value = type === "array" ? list.map((text) => coerced(itemType, text)) : isText(given) ? coerced(type, given) : given
      const items = check(value, [])
      // A wrong type is found before the validator runs, and then the error has no `params` (recorded traffic).
      if (items.length > 0) {
        fault ??= {
          name,
          index,
          items: items.map((item) => {
            const { params: _, ...told } = item
            return item.code === "INVALID_TYPE" ? told : item
          })
        }
      }
    }
    return { fault, values }
  }
}
