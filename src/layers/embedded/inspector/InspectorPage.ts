import * as Effect from "effect/Effect"
export const load: Effect.Effect<{ readonly html: string; readonly headers: { readonly [name: string]: string } }> =
  Effect.succeed({ html: "", headers: {} })
