/**
 * Makes a function when it is first called. To compile a decoder takes longer than to load the module that has it, and most programs need only a few
 * of them.
 */
export const lazily = <I, O>(make: () => (input: I) => O): ((input: I) => O) => {
  let made: ((input: I) => O) | undefined
  return (input) => {
    made ??= make()
    return made(input)
  }
}
