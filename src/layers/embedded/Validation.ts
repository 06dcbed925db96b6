/**
 * Checks a value against a schema of the contract, and says all that is wrong with it as the service does.
 *
 * The service validates requests with a JSON Schema; the same is made here from the schema that the client encodes with. Source of codes and
 * texts: recorded traffic, and the validator that wrote it (z-schema 3.25).
 */
import * as JSONSchema from "effect/JSONSchema"
import type * as Schema from "effect/Schema"
import type { ValidationItem } from "./ValidationItem.js"

type Json = { readonly [key: string]: unknown }

/** Answers every item, none when the value fits. */
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

/** Characters, and not the units of JavaScript's strings. */
const lengthOf = (text: string): number => Array.from(text).length

const none: ReadonlyArray<ValidationItem> = []

/** `description`: that of the schema of the field. */
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
  item(
    schema,
    "INVALID_TYPE",
    [expected, typeOf(value)],
    `Expected type ${expected} but found type ${typeOf(value)}`,
    path
  )

const enumOf = (schema: Json): ReadonlyArray<unknown> | undefined =>
  Array.isArray(schema.enum) ? schema.enum : "const" in schema ? [schema.const] : undefined

/** The rules that a schema has beside its type; each answers what is wrong, in the order of the validator. */
const rules: ReadonlyArray<(schema: Json) => Check | undefined> = [
  (schema) => {
    const members = enumOf(schema)
    return members === undefined
      ? undefined
      : (value, path) =>
          members.includes(value)
            ? none
            : item(schema, "ENUM_MISMATCH", [value], `No enum match for: ${isText(value) ? value : JSON.stringify(value)}`, path)
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
          !isText(value) || (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value) && !Number.isNaN(Date.parse(value)))
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
      // The rules say nothing of a value of another type.
      if (type !== undefined && !accepts(type, value)) return typeItem(schema, type, value, path)
      return parts.flatMap((check) => check(value, path))
    }
  }

  /** A definition may refer to itself, so it is made when it is used. */
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

  private resolved(schema: unknown): Json {
    if (!isJson(schema)) return {}
    return isText(schema.$ref) ? this.resolved(this.definitions[schema.$ref.replace(/^.*\//, "")]) : schema
  }

  private object(schema: Json): Check {
    const properties = Object.entries(isJson(schema.properties) ? schema.properties : {}).map(
      ([name, property]) => [name, this.check(property)] as const
    )
    const required: ReadonlyArray<string> = Array.isArray(schema.required) ? schema.required.filter(isText) : []
    return (value, path) => {
      if (!isJson(value)) return none
      const missing = required
        .filter((name) => !Object.hasOwn(value, name))
        .reverse()
        .flatMap((name) => item(schema, "OBJECT_MISSING_REQUIRED_PROPERTY", [name], `Missing required property: ${name}`, path))
      const wrong = properties.flatMap(([name, check]) => (Object.hasOwn(value, name) ? check(value[name], [...path, name]) : []))
      return [...missing, ...wrong]
    }
  }

  private array(schema: Json): Check {
    const check = this.check(schema.items)
    return (value, path) =>
      Array.isArray(value) ? value.flatMap((element: unknown, index) => check(element, [...path, String(index)])) : none
  }

  /**
   * What is wrong with the member that was meant: that of the discriminator, or else the one that is nearest. The service's own schema has a
   * discriminator there or, for a login, no choice at all (assumed: validation-of-choices).
   */
  private anyOf(schema: Json, members: ReadonlyArray<unknown>): Check {
    const resolved = members.map((member) => this.resolved(member))
    const checks = members.map((member) => this.check(member))
    const key = discriminatorOf(resolved)
    const values = resolved.flatMap((member) => (key === undefined ? [] : [...(literalsOf(member, key) ?? [])]))
    return (value, path) => {
      const found = checks.map((check) => check(value, path))
      if (found.some((items) => items.length === 0)) return none
      if (key !== undefined && isJson(value)) {
        if (!Object.hasOwn(value, key)) {
          return item(schema, "OBJECT_MISSING_REQUIRED_PROPERTY", [key], `Missing required property: ${key}`, path)
        }
        const index = resolved.findIndex((member) => literalsOf(member, key)?.includes(value[key]) === true)
        return (
          found[index] ??
          (values.length === 0
            ? none
            : item({}, "ENUM_MISMATCH", [value[key]], `No enum match for: ${String(JSON.stringify(value[key])).replace(/^"|"$/g, "")}`, [
                ...path,
                key
              ]))
        )
      }
      const [nearest = none] = [...found].sort((a, b) => a.length - b.length)
      return nearest
    }
  }
}

const literalsOf = (member: Json, key: string): ReadonlyArray<unknown> | undefined => {
  const property = isJson(member.properties) ? member.properties[key] : undefined
  return isJson(property) && Array.isArray(member.required) && member.required.includes(key) ? enumOf(property) : undefined
}

/** The field that has other constants in every member. */
const discriminatorOf = (members: ReadonlyArray<Json>): string | undefined => {
  const [first] = members
  const keys = Object.keys(first !== undefined && isJson(first.properties) ? first.properties : {})
  return keys.find((key) => {
    const all = members.map((member) => literalsOf(member, key))
    const values = all.flatMap((literals) => literals ?? [])
    return all.every((literals) => literals !== undefined) && new Set(values).size === values.length
  })
}

/** Compiles a schema. What JSON Schema cannot say of it is left to its decoder. */
export const make = <A, I>(schema: Schema.Schema<A, I>): Validate => {
  const document: unknown = JSONSchema.make(schema)
  const root = isJson(document) ? document : {}
  const check = new Compiler(isJson(root.$defs) ? root.$defs : {}).check(root)
  return (value) => check(value, [])
}
