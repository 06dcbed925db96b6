/**
 * Compiles schemas to plain functions, because every call decodes a body and `Schema` is slow.
 *
 * A compiled schema checks a value that `JSON.parse` has just made, and changes it in its place: a copy would cost more than the checks.
 * It only handles input that fits. For all other input, and for every kind of schema that is not known here, `Schema` itself decodes. So all
 * errors are those of `Schema`.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as Absent from "./Absent.js"
import * as Codec from "./Codec.js"
import * as Instant from "./Instant.js"

/** The input does not fit, or may not fit. Then `Schema` decodes it. */
const unfit: unique symbol = Symbol.for("effect-dintero/Decoder/unfit")

/** Decodes the input, or returns {@link unfit} and has not changed the input. Throws when the input is changed and does not fit. */
type Decode = (input: unknown) => unknown

/** A schema has `fits` if its decoded value is always the input itself. */
type Compiled =
  | { readonly fits: (input: unknown) => boolean; readonly decode?: undefined }
  | { readonly fits?: undefined; readonly decode: Decode }

type Json = { [key: PropertyKey]: unknown }

const isJson = (input: unknown): input is Json => typeof input === "object" && input !== null && !Array.isArray(input)

const has = Object.hasOwn

const decodeOf = ({ decode, fits }: Compiled): Decode => decode ?? ((input) => (fits(input) ? input : unfit))

/** Ends all work on an input that is changed in part. Without it, the input would be tried with the next member of a union. */
const fitting = (value: unknown): unknown => {
  if (value === unfit) throw unfit
  return value
}

/** The contents of a schema's annotation that are known here. */
const understood = (options: AST.ParseOptions): boolean =>
  Object.keys(options).every((key) => key === "onExcessProperty" || key === "errors") && options.onExcessProperty !== "error"

const bySchema = (ast: AST.AST, options: AST.ParseOptions): Compiled => {
  const decode = ParseResult.decodeUnknownEither(Schema.make<unknown, unknown, never>(ast), options)
  return {
    decode: (input) => {
      const decoded = decode(input)
      return Either.isRight(decoded) ? decoded.right : unfit
    }
  }
}

const compile = (ast: AST.AST, inherited: AST.ParseOptions): Compiled => {
  const own = Option.getOrUndefined(AST.getParseOptionsAnnotation(ast))
  const options = own === undefined ? inherited : { ...inherited, ...own }
  if (!understood(options) || Option.isSome(AST.getDecodingFallbackAnnotation(ast))) return bySchema(ast, inherited)
  switch (ast._tag) {
    case "UnknownKeyword":
    case "AnyKeyword":
      return { fits: () => true }
    case "StringKeyword":
      return { fits: (input) => typeof input === "string" }
    case "NumberKeyword":
      return { fits: (input) => typeof input === "number" }
    case "BooleanKeyword":
      return { fits: (input) => typeof input === "boolean" }
    case "Literal":
      return { fits: (input) => input === ast.literal }
    case "Refinement":
      return refinement(ast, options)
    case "Union":
      return union(ast, options) ?? bySchema(ast, options)
    case "TupleType":
      return array(ast, options) ?? bySchema(ast, options)
    case "TypeLiteral":
      return struct(ast, options) ?? bySchema(ast, options)
    case "Transformation":
      return ast === Schema.DateTimeUtc.ast ? instant : (transformation(ast, options) ?? bySchema(ast, options))
    case "Declaration": {
      const parse: Step<AST.Declaration> = ast.decodeUnknown(...ast.typeParameters)
      return { decode: (input) => ready(parse(input, options, ast, input)) }
    }
    default:
      return bySchema(ast, options)
  }
}

/** `Schema` takes four times as long for a point in time, and a customer has several. */
const instant: Compiled = {
  decode: (input) => (typeof input === "string" ? (Instant.make(input) ?? unfit) : unfit)
}

/** A function of a schema that returns an effect. */
type Step<Node> = (value: unknown, options: AST.ParseOptions, ast: Node, input: unknown) => unknown

/** The result of an effect of `Schema`, if it is known without running the effect. */
const ready = (result: unknown): unknown => (Either.isEither(result) && Either.isRight(result) ? result.right : unfit)

const refinement = (ast: AST.Refinement, options: AST.ParseOptions): Compiled => {
  const from = compile(ast.from, options)
  const passes = (value: unknown) => Option.isNone(ast.filter(value, options, ast))
  if (from.decode === undefined) return { fits: (input) => from.fits(input) && passes(input) }
  return {
    decode: (input) => {
      const value = from.decode(input)
      return value === unfit || passes(value) ? value : fitting(unfit)
    }
  }
}

/** The literal by which a member of a union is recognised, if there is one. */
const tagOf = (ast: AST.AST): readonly [PropertyKey, AST.LiteralValue] | undefined => {
  switch (ast._tag) {
    case "TypeLiteral":
      for (const { isOptional, name, type } of ast.propertySignatures) {
        const encoded = AST.encodedAST(type)
        if (!isOptional && encoded._tag === "Literal") return [name, encoded.literal]
      }
      return undefined
    case "Refinement":
    case "Transformation":
      return tagOf(ast.from)
    default:
      return undefined
  }
}

/**
 * `Schema` first tries the members whose literal is in the input, and then the members without a literal, both in their order. This
 * function does the same for members that differ in one key.
 */
const union = (ast: AST.Union, options: AST.ParseOptions): Compiled | undefined => {
  const members = ast.types.map((type) => ({ tag: tagOf(type), compiled: compile(type, options) }))
  const checks = members.flatMap(({ compiled: { fits } }) => (fits === undefined ? [] : [fits]))
  const [first, second] = checks
  if (checks.length === members.length && first !== undefined && second !== undefined) {
    // Two are the most frequent, for what can be null.
    return {
      fits: checks.length === 2 ? (input) => first(input) || second(input) : (input) => checks.some((fits) => fits(input))
    }
  }
  const tagged = members.filter(({ tag }) => tag !== undefined)
  const key = tagged[0]?.tag?.[0]
  if (
    tagged.some(({ tag }) => tag?.[0] !== key) ||
    ast.types.some((type) => type._tag === "Suspend" || type._tag === "TupleType")
  ) {
    return undefined
  }
  const ordered = [...tagged, ...members.filter(({ tag }) => tag === undefined)].map(({ compiled, tag }) => ({
    tag: tag?.[1],
    decode: decodeOf(compiled)
  }))
  return {
    decode: (input) => {
      const found = key !== undefined && isJson(input) && has(input, key) ? input[key] : undefined
      for (const { decode, tag } of ordered) {
        if (tag !== undefined && tag !== found) continue
        const value = decode(input)
        if (value !== unfit) return value
      }
      return unfit
    }
  }
}

const array = (ast: AST.TupleType, options: AST.ParseOptions): Compiled | undefined => {
  const [rest, ...more] = ast.rest
  if (rest === undefined || more.length > 0 || ast.elements.length > 0) return undefined
  const item = compile(rest.type, options)
  if (item.decode === undefined) return { fits: (input) => Array.isArray(input) && input.every(item.fits) }
  return {
    decode: (input) => {
      if (!Array.isArray(input)) return unfit
      for (let index = 0; index < input.length; index++) input[index] = fitting(item.decode(input[index]))
      return input
    }
  }
}

interface Field {
  readonly key: string
  readonly isRequired: boolean
  readonly value: Compiled
  /** The field that came after this one in the last object. The objects of a list have their fields in one order, so it is tried first. */
  next: Field | undefined
}

const struct = (ast: AST.TypeLiteral, options: AST.ParseOptions): Compiled | undefined => {
  const [index, ...more] = ast.indexSignatures
  if (more.length > 0 || (index !== undefined && index.parameter._tag !== "StringKeyword")) return undefined
  if (index === undefined && ast.propertySignatures.length === 0) return undefined
  const fields = new Map<string, Field>()
  for (const { isOptional, name, type } of ast.propertySignatures) {
    // `Schema` handles a key that would set the prototype of the result.
    if (typeof name !== "string" || name === "__proto__") return undefined
    fields.set(name, { key: name, isRequired: !isOptional, value: compile(type, options), next: undefined })
  }
  const required = [...fields.values()].filter(({ isRequired }) => isRequired)
  const others = index === undefined ? undefined : compile(index.type, options)
  // A record checks the values of the fields too, as they were before.
  if (others?.decode !== undefined && fields.size > 0) return undefined
  const otherFits = others?.fits
  const decodeOther = others === undefined ? undefined : decodeOf(others)
  const preserves = index !== undefined || options.onExcessProperty === "preserve"
  const beforeFirst: Field = { key: "", isRequired: false, value: { fits: () => true }, next: undefined }

  const putOther = (input: Json, key: string, value: unknown): boolean => {
    if (key === "__proto__") return false
    if (decodeOther === undefined) {
      if (!preserves) delete input[key]
      return true
    }
    const decoded = decodeOther(value)
    if (decoded === unfit) return false
    if (decoded !== value) input[key] = decoded
    return true
  }

  /** A value that is absent may fit, such as that of `Schema.Unknown`. */
  const putMissing = (input: Json): boolean =>
    required.every(({ key, value }) => {
      if (has(input, key)) return true
      const decoded = decodeOf(value)(undefined)
      if (decoded === unfit) return false
      input[key] = decoded
      return true
    })

  /** Decodes each field in its place. Whether all of them fit. */
  const putAll = (input: Json): boolean => {
    let missing = required.length
    let last = beforeFirst
    for (const key in input) {
      const value = input[key]
      let field = last.next
      if (field === undefined || field.key !== key) {
        field = fields.get(key)
        if (field === undefined) {
          if (putOther(input, key, value)) continue
          return false
        }
        last.next = field
      }
      last = field
      if (field.isRequired) missing--
      if (otherFits !== undefined && !otherFits(value)) return false
      const { decode, fits } = field.value
      if (decode === undefined) {
        if (!fits(value)) return false
      } else {
        const decoded = decode(value)
        if (decoded === unfit) return false
        input[key] = decoded
      }
    }
    return missing === 0 || putMissing(input)
  }

  const isCheck =
    preserves &&
    others?.decode === undefined &&
    [...fields.values()].every(({ isRequired, value: { fits } }) => fits !== undefined && !(isRequired && fits(undefined)))
  return isCheck
    ? { fits: (input) => isJson(input) && putAll(input) }
    : { decode: (input) => (isJson(input) ? fitting(putAll(input) ? input : unfit) : unfit) }
}

const transformation = (ast: AST.Transformation, options: AST.ParseOptions): Compiled | undefined => {
  const { to: type, transformation } = ast
  const from = decodeOf(compile(ast.from, options))
  const to = decodeOf(compile(type, options))
  switch (transformation._tag) {
    case "ComposeTransformation":
      return {
        decode: (input) => {
          const value = from(input)
          return value === unfit ? unfit : fitting(to(value))
        }
      }
    case "FinalTransformation": {
      const transform: Step<AST.Transformation> = transformation.decode
      return {
        decode: (input) => {
          const value = from(input)
          return value === unfit ? unfit : fitting(to(fitting(ready(transform(value, options, ast, input)))))
        }
      }
    }
    case "TypeLiteralTransformation": {
      if (ast.from._tag !== "TypeLiteral" || type._tag !== "TypeLiteral" || type.indexSignatures.length > 0) return undefined
      const isOpen = options.onExcessProperty === "preserve"
      const fields = transformation.propertySignatureTransformations.map((field) => ({
        ...field,
        // Where unknown fields are kept, nothing is left to do for the other fields: they were checked as they were decoded.
        types: isOpen
          ? type.propertySignatures.filter(({ name }) => name === field.to).map((to) => decodeOf(compile(to.type, options)))
          : []
      }))
      return {
        decode: (input) => {
          const output = from(input)
          // A struct without fields takes any value.
          if (!isJson(output)) return unfit
          for (const field of fields) {
            const decoded = field.decode(has(output, field.from) ? Option.some(output[field.from]) : Option.none())
            // Deleting a field makes an object slow for the rest of its life, so a field that keeps its name is overwritten.
            if (Option.isNone(decoded) || field.from !== field.to) delete output[field.from]
            if (Option.isSome(decoded)) {
              output[field.to] = field.types.reduce<unknown>((value, type) => fitting(type(value)), decoded.value)
            }
          }
          return isOpen ? output : fitting(to(output))
        }
      }
    }
  }
}

/**
 * A faster `Schema.decodeUnknownEither(schema)` for results of `JSON.parse`. The input may be changed, so it must be nobody else's; `again`
 * makes an equal value. Fields keep their order.
 *
 * It never throws: an exception of `Schema` becomes a `Left`. `Schema` may throw when it converts a value to text to find the member of a
 * union, since a JSON object can have a `toString` of its own.
 *
 * With `withoutNulls`, an optional field that is `null` is absent. This costs nothing for input that fits without it.
 */
export const make = <A, I>(
  schema: Schema.Schema<A, I>,
  withoutNulls?: ReturnType<typeof Absent.withoutNulls>
): ((input: unknown, again: () => unknown) => Either.Either<A, ParseResult.ParseError>) => {
  const compiled = decodeOf(compile(schema.ast, {}))
  const slow = Codec.decode(schema)
  const decode = (input: unknown): unknown => {
    try {
      return compiled(input)
    } catch {
      return unfit
    }
  }
  // Seam: a test checks the law that a compiled schema returns the same value as the schema.
  const orSlow = (value: unknown, input: () => unknown) => (value === unfit ? slow(input()) : Either.right(value as A))
  return (input, again) => {
    const value = decode(input)
    const found = value === unfit ? withoutNulls?.(again()) : undefined
    if (found === undefined) return orSlow(value, again)
    const decoded = orSlow(decode(withoutNulls?.(again())?.rest), () => found.rest)
    if (Either.isRight(decoded)) found.note(decoded.right)
    return decoded
  }
}
