import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck as fc, ParseResult, Redacted, Schema } from "effect"
import * as DinteroPackage from "effect-dintero"
import { operations } from "../../src/contract/Contract.js"
import * as Decoder from "../../src/internal/Decoder.js"

type Any = Schema.Schema<unknown, unknown>

const isAny = (value: unknown): value is Any => Schema.isSchema(value)

/** They are made by the client and never decoded by it; two of them differ in their stacks. */
const isErrorClass = (value: unknown): boolean => typeof value === "function" && value.prototype instanceof Error

/** Every schema that a body of the contract is made of, and every one that the package exports. */
const ofContract: ReadonlyArray<readonly [string, Any]> = [
  ...Object.entries(operations).flatMap(
    ([name, { body, success }]): ReadonlyArray<readonly [string, Any]> => [
      ...(success.schema === undefined ? [] : [[`${name} success`, success.schema] as const]),
      ...(body === undefined ? [] : [[`${name} body`, body] as const])
    ]
  ),
  ...Object.entries(DinteroPackage).flatMap(
    ([name, value]): ReadonlyArray<readonly [string, Any]> => (isAny(value) && !isErrorClass(value) ? [[name, value]] : [])
  )
]

class Point extends Schema.Class<Point>("Point")({
  x: Schema.Number,
  y: Schema.optionalWith(Schema.Number, { default: () => 0 })
}) {}

interface Tree {
  readonly value: number
  readonly children: ReadonlyArray<Tree>
}
const Tree: Schema.Schema<Tree> = Schema.Struct({
  value: Schema.Number,
  children: Schema.Array(Schema.suspend((): Schema.Schema<Tree> => Tree))
})

const preserve = { parseOptions: { onExcessProperty: "preserve" } } as const

/** What the contract may use one day: every kind of node that is compiled, and some that are left to `Schema`. */
const others: ReadonlyArray<readonly [string, Any]> = [
  ["required unknown", Schema.Struct({ a: Schema.Unknown, b: Schema.Any })],
  ["optional, not exact", Schema.Struct({ a: Schema.optional(Schema.String), toString: Schema.optional(Schema.Number) })],
  ["optional as Option, nullable", Schema.Struct({ a: Schema.optionalWith(Schema.String, { as: "Option", nullable: true }) })],
  [
    "renamed",
    Schema.Struct({ a: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("b")), c: Schema.optional(Schema.Number) })
  ],
  [
    "renamed, preserving",
    Schema.Struct({ a: Schema.propertySignature(Schema.NumberFromString).pipe(Schema.fromKey("b")) }).annotations(preserve)
  ],
  [
    "record with a field of its own",
    Schema.Struct({ a: Schema.NumberFromString }, Schema.Record({ key: Schema.String, value: Schema.Unknown }))
  ],
  [
    "a default that does not fit",
    Schema.Struct({
      a: Schema.optionalWith(Schema.String.pipe(Schema.minLength(2)), { default: () => "" })
    })
  ],
  [
    "empty struct with a default",
    Schema.Struct({ a: Schema.optionalWith(Schema.Number, { default: () => 1 }) }).annotations(preserve)
  ],
  ["record", Schema.Record({ key: Schema.String, value: Schema.Number })],
  [
    "record, preserving",
    Schema.Struct({ a: Schema.String }, Schema.Record({ key: Schema.String, value: Schema.Unknown })).annotations(preserve)
  ],
  ["record of a pattern", Schema.Record({ key: Schema.String.pipe(Schema.pattern(/^a/)), value: Schema.Number })],
  ["anything that is not null", Schema.Struct({})],
  [
    "inner struct refuses what the outer one keeps",
    Schema.Struct({
      a: Schema.Struct({ b: Schema.Number }).annotations({ parseOptions: { onExcessProperty: "error" } }),
      c: Schema.Struct({ d: Schema.Array(Schema.Struct({ e: Schema.String })) })
    }).annotations(preserve)
  ],
  ["exact", Schema.Struct({ a: Schema.Unknown }).annotations({ parseOptions: { exact: true } })],
  ["nullable", Schema.NullOr(Schema.Struct({ a: Schema.NullishOr(Schema.Number) }))],
  ["literals", Schema.Array(Schema.Literal(1, "1", true, null, -0, "toString"))],
  ["tuple", Schema.Tuple(Schema.String, Schema.optionalElement(Schema.Number))],
  ["non-empty array", Schema.NonEmptyArray(Schema.Number)],
  [
    "union told apart by one key",
    Schema.Union(
      Schema.Struct({ type: Schema.Literal("a"), a: Schema.Number }),
      Schema.Struct({ type: Schema.String, b: Schema.String }),
      Schema.Struct({ type: Schema.Literal("b"), a: Schema.String }),
      Schema.Struct({ type: Schema.Literal("a"), b: Schema.String })
    )
  ],
  [
    "union told apart by two keys",
    Schema.Union(
      Schema.Struct({ kind: Schema.Literal("a"), a: Schema.Unknown }),
      Schema.Struct({ type: Schema.Literal("a"), b: Schema.Unknown })
    )
  ],
  [
    "union told apart by numbers and texts",
    Schema.Union(
      Schema.Struct({ type: Schema.Literal(1), a: Schema.Unknown }),
      Schema.Struct({ type: Schema.Literal("1"), b: Schema.Unknown })
    )
  ],
  [
    "union in an order that matters",
    Schema.Union(
      Schema.Struct({ a: Schema.Number }),
      Schema.Struct({ a: Schema.Number, b: Schema.Number }),
      Schema.NumberFromString,
      Schema.String
    )
  ],
  [
    "dates and numbers in texts",
    Schema.Struct({ at: Schema.DateTimeUtc, n: Schema.NumberFromString, d: Schema.DurationFromMillis })
  ],
  ["class", Point],
  ["recursive", Tree],
  ["fallback", Schema.Struct({ a: Schema.Number.annotations({ decodingFallback: () => Either.right(7) }) })],
  ["filter of a struct", Schema.Struct({ a: Schema.Number, b: Schema.Number }).pipe(Schema.filter(({ a, b }) => a <= b))],
  ["composed", Schema.compose(Schema.Trim, Schema.NonEmptyString)],
  ["key __proto__", Schema.Struct({ ["__proto__"]: Schema.optional(Schema.Number), a: Schema.Number })]
].map(([name, schema]) => [name, schema] as readonly [string, Any])

const isObject = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === "object" && value !== null

const objectsIn = (value: unknown, found = new Set<unknown>()): ReadonlySet<unknown> => {
  if (!isObject(value) || found.has(value)) return found
  found.add(value)
  for (const key of Reflect.ownKeys(value)) objectsIn(value[key], found)
  return found
}

/** Where two values differ: in kind, prototype, own keys, or in what they share with the input. */
const difference = (own: unknown, expected: unknown, ofInput: ReadonlySet<unknown>, path = "$"): string | undefined => {
  if (ofInput.has(own) || ofInput.has(expected))
    return own === expected ? undefined : `${path}: one of the two is the input's own`
  if (!isObject(own) || !isObject(expected))
    return Object.is(own, expected) ? undefined : `${path}: ${String(own)} / ${String(expected)}`
  if (Redacted.isRedacted(own) && Redacted.isRedacted(expected)) {
    return difference(Redacted.value(own), Redacted.value(expected), ofInput, `${path}.<redacted>`)
  }
  if (Object.getPrototypeOf(own) !== Object.getPrototypeOf(expected)) return `${path}: another prototype`
  const keys = Reflect.ownKeys(own)
  const others = Reflect.ownKeys(expected)
  if (keys.length !== others.length || !others.every((key) => keys.includes(key)))
    return `${path}: keys ${keys.map(String)} / ${others.map(String)}`
  for (const key of keys) {
    const found = difference(own[key], expected[key], ofInput, `${path}.${String(key)}`)
    if (found !== undefined) return found
  }
  return undefined
}

const bySchema = (schema: Any, input: unknown): Either.Either<unknown, string> => {
  try {
    return Either.mapLeft(Schema.decodeUnknownEither(schema, { errors: "all" })(input), (error) =>
      ParseResult.TreeFormatter.formatErrorSync(error)
    )
  } catch {
    return Either.left("thrown")
  }
}

const law = (schema: Any, decode: ReturnType<typeof Decoder.make<unknown, unknown>>, input: unknown): void => {
  const before = copyOf(input)
  const own = decode(input)
  const expected = bySchema(schema, input)
  assert.strictEqual(own._tag, expected._tag)
  if (Either.isRight(own) && Either.isRight(expected)) assert.isUndefined(difference(own.right, expected.right, objectsIn(input)))
  if (Either.isLeft(own) && Either.isLeft(expected) && expected.left !== "thrown") {
    assert.strictEqual(ParseResult.TreeFormatter.formatErrorSync(own.left), expected.left)
  }
  assert.isUndefined(difference(input, before, new Set()), "the input was changed")
}

const copyOf = (value: unknown): unknown => {
  if (!isObject(value)) return value
  const copy = Object.create(Object.getPrototypeOf(value)) as object
  const target = Array.isArray(value) ? Object.assign([], { length: value.length }) : copy
  for (const key of Reflect.ownKeys(value)) {
    if (Array.isArray(value) && key === "length") continue
    Object.defineProperty(target, key, { value: copyOf(value[key]), enumerable: true, writable: true, configurable: true })
  }
  return target
}

const define = (target: object, key: PropertyKey, value: unknown): void => {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "",
    0,
    true,
    [],
    {},
    "SHA256",
    "HMAC-SHA256"
  ),
  fc.jsonValue(),
  fc.constant({}).map(() => Object.create(null) as unknown),
  fc.constant({}).map(() => {
    const sparse: Array<unknown> = []
    sparse[2] = "x"
    return sparse
  }),
  fc.constant({}).map((): unknown => ({ toString: 1, valueOf: 1 })),
  fc.constant({}).map((): unknown => Object.create({ type: "SHA256", a: 1, enabled: true, status: "x" }))
)

const keys = fc.oneof(
  fc.constantFrom<PropertyKey>("__proto__", "constructor", "toString", "hasOwnProperty", "type", "kind", "a", "b", "extra", "0"),
  fc.string()
)

interface Mutation {
  readonly at: ReadonlyArray<number>
  readonly kind: "replace" | "delete" | "add"
  readonly key: PropertyKey
  readonly value: unknown
}

const mutations: fc.Arbitrary<ReadonlyArray<Mutation>> = fc.array(
  fc.record({
    at: fc.array(fc.nat(12), { maxLength: 5 }),
    kind: fc.constantFrom("replace", "delete", "add"),
    key: keys,
    value: strange
  }),
  { maxLength: 3 }
)

/** Walks to some place in a value and changes it there. */
const mutate = (value: unknown, { at, key, kind, value: given }: Mutation): unknown => {
  const [first, ...rest] = at
  const other = copyOf(given)
  if (!isObject(value)) return kind === "replace" ? other : value
  const own = Reflect.ownKeys(value).filter((key) => !(Array.isArray(value) && key === "length"))
  const chosen = first === undefined || own.length === 0 ? undefined : own[first % own.length]
  if (chosen === undefined) {
    if (kind === "replace") return other
    define(value, Array.isArray(value) ? String(value.length) : key, other)
    return value
  }
  if (rest.length === 0 && kind === "delete") Reflect.deleteProperty(value, chosen)
  else define(value, chosen, mutate(value[chosen], { at: rest, key, kind, value: given }))
  return value
}

describe("Decoder gives what Schema gives", () => {
  for (const [name, schema] of [...ofContract, ...others]) {
    const decode = Decoder.make(schema)
    const valid: fc.Arbitrary<unknown> = Arbitrary.make(Schema.encodedSchema(schema))
    it(`${name}: inputs that fit, and the same damaged`, () => {
      void fc.assert(
        fc.property(valid, mutations, (input, mutations) => {
          law(schema, decode, mutations.reduce(mutate, copyOf(input)))
        }),
        { numRuns: 300 }
      )
    }, 20_000)
    it(`${name}: any value`, () => {
      void fc.assert(
        fc.property(
          fc.oneof(strange, fc.anything({ withSparseArray: true, withNullPrototype: true, key: fc.string() })),
          (input) => law(schema, decode, input)
        ),
        { numRuns: 100 }
      )
    }, 20_000)
  }
})

describe("Decoder", () => {
  const decode = Decoder.make(DinteroPackage.CustomersSettings)

  it("keeps unknown fields, at every depth, and fills defaults", () => {
    const decoded = Either.getOrThrow(
      decode(
        JSON.parse(
          `{"new":{"x":[1]},"users":{"newer":1,"mfa":{"login":{"challenge_type":"oob","oob_channel":"sms","n":1},"login_recovery":{"challenge_type":"a","oob_channel":"b"}}}}`
        )
      )
    )
    assert.deepStrictEqual(JSON.parse(JSON.stringify(decoded)), {
      new: { x: [1] },
      users: {
        customer_id_format: "uuid",
        newer: 1,
        mfa: {
          enabled: false,
          login: { challenge_type: "oob", oob_channel: "sms", n: 1 },
          login_recovery: { challenge_type: "a", oob_channel: "b" }
        }
      }
    })
  })

  it("a value that cannot be turned into a text is refused where Schema throws", () => {
    const input: unknown = JSON.parse(`{"auto_tokens":{"email":[{"type":{"toString":1,"valueOf":1}}]}}`)
    assert.throws(() => Schema.decodeUnknownEither(DinteroPackage.CustomersSettings)(input))
    assert.isTrue(Either.isLeft(decode(input)))
  })

  it("a key __proto__ of a server changes nothing but the object that it stands in", () => {
    decode(JSON.parse(`{"__proto__":{"polluted":1},"users":{"__proto__":{"polluted":1}}}`))
    assert.isUndefined(Reflect.get({}, "polluted"))
  })

  it("compiles the bodies of the contract: they never reach Schema when they fit", () => {
    // A getter tells how often a body was read: once by the compiled schema, once more when Schema had to decide.
    let reads = 0
    const body = {
      get access_token() {
        reads++
        return "token"
      },
      token_type: "Bearer",
      expires_in: 1
    }
    assert.isTrue(Either.isRight(Decoder.make(DinteroPackage.AccessToken)(body)))
    assert.strictEqual(reads, 1)
  })
})
