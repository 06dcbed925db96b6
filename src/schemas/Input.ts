/**
 * A value that a caller gives.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

// A type of its own for each field, so that an editor shows `Input` by its name.
/**
 * A field of an {@link Input}: every object in it may have keys that are `undefined`, at any depth.
 *
 * @since 0.1.0
 * @category models
 */
export type Field<A> = A extends string | number | boolean | Redacted.Redacted<unknown> ? A : A extends object ? Input<A> : A

/**
 * The type `A` with this difference: an optional field may also be given as `undefined`, which means that it is absent. That is so at any depth.
 *
 * @since 0.1.0
 * @category models
 */
export type Input<A> = {
  readonly [Key in keyof A]:
    | Field<A[Key]>
    // An element of an array has no name, and is not optional.
    | (number extends Key ? never : Record<never, never> extends Pick<A, Key> ? undefined : never)
}

/**
 * The type `A` with this difference: an `audience` may be left out, or be `undefined`. The client then sends the audience of the layer, or inside
 * `Account.with` the URL of that account.
 *
 * @since 0.1.0
 * @category models
 */
export type WithDefaultAudience<A> = { readonly [Key in keyof A as Exclude<Key, "audience">]: A[Key] } & {
  readonly audience?: string | undefined
}
