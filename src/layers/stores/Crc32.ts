/**
 * CRC-32 (ISO 3309, as in gzip). It detects accidental damage of a text. It does not protect against an attacker.
 */
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The checksum of the text in UTF-8, as 8 hexadecimal digits. */
export const crc32 = (text: string): string => {
  let sum = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0)
  return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0")
}
