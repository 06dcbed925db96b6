/**
 * Absent fields. In an input, a field that is `undefined` is absent. In an answer, an optional field that is `null` is absent too, unless
 * its schema has `null`.
 *
 * The decoded object notes under a symbol which fields of an answer were `null`. `{ ...value }` copies the note. So when a caller reads an
 * object, changes one field and writes the object, the other fields are sent as the service sent them.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

const nullFields: unique symbol = Symbol.for("effect-dintero/nullFields")

type Fields = { [key: PropertyKey]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)

const has = Object.hasOwn

/** The objects and arrays that were made without absent fields, and the fields that were left out of each. */
type LeftOut = Map<object, ReadonlyArray<string>>

/** Leaves absent fields out. It returns the same value if no field is absent. */
type LeaveOut = (input: unknown, leftOut: LeftOut) => unknown

/** A kind of absence: in an input or in an answer. */
interface Kind {
  /** The side of a transformation that has the form of the input. */
  readonly side: (ast: AST.Transformation) => AST.AST
  /** Whether a value makes a field absent. `field` is `undefined` for a field that the schema does not know. */
  readonly isAbsent: (field: AST.PropertySignature | undefined) => (value: unknown) => boolean
  readonly union: (ast: AST.Union, members: ReadonlyArray<LeaveOut>) => LeaveOut
}

const asItIs: LeaveOut = (input) => input

const compile = (kind: Kind): ((ast: AST.AST) => LeaveOut) => {
  const made = new WeakMap<AST.AST, LeaveOut>()

  const of = (ast: AST.AST): LeaveOut => {
    const known = made.get(ast) ?? make(ast)
    made.set(ast, known)
    return known
  }

  const make = (ast: AST.AST): LeaveOut => {
    switch (ast._tag) {
      case "Refinement":
        return of(ast.from)
      case "Transformation":
        return of(kind.side(ast))
      case "Suspend":
        return (input, leftOut) => of(ast.f())(input, leftOut)
      case "TypeLiteral":
        return struct(ast)
      case "TupleType":
        return array(ast)
      case "Union":
        return ast.types.some((type) => of(type) !== asItIs) ? kind.union(ast, ast.types.map(of)) : asItIs
      default:
        return asItIs
    }
  }

  const struct = (ast: AST.TypeLiteral): LeaveOut => {
    const fields = new Map(
      ast.propertySignatures.map((field) => [field.name, { isAbsent: kind.isAbsent(field), leaveOut: of(field.type) }])
    )
    const [index] = ast.indexSignatures
    const other = { isAbsent: kind.isAbsent(undefined), leaveOut: index === undefined ? asItIs : of(index.type) }
    return (input, leftOut) => {
      if (!isFields(input)) return input
      const absent: Array<string> = []
      const kept: Array<readonly [string, unknown]> = []
      let isChanged = false
      for (const key of Object.keys(input)) {
        const { isAbsent, leaveOut } = fields.get(key) ?? other
        const value = input[key]
        if (isAbsent(value)) absent.push(key)
        else {
          const rest = leaveOut(value, leftOut)
          isChanged ||= rest !== value
          kept.push([key, rest])
        }
      }
      if (absent.length === 0 && !isChanged) return input
      // The prototype is kept: in an object of a caller's class, a getter of the prototype may be a field too.
      const prototype: unknown = Object.getPrototypeOf(input)
      const output: Fields = prototype === Object.prototype ? {} : Object.create(Object(prototype))
      for (const [key, value] of kept) define(output, key, value)
      leftOut.set(output, absent)
      return output
    }
  }

  const array = (ast: AST.TupleType): LeaveOut => {
    const elements = ast.elements.map(({ type }) => of(type))
    const rest = ast.rest[0] === undefined ? asItIs : of(ast.rest[0].type)
    return (input, leftOut) => {
      if (!Array.isArray(input)) return input
      const output = input.map((value: unknown, index) => (elements[index] ?? rest)(value, leftOut))
      if (output.every((value, index) => value === input[index])) return input
      leftOut.set(output, [])
      return output
    }
  }

  return of
}

/** Assigns a field without calling a setter of the prototype. `defineProperty` is slower, so it is used only if there may be a setter. */
const define = (target: Fields, key: PropertyKey, value: unknown): void => {
  if (key in target) Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
  else target[key] = value
}

const acceptsNull = (ast: AST.AST): boolean => {
  switch (ast._tag) {
    case "Literal":
      return ast.literal === null
    case "UnknownKeyword":
    case "AnyKeyword":
      return true
    case "Union":
      return ast.types.some(acceptsNull)
    case "Refinement":
    case "Transformation":
      return acceptsNull(ast.from)
    case "Suspend":
      return acceptsNull(ast.f())
    default:
      return false
  }
}

const ofAnswer = compile({
  side: (ast) => ast.from,
  isAbsent: (field) => (field?.isOptional === true && !acceptsNull(field.type) ? (value) => value === null : () => false),
  // A field may be absent as `null` in one member of the union, and have `null` as a value in another.
  union: (ast, members) => {
    const decode = ParseResult.decodeUnknownEither(Schema.make<unknown, unknown, never>(ast))
    const fits = (input: unknown) => Either.isRight(decode(input))
    return (input, leftOut) => {
      const changed = members.map((member) => member(input, leftOut)).filter((output) => output !== input)
      return changed.length === 0 || fits(input) ? input : (changed.find(fits) ?? changed[0])
    }
  }
})

const ofInput = (side: Kind["side"]) =>
  compile({
    side,
    isAbsent: () => (value) => value === undefined,
    union: (_, members) => (input, leftOut) => members.reduce((output, member) => member(output, leftOut), input)
  })

const ofEncoded = ofInput((ast) => ast.from)
const ofDecoded = ofInput((ast) => ast.to)

/** Leaves `undefined` fields out of an input that is going to be decoded. */
export const withoutUndefined = (schema: Schema.Schema.All): ((input: unknown) => unknown) => {
  const leaveOut = ofEncoded(schema.ast)
  return (input) => leaveOut(input, new Map())
}

/**
 * Notes in the decoded value which fields were left out. `rest` is the input without these fields, and `made` was decoded from an equal value.
 * What nothing was left out of is not looked into: it may be nested without limit.
 */
const note = (rest: unknown, made: unknown, leftOut: LeftOut): void => {
  if (Array.isArray(rest) && Array.isArray(made)) {
    if (leftOut.has(rest)) for (const [index, value] of rest.entries()) note(value, made[index], leftOut)
  } else if (isFields(rest) && isFields(made)) {
    const absent = leftOut.get(rest)
    if (absent === undefined) return
    // The note has the default of the schema, which has taken the place of the field.
    if (absent.length > 0) define(made, nullFields, Object.fromEntries(absent.map((key) => [key, made[key]])))
    for (const key of Object.keys(rest)) if (has(made, key)) note(rest[key], made[key], leftOut)
  }
}

/**
 * Leaves fields that are absent as `null` out of an answer. The result has the rest, and a function that notes these fields in the value
 * that is decoded from the rest or from an equal value. It is `undefined` for an answer without such fields.
 */
export const withoutNulls = (schema: Schema.Schema.All) => {
  const leaveOut = ofAnswer(schema.ast)
  return (input: unknown): { readonly rest: unknown; readonly note: (decoded: unknown) => void } | undefined => {
    const leftOut: LeftOut = new Map()
    const rest = leaveOut(input, leftOut)
    return rest === input ? undefined : { rest, note: (decoded) => note(rest, decoded, leftOut) }
  }
}

/** Writes `null` to each field that was read as `null`, unless the caller has set the field since, also to `undefined`. */
const restore = (input: unknown, encoded: unknown): void => {
  if (input === encoded) return
  if (Array.isArray(input) && Array.isArray(encoded)) {
    for (const [index, value] of input.entries()) restore(value, encoded[index])
  } else if (isFields(input) && isFields(encoded)) {
    for (const key of Object.keys(encoded)) if (has(input, key)) restore(input[key], encoded[key])
    const absent = input[nullFields]
    if (!isFields(absent)) return
    for (const key of Object.keys(absent)) {
      if (!has(input, key) || (input[key] !== undefined && input[key] === absent[key])) define(encoded, key, null)
    }
  }
}

/** An encoder for which a field that is `undefined` is absent. It writes the `null` of fields that {@link withoutNulls} has left out. */
export const undefinedAsAbsent = <I, E>(
  schema: Schema.Schema.All,
  encode: (input: unknown) => Either.Either<I, E>
): ((input: unknown) => Either.Either<I, E>) => {
  const leaveOut = ofDecoded(schema.ast)
  return (input) => {
    const encoded = encode(leaveOut(input, new Map()))
    if (Either.isRight(encoded)) restore(input, encoded.right)
    return encoded
  }
}

/** Whether an input has to have a field. Of a union it is enough that some members have to. */
export const isNeeded = <A, I>(schema: Schema.Schema<A, I>, field: string): boolean => {
  const needs = (ast: AST.AST): boolean => {
    if (ast._tag === "Union") return ast.types.some(needs)
    return ast._tag === "TypeLiteral" && ast.propertySignatures.some(({ isOptional, name }) => name === field && !isOptional)
  }
  return needs(Schema.typeSchema(schema).ast)
}

/** The input with a field, if it is an object without it. The prototype is kept: one of its getters may be a field too. */
export const filled = (input: unknown, field: string, value: () => unknown): unknown => {
  if (!isFields(input) || input[field] !== undefined) return input
  const output: Fields = Object.create(Object.getPrototypeOf(input), Object.getOwnPropertyDescriptors(input))
  define(output, field, value())
  return output
}
