/**
 * A value that a caller gives.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * The same, where an optional field may also be given as `undefined`, which says that it is absent.
 *
 * @since 0.1.0
 * @category models
 */
export type Input<A> = A extends string | number | boolean | Redacted.Redacted<unknown>
  ? A
  : A extends ReadonlyArray<unknown>
    ? { readonly [Key in keyof A]: Input<A[Key]> }
    : A extends object
      ? { readonly [Key in keyof A]: Input<A[Key]> | (Record<never, never> extends Pick<A, Key> ? undefined : never) }
      : A
