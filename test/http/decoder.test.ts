import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck as fc, Option, ParseResult, Redacted, Schema } from "effect"
import * as DinteroPackage from "effect-dintero"
import { operations } from "../../src/contract/Contract.js"
import * as Decoder from "../../src/internal/Decoder.js"

type Any = Schema.Schema<unknown, unknown>

const isAny = (value: unknown): value is Any => Schema.isSchema(value)

/** They are made by the client and never decoded by it; two of them differ in their stacks. */
const isErrorClass = (value: unknown): boolean => typeof value === "function" && value.prototype instanceof Error

/** Every schema that a body of the contract is made of, and every one that the package exports. Several operations share one. */
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
].filter(([, { ast }], index, all) => all.findIndex(([, other]) => other.ast === ast) === index)

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
    Schema.Struct({
      at: Schema.DateTimeUtc.annotations({ title: "a time" }),
      n: Schema.NumberFromString,
      d: Schema.DurationFromMillis
    })
  ],
  ["class", Point],
  ["recursive", Tree],
  ["fallback", Schema.Struct({ a: Schema.Number.annotations({ decodingFallback: () => Either.right(7) }) })],
  ["filter of a struct", Schema.Struct({ a: Schema.Number, b: Schema.Number }).pipe(Schema.filter(({ a, b }) => a <= b))],
  ["composed", Schema.compose(Schema.Trim, Schema.NonEmptyString)],
  ["key __proto__", Schema.Struct({ ["__proto__"]: Schema.optional(Schema.Number), a: Schema.Number })]
].map(([name, schema]) => [name, schema] as readonly [string, Any])

const isObject = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === "object" && value !== null

/** Where two values differ: in kind, prototype or own keys. */
const difference = (own: unknown, expected: unknown, path = "$"): string | undefined => {
  if (!isObject(own) || !isObject(expected))
    return Object.is(own, expected) ? undefined : `${path}: ${String(own)} / ${String(expected)}`
  if (Redacted.isRedacted(own) && Redacted.isRedacted(expected)) {
    return difference(Redacted.value(own), Redacted.value(expected), `${path}.<redacted>`)
  }
  // A key `__proto__` of the input becomes a prototype, which is then made anew for each of the two.
  const prototypes: readonly [unknown, unknown] = [Object.getPrototypeOf(own), Object.getPrototypeOf(expected)]
  if (prototypes[0] !== prototypes[1]) {
    const found = difference(...prototypes, `${path}.<prototype>`)
    if (found !== undefined) return found
  }
  const keys = Reflect.ownKeys(own)
  const others = Reflect.ownKeys(expected)
  if (keys.length !== others.length || !others.every((key) => keys.includes(key)))
    return `${path}: keys ${keys.map(String)} / ${others.map(String)}`
  for (const key of keys) {
    const found = difference(own[key], expected[key], `${path}.${String(key)}`)
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

type Decode = ReturnType<typeof Decoder.make<unknown, unknown>>

/** `slowly`: is called when the compiled schema leaves the input to `Schema`. */
const decodeText = (decode: Decode, text: string, slowly = () => {}): ReturnType<Decode> =>
  decode(JSON.parse(text), () => {
    slowly()
    return JSON.parse(text)
  })

/** For inputs that JSON can hold. */
const law = (schema: Any, decode: Decode, input: unknown): void => {
  const text = JSON.stringify(input) ?? "null"
  const own = decodeText(decode, text)
  const expected = bySchema(schema, JSON.parse(text))
  assert.strictEqual(own._tag, expected._tag)
  if (Either.isRight(own) && Either.isRight(expected)) assert.isUndefined(difference(own.right, expected.right))
  if (Either.isLeft(own) && Either.isLeft(expected) && expected.left !== "thrown") {
    assert.strictEqual(ParseResult.TreeFormatter.formatErrorSync(own.left), expected.left)
  }
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

/** Inputs that fit. Those of the encoded schema alone would have any text in the place of a time. */
const fitting = (schema: Any): fc.Arbitrary<unknown> =>
  fc.oneof(
    Arbitrary.make(Schema.encodedSchema(schema)),
    Arbitrary.make(schema)
      .map(Schema.encodeOption(schema))
      .filter(Option.isSome)
      .map(({ value }) => value)
  )

describe("Decoder gives what Schema gives", () => {
  for (const [name, schema] of [...ofContract, ...others]) {
    const decode = Decoder.make(schema)
    it(`${name}: inputs that fit, and the same damaged`, () => {
      void fc.assert(
        fc.property(fitting(schema), mutations, (input, mutations) => {
          law(schema, decode, mutations.reduce(mutate, copyOf(input)))
        }),
        { numRuns: 300 }
      )
    }, 20_000)
    it(`${name}: any value`, () => {
      void fc.assert(
        fc.property(fc.oneof(strange, fc.jsonValue()), (input) => law(schema, decode, input)),
        { numRuns: 100 }
      )
    }, 20_000)
  }
})

describe("Decoder", () => {
  const decode = Decoder.make(DinteroPackage.CustomersSettings)

  it("keeps unknown fields, at every depth, and fills defaults", () => {
    const decoded = Either.getOrThrow(
      decodeText(
        decode,
        `{"new":{"x":[1]},"users":{"newer":1,"mfa":{"login":{"challenge_type":"oob","oob_channel":"sms","n":1},"login_recovery":{"challenge_type":"a","oob_channel":"b"}}}}`
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

  it("keeps the order of the fields", () => {
    const customer: Any | undefined = operations["customers.users.get"].success.schema
    assert(customer !== undefined)
    const text = `{"z":1,"last_name":"Lovelace","customer_id":"ada","addresses":[],"type":"customer","a":2}`
    const decoded = Either.getOrThrow(decodeText(Decoder.make(customer), text))
    assert.strictEqual(JSON.stringify(decoded), text)
  })

  it("tries a member of a union with the input as it was before the other members", () => {
    const schema = Schema.Union(
      Schema.Struct({ at: Schema.DateTimeUtc, n: Schema.Number }),
      Schema.Struct({ at: Schema.Unknown, n: Schema.String })
    )
    const decoded = decodeText(Decoder.make(schema), `{"at":"2024-03-11T09:12:44.120Z","n":"1"}`)
    assert.deepStrictEqual(decoded, Either.right({ at: "2024-03-11T09:12:44.120Z", n: "1" }))
  })

  it("a value that cannot be turned into a text is refused where Schema throws", () => {
    const text = `{"auto_tokens":{"email":[{"type":{"toString":1,"valueOf":1}}]}}`
    assert.throws(() => Schema.decodeUnknownEither(DinteroPackage.CustomersSettings)(JSON.parse(text)))
    assert.isTrue(Either.isLeft(decodeText(decode, text)))
  })

  it("a key __proto__ of a server changes nothing but the object that it stands in", () => {
    decodeText(decode, `{"__proto__":{"polluted":1},"users":{"__proto__":{"polluted":1}}}`)
    assert.isUndefined(Reflect.get({}, "polluted"))
  })

  it("compiles the answers of the contract: they never reach Schema when they fit", () => {
    for (const [name, { success }] of Object.entries(operations)) {
      const schema: Any | undefined = success.schema
      if (schema === undefined) continue
      const decode = Decoder.make(schema)
      void fc.assert(
        fc.property(fitting(schema), (input) => {
          const text = JSON.stringify(input)
          fc.pre(Either.isRight(bySchema(schema, JSON.parse(text))))
          assert.isTrue(Either.isRight(decodeText(decode, text, () => assert.fail(`${name}: ${text}`))))
        }),
        { numRuns: 50 }
      )
    }
  })
})
