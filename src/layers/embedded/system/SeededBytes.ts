/**
 * Bytes that look like chance and are the same for the same seed, on every machine and release of Node.
 *
 * Not secret from anybody who knows the seed, so for tests and demonstrations alone.
 */
import { createCipheriv, createHmac } from "node:crypto"

/** The next bytes of a stream. */
export type SeededBytes = (length: number) => Uint8Array

/** The key stream of AES-256 in counter mode. Streams of one seed with different purposes have nothing in common. */
export const make = (seed: string, purpose: string): SeededBytes => {
  const key = createHmac("sha256", `effect-dintero ${purpose}`).update(seed, "utf8").digest()
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16))
  return (length) => cipher.update(new Uint8Array(length))
}
