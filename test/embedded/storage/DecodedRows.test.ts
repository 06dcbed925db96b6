import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as DecodedRows from "../../../src/layers/embedded/storage/DecodedRows.js"
import * as Table from "../../../src/layers/embedded/storage/Table.js"

const schema = Schema.Struct({ id: Schema.String, value: Schema.parseJson(Schema.Struct({ text: Schema.String })) })

/** Counts what is decoded. */
const counted = (mostCharacters: number) => {
  const decode = Table.decodeRows(schema)
  const ids: Array<string> = []
  const rows = DecodedRows.make<typeof schema.Type>(
    {
      decode: (found) =>
        Effect.tap(decode(found), (all) => {
          for (const { id } of all) ids.push(id)
        })
    },
    mostCharacters
  )
  return {
    ids,
    read: (id: string, text: string) =>
      rows(
        id,
        Effect.sync(() => [{ id, value: JSON.stringify({ text }) }])
      )
  }
}

describe("rows that are decoded once", () => {
  it.effect("are decoded again when their text is another one, and only then", () =>
    Effect.gen(function* () {
      const { ids, read } = counted(10_000)
      const first = yield* read("a", "one")
      assert.deepStrictEqual(first, { id: "a", value: { text: "one" } })
      assert.strictEqual(yield* read("a", "one"), first)
      assert.deepStrictEqual(ids, ["a"])
      assert.deepStrictEqual(yield* read("a", "two"), { id: "a", value: { text: "two" } })
      assert.deepStrictEqual(yield* read("a", "one"), { id: "a", value: { text: "one" } })
      assert.deepStrictEqual(ids, ["a", "a", "a"])
    })
  )

  it.effect("are as many as there is room for, and the one that was used least recently goes first", () =>
    Effect.gen(function* () {
      const { ids, read } = counted(400)
      for (const id of ["a", "b", "c", "a", "d", "a", "b"]) yield* read(id, "x")
      assert.deepStrictEqual(ids, ["a", "b", "c", "d", "b"])
      // One that is larger than all the room is not kept, and nothing else is either.
      yield* read("large", "x".repeat(1_000))
      yield* read("large", "x".repeat(1_000))
      assert.deepStrictEqual(ids.slice(5), ["large", "large"])
    })
  )

  it.effect("that are not there are undefined", () =>
    Effect.gen(function* () {
      const rows = DecodedRows.make({ decode: Table.decodeRows(schema) }, 1_000)
      assert.isUndefined(yield* rows("a", Effect.succeed([])))
    })
  )
})
