/**
 * Enums that can get new members.
 *
 * Dintero adds members to its enums without a new version of the API. A client that refuses a new member breaks on that day. A client that drops it
 * loses it when it reads a value, changes it and writes it back. So the enums of answers are open: the known members are listed, so that an editor
 * offers them, and other members are kept in both directions. A server makes the closed form of the same schema with {@link closed}.
 *
 * @since 0.1.0
 */
import type * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

const KnownMembers: unique symbol = Symbol.for("effect-dintero/OpenEnum/KnownMembers")
const OpenMember: unique symbol = Symbol.for("effect-dintero/OpenEnum/OpenMember")

/**
 * A known member, or any other string. The intersection with an empty record makes an editor still offer the known members.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenEnum<Known extends string> = Known | (string & Record<never, never>)

/**
 * Makes the schema of an enum that can get new members.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openEnum = <const Known extends readonly [string, ...Array<string>]>(
  ...known: Known
): Schema.Schema<OpenEnum<Known[number]>, string> => {
  const schema: Schema.Schema<string> = Schema.String.annotations({
    [KnownMembers]: known,
    description: `one of ${known.map((member) => `"${member}"`).join(", ")}; a response may hold newer members`,
    jsonSchema: { type: "string", enum: known },
    arbitrary: (): Arbitrary.LazyArbitrary<string> => (fc) => fc.oneof(fc.constantFrom(...known), fc.string())
  })
  return schema
}

/**
 * Marks the last member of a union, which takes the values with an unknown discriminator. {@link closed} removes this member.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openMember = <A, I, R>(schema: Schema.Schema<A, I, R>): Schema.Schema<A, I, R> =>
  schema.annotations({ [OpenMember]: true })

const closedAst = (ast: AST.AST): AST.AST => {
  const known = AST.getAnnotation<readonly [string, ...Array<string>]>(ast, KnownMembers)
  if (Option.isSome(known)) {
    const members: ReadonlyArray<string> = known.value
    return Schema.String.pipe(
      Schema.filter((text) => members.includes(text), {
        description: `one of ${members.map((member) => `"${member}"`).join(", ")}`,
        jsonSchema: { enum: known.value }
      })
    ).ast
  }
  switch (ast._tag) {
    case "TypeLiteral":
      return new AST.TypeLiteral(
        ast.propertySignatures.map(
          (signature) =>
            new AST.PropertySignature(
              signature.name,
              closedAst(signature.type),
              signature.isOptional,
              signature.isReadonly,
              signature.annotations
            )
        ),
        ast.indexSignatures,
        withoutPreserve(ast.annotations)
      )
    case "TupleType":
      return new AST.TupleType(
        ast.elements.map((element) => new AST.OptionalType(closedAst(element.type), element.isOptional, element.annotations)),
        ast.rest.map((rest) => new AST.Type(closedAst(rest.type), rest.annotations)),
        ast.isReadonly,
        ast.annotations
      )
    case "Union":
      return AST.Union.make(
        ast.types.filter((member) => Option.isNone(AST.getAnnotation(member, OpenMember))).map(closedAst),
        ast.annotations
      )
    case "Refinement":
      return new AST.Refinement(closedAst(ast.from), ast.filter, ast.annotations)
    case "Transformation":
      return new AST.Transformation(closedAst(ast.from), closedAst(ast.to), ast.transformation, withoutPreserve(ast.annotations))
    default:
      return ast
  }
}

const withoutPreserve = (annotations: AST.Annotations): AST.Annotations => {
  const { [AST.ParseOptionsAnnotationId]: _, ...rest } = annotations
  return rest
}

/**
 * Makes the schema that a server uses. It accepts only the known members of an {@link openEnum}, and ignores unknown fields even where a client keeps
 * them.
 *
 * @since 0.1.0
 * @category transformations
 */
export const closed = <A, I, R>(schema: Schema.Schema<A, I, R>): Schema.Schema<A, I, R> => Schema.make(closedAst(schema.ast))
