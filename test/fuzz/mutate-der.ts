// Changes of the structure of DER. Values in OCTET STRINGs and BIT STRINGs are reached too: extensions, keys, TSTInfo.

import { concatBytes } from '../../shared/bytes.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateTree, type Tree } from './mutate-tree.ts'
import type { Random } from './random.ts'

/** What a value has besides those in it: content that is none, in front of them. */
interface DerHead {
  /** Undefined for what holds several values without being one. */
  readonly tag: number | undefined
  readonly content: Uint8Array
  /** Octets that the length takes beyond the fewest, which DER forbids. */
  readonly padding?: number
  /** Added to the length, which is wrong then. */
  readonly lie?: number
}

type DerTree = Tree<DerHead>

const OCTET_STRING = 0x04
const BIT_STRING = 0x03
const MAX_DEPTH = 40
/** Universal types that certificates and tokens hold, context tags and nonsense. */
const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80,
  0x81, 0x82, 0xa0, 0xa1, 0xa3, 0x1f, 0x3f, 0x24,
]
/** Contents that mean something in many types: empty, extremes of integers and truth values. */
const CONTENTS = [
  [],
  [0x00],
  [0x01],
  [0xff],
  [0x7f],
  [0x80],
  [0x00, 0x00],
  [0x00, 0xff],
  [0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x2a, 0x03, 0x80, 0x01],
].map((content) => Uint8Array.from(content))

/** DER with its structure changed; what cannot be read as DER is changed byte by byte. */
export function mutateDer(random: Random, bytes: Uint8Array): Uint8Array {
  const children = readAll(bytes, 0)
  if (children === undefined) return mutateBytes(random, bytes)
  const root: DerTree = { head: { tag: undefined, content: new Uint8Array() }, children }
  return encode(mutateTree(random, root, changeHead))
}

function changeHead(random: Random, tree: DerTree): DerTree {
  const { head, children } = tree
  const content =
    head.content.length === 0 ? random.pick(CONTENTS) : mutateBytes(random, head.content)
  const heads: readonly (() => Tree<DerHead>)[] = [
    () => ({ head: { ...head, tag: random.pick(TAGS) }, children }),
    () => ({ head: { ...head, content }, children }),
    () => ({ head: { ...head, content: random.pick(CONTENTS) }, children: [] }),
    () => ({ head: { ...head, padding: 1 + random.below(4) }, children }),
    () => ({ head: { ...head, lie: random.pick([-1, 1, 127, 2 ** 31]) }, children }),
  ]
  return random.pick(random.oneIn(4) ? heads : heads.slice(0, 3))()
}

function readAll(bytes: Uint8Array, depth: number): readonly DerTree[] | undefined {
  const values: DerTree[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const end = endOf(bytes, offset)
    if (end === undefined) return undefined
    const value = readValue(bytes.subarray(offset, end.end), end.start - offset, depth)
    values.push(value)
    offset = end.end
  }
  return values
}

function readValue(bytes: Uint8Array, start: number, depth: number): DerTree {
  const tag = bytes[0] ?? 0
  const content = bytes.subarray(start)
  // The octet that says how many bits of a BIT STRING are unused.
  const skipped = tag === BIT_STRING ? 1 : 0
  const mayHold =
    (tag & 0x20) !== 0 || ((tag === OCTET_STRING || skipped === 1) && content.length > 2)
  const children = mayHold && depth < MAX_DEPTH ? readAll(content.subarray(skipped), depth + 1) : []
  if (children === undefined || children.length === 0)
    return { head: { tag, content }, children: [] }
  return { head: { tag, content: content.subarray(0, skipped) }, children }
}

/** Where the content of a value starts and ends; undefined where it is none. */
function endOf(bytes: Uint8Array, offset: number): { start: number; end: number } | undefined {
  const first = bytes[offset + 1] ?? 0x80
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthBytes > 4 || ((bytes[offset] ?? 0) & 0x1f) === 0x1f) return undefined
  const start = offset + 2 + lengthBytes
  const length = lengthBytes === 0 ? first : bytes.subarray(offset + 2, start).reduce(bigEndian, 0)
  return start + length <= bytes.length ? { start, end: start + length } : undefined
}

function bigEndian(sum: number, octet: number): number {
  return sum * 256 + octet
}

function encode({ head, children }: DerTree): Uint8Array {
  const { tag, padding = 0, lie = 0 } = head
  const content = concatBytes(head.content, ...children.map(encode))
  if (tag === undefined) return content
  return concatBytes(
    Uint8Array.of(tag),
    encodeLength(Math.max(0, content.length + lie), padding),
    content,
  )
}

function encodeLength(length: number, padding: number): Uint8Array {
  if (length < 0x80 && padding === 0) return Uint8Array.of(length)
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  const padded = [...new Array<number>(padding).fill(0), ...octets]
  return Uint8Array.of(0x80 | padded.length, ...padded)
}
