/**
 * The version of this package, for what it writes. A test compares it with package.json.
 */
export const version = "0.1.0"
