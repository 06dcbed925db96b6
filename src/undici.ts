/**
 * The transport that costs least on Node: npm's `undici` without what a small JSON API has no use for. Needs the optional peer
 * `undici`.
 *
 * @since 0.1.0
 */
export * as UndiciTransport from "./layers/undici/UndiciTransport.js"
