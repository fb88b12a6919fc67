// Changes of bytes that know nothing of what they hold.

import { concatBytes } from '../../shared/bytes.ts'
import type { Random } from './random.ts'

/** Octets on which readers decide: ends of ranges, DER and CBOR heads, what text is made of. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x18, 0x1f, 0x20, 0x22, 0x2c, 0x30, 0x31, 0x5c,
  0x7b, 0x7d, 0x7f, 0x80, 0x81, 0x84, 0x9f, 0xa0, 0xbf, 0xd2, 0xf6, 0xfb, 0xff,
]
const MAX_INSERTED_BYTES = 16
const MAX_CHANGES = 4

/** Makes other bytes of some. */
export type Mutate = (random: Random, bytes: Uint8Array) => Uint8Array

const CHANGES: readonly Mutate[] = [
  (random, bytes) =>
    withByte(bytes, random.below(bytes.length), (old) => old ^ (1 << random.below(8))),
  (random, bytes) => withByte(bytes, random.below(bytes.length), () => random.pick(TELLING)),
  (random, bytes) =>
    withByte(bytes, random.below(bytes.length), (old) => old + random.pick([1, -1])),
  function insert(random, bytes) {
    return splice(
      bytes,
      random.below(bytes.length + 1),
      0,
      random.bytes(1 + random.below(MAX_INSERTED_BYTES)),
    )
  },
  function remove(random, bytes) {
    const start = random.below(bytes.length)
    return splice(bytes, start, 1 + random.below(Math.min(64, bytes.length - start)))
  },
  function repeat(random, bytes) {
    const start = random.below(bytes.length)
    const part = bytes.slice(start, start + 1 + random.below(64))
    return splice(bytes, random.below(bytes.length + 1), 0, part)
  },
  function move(random, bytes) {
    const start = random.below(bytes.length)
    const part = bytes.slice(start, start + 1 + random.below(64))
    const rest = splice(bytes, start, part.length)
    return splice(rest, random.below(rest.length + 1), 0, part)
  },
  (random, bytes) => bytes.slice(0, random.below(bytes.length)),
]

/** The bytes with one to four changes. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let changed = bytes
  for (let left = 1 + random.below(MAX_CHANGES); left > 0; left--)
    changed = random.pick(CHANGES)(random, changed)
  return changed
}

/** Changes structure rather than bytes: behind most changed bytes a reader comes to nothing. */
export function mutateAny(random: Random, bytes: Uint8Array, structure: Mutate): Uint8Array {
  return (random.oneIn(4) ? mutateBytes : structure)(random, bytes)
}

function withByte(bytes: Uint8Array, at: number, change: (old: number) => number): Uint8Array {
  const copy = bytes.slice()
  if (at < copy.length) copy[at] = change(copy[at] ?? 0)
  return copy
}

function splice(
  bytes: Uint8Array,
  start: number,
  removed: number,
  inserted: Uint8Array = new Uint8Array(),
): Uint8Array {
  return concatBytes(bytes.subarray(0, start), inserted, bytes.subarray(start + removed))
}
