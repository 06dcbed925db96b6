/**
 * Compiles schemas to plain functions, because every call decodes a body and `Schema` is slow.
 *
 * A compiled schema only handles input that fits. For all other input, and for every kind of schema that is not known here, `Schema` itself
 * decodes. So all errors are those of `Schema`.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as Absent from "./Absent.js"

/** The input does not fit, or may not fit. Then `Schema` decodes it. */
const unfit: unique symbol = Symbol.for("effect-dintero/Decoder/unfit")

/** Decodes the input, or returns {@link unfit}. */
type Decode = (input: unknown) => unknown

type Json = { readonly [key: PropertyKey]: unknown }

const isJson = (input: unknown): input is Json => typeof input === "object" && input !== null && !Array.isArray(input)

const has = Object.hasOwn

/** The contents of a schema's annotation that are known here. */
const understood = (options: AST.ParseOptions): boolean =>
  Object.keys(options).every((key) => key === "onExcessProperty" || key === "errors") && options.onExcessProperty !== "error"

const bySchema = (ast: AST.AST, options: AST.ParseOptions): Decode => {
  const decode = ParseResult.decodeUnknownEither(Schema.make<unknown, unknown, never>(ast), options)
  return (input) => {
    const decoded = decode(input)
    return Either.isRight(decoded) ? decoded.right : unfit
  }
}

const compile = (ast: AST.AST, inherited: AST.ParseOptions): Decode => {
  const own = Option.getOrUndefined(AST.getParseOptionsAnnotation(ast))
  const options = own === undefined ? inherited : { ...inherited, ...own }
  if (!understood(options) || Option.isSome(AST.getDecodingFallbackAnnotation(ast))) return bySchema(ast, inherited)
  switch (ast._tag) {
    case "UnknownKeyword":
    case "AnyKeyword":
      return (input) => input
    case "StringKeyword":
      return (input) => (typeof input === "string" ? input : unfit)
    case "NumberKeyword":
      return (input) => (typeof input === "number" ? input : unfit)
    case "BooleanKeyword":
      return (input) => (typeof input === "boolean" ? input : unfit)
    case "Literal":
      return (input) => (input === ast.literal ? input : unfit)
    case "Refinement":
      return refinement(ast, options)
    case "Union":
      return union(ast, options)
    case "TupleType":
      return array(ast, options) ?? bySchema(ast, options)
    case "TypeLiteral":
      return struct(ast, options) ?? bySchema(ast, options)
    case "Transformation":
      return transformation(ast, options)
    case "Declaration": {
      const parse: Step<AST.Declaration> = ast.decodeUnknown(...ast.typeParameters)
      return (input) => ready(parse(input, options, ast, input))
    }
    default:
      return bySchema(ast, options)
  }
}

/** A function of a schema that returns an effect. */
type Step<Node> = (value: unknown, options: AST.ParseOptions, ast: Node, input: unknown) => unknown

/** The result of an effect of `Schema`, if it is known without running the effect. */
const ready = (result: unknown): unknown => (Either.isEither(result) && Either.isRight(result) ? result.right : unfit)

const refinement = (ast: AST.Refinement, options: AST.ParseOptions): Decode => {
  const from = compile(ast.from, options)
  return (input) => {
    const value = from(input)
    return value === unfit || Option.isSome(ast.filter(value, options, ast)) ? unfit : value
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
const union = (ast: AST.Union, options: AST.ParseOptions): Decode => {
  const members = ast.types.map((type) => ({ tag: tagOf(type), decode: compile(type, options) }))
  const tagged = members.filter(({ tag }) => tag !== undefined)
  const key = tagged[0]?.tag?.[0]
  if (
    tagged.some(({ tag }) => tag?.[0] !== key) ||
    ast.types.some((type) => type._tag === "Suspend" || type._tag === "TupleType")
  ) {
    return bySchema(ast, options)
  }
  const others = members.filter(({ tag }) => tag === undefined).map(({ decode }) => decode)
  return (input) => {
    if (key !== undefined && isJson(input) && has(input, key)) {
      const found = input[key]
      for (const { decode, tag } of tagged) {
        if (tag?.[1] !== found) continue
        const value = decode(input)
        if (value !== unfit) return value
      }
    }
    for (const decode of others) {
      const value = decode(input)
      if (value !== unfit) return value
    }
    return unfit
  }
}

const array = (ast: AST.TupleType, options: AST.ParseOptions): Decode | undefined => {
  const [rest, ...more] = ast.rest
  if (rest === undefined || more.length > 0 || ast.elements.length > 0) return undefined
  const decode = compile(rest.type, options)
  return (input) => {
    if (!Array.isArray(input)) return unfit
    const output: Array<unknown> = []
    for (let index = 0; index < input.length; index++) {
      const value = decode(input[index])
      if (value === unfit) return unfit
      output.push(value)
    }
    return output
  }
}

const struct = (ast: AST.TypeLiteral, options: AST.ParseOptions): Decode | undefined => {
  const [index, ...more] = ast.indexSignatures
  if (more.length > 0 || (index !== undefined && index.parameter._tag !== "StringKeyword")) return undefined
  if (index === undefined && ast.propertySignatures.length === 0) return undefined
  const fields = ast.propertySignatures.map(({ isOptional, name, type }) => ({
    name,
    isOptional,
    decode: compile(type, options)
  }))
  // `Schema` handles a key that would set the prototype of the result.
  if (fields.some(({ name }) => name === "__proto__")) return undefined
  const known = new Set<PropertyKey>(fields.map(({ name }) => name))
  const others = index === undefined ? undefined : compile(index.type, options)
  const preserves = others === undefined && options.onExcessProperty === "preserve"
  return (input) => {
    if (!isJson(input)) return unfit
    const output: Record<PropertyKey, unknown> = {}
    let found = 0
    for (const { decode, isOptional, name } of fields) {
      if (has(input, name)) found++
      else if (isOptional) continue
      const value = decode(input[name])
      if (value === unfit) return unfit
      output[name] = value
    }
    if (preserves) {
      const keys = Object.keys(input)
      if (keys.length === found) return output
      for (const key of keys) {
        if (key === "__proto__") return unfit
        if (!known.has(key)) output[key] = input[key]
      }
    }
    if (others !== undefined) {
      for (const key of Object.keys(input)) {
        if (key === "__proto__") return unfit
        const value = others(input[key])
        if (value === unfit) return unfit
        if (!known.has(key)) output[key] = value
      }
    }
    return output
  }
}

const transformation = (ast: AST.Transformation, options: AST.ParseOptions): Decode => {
  const from = compile(ast.from, options)
  const to = compile(ast.to, options)
  const { transformation } = ast
  switch (transformation._tag) {
    case "ComposeTransformation":
      return (input) => {
        const value = from(input)
        return value === unfit ? unfit : to(value)
      }
    case "FinalTransformation": {
      const transform: Step<AST.Transformation> = transformation.decode
      return (input) => {
        const value = from(input)
        if (value === unfit) return unfit
        const result = ready(transform(value, options, ast, input))
        return result === unfit ? unfit : to(result)
      }
    }
    case "TypeLiteralTransformation": {
      const fields = transformation.propertySignatureTransformations
      return (input) => {
        const value = from(input)
        // A struct without fields returns the input itself, and the code below would change it.
        if (!isJson(value) || value === input) return unfit
        const output: Record<PropertyKey, unknown> = value
        for (const field of fields) {
          const decoded = field.decode(has(output, field.from) ? Option.some(output[field.from]) : Option.none())
          // Deleting a field makes an object slow for the rest of its life, so a field that keeps its name is overwritten.
          if (Option.isNone(decoded) || field.from !== field.to) delete output[field.from]
          if (Option.isSome(decoded)) output[field.to] = decoded.value
        }
        return to(output)
      }
    }
  }
}

/**
 * A faster `Schema.decodeUnknownEither(schema)` for results of `JSON.parse`. It preserves unknown fields that are enumerable and whose keys
 * are texts, as all fields of such results are. Looking for other fields would cost a third of the time.
 *
 * It never throws: an exception of `Schema` becomes a `Left`. `Schema` may throw when it converts a value to text to find the member of a
 * union, since a JSON object can have a `toString` of its own.
 *
 * With `withoutNulls`, an optional field that is `null` is absent. This costs nothing for input that fits without it.
 */
export const make = <A, I>(
  schema: Schema.Schema<A, I>,
  withoutNulls?: ReturnType<typeof Absent.withoutNulls>
): ((input: unknown) => Either.Either<A, ParseResult.ParseError>) => {
  const decode = compile(schema.ast, {})
  const slow = Schema.decodeUnknownEither(schema, { errors: "all" })
  // Seam: a test checks the law that a compiled schema returns the same value as the schema.
  const orSlow = (value: unknown, input: unknown) => (value === unfit ? slow(input) : Either.right(value as A))
  return (input) => {
    try {
      const value = decode(input)
      const found = value === unfit ? withoutNulls?.(input) : undefined
      if (found === undefined) return orSlow(value, input)
      const decoded = orSlow(decode(found.rest), found.rest)
      if (Either.isRight(decoded)) found.note(decoded.right)
      return decoded
    } catch {
      return Either.left(ParseResult.parseError(new ParseResult.Type(schema.ast, input)))
    }
  }
}
