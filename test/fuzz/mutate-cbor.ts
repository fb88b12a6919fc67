// Changes of the structure of CBOR. Maps in byte strings are reached too: the protected header.

import { concatBytes } from '../../shared/bytes.ts'
import { MAJOR, rawHead } from '../support/raw-cbor.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateTree, type Tree } from './mutate-tree.ts'
import type { Random } from './random.ts'

type CborHead =
  /** A value around its children or its bytes. */
  | {
      readonly kind: 'value'
      readonly major: number
      readonly argument: number
      readonly bytes: Uint8Array
      readonly width?: 1 | 2 | 4 | 8
    }
  /** Key and value of a map. */
  | { readonly kind: 'pair' }
  /** A value that is written as it is. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }

type CborTree = Tree<CborHead>

const SIMPLE = 7
const MAX_DEPTH = 20
/** Values of all types, among them what readers take amiss: null, undefined, NaN, endless strings, breaks. */
const RAW = [
  [0xf6],
  [0xf7],
  [0xf5],
  [0x00],
  [0x20],
  [0x40],
  [0x60],
  [0x80],
  [0xa0],
  [0xf9, 0x7e, 0x00],
  [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5f, 0x41, 0x00, 0xff],
  [0xff],
  [0xc1, 0x1a, 0x70, 0x00, 0x00, 0x00],
  [0xc2, 0x41, 0x01],
  [0xd2, 0x80],
].map((bytes) => Uint8Array.from(bytes))

/** CBOR with its structure changed; what cannot be read as CBOR is changed byte by byte. */
export function mutateCbor(random: Random, bytes: Uint8Array): Uint8Array {
  const cursor = { bytes, offset: 0 }
  const tree = read(cursor, 0)
  if (tree === undefined || cursor.offset !== bytes.length) return mutateBytes(random, bytes)
  return encode(mutateTree(random, tree, changeHead))
}

function changeHead(random: Random, tree: CborTree): CborTree {
  const { head } = tree
  if (head.kind !== 'value' || random.oneIn(3))
    return { head: { kind: 'raw', bytes: random.pick(RAW) }, children: [] }
  const heads: readonly (() => CborHead)[] = [
    () => ({ ...head, argument: random.pick([0, 1, 23, 24, 33, 255, 2 ** 31, 2 ** 40]) }),
    () => ({ ...head, bytes: mutateBytes(random, head.bytes) }),
    () => ({ ...head, major: random.below(7) }),
    () => ({ ...head, width: random.pick([1, 2, 4, 8]) }),
  ]
  return { ...tree, head: random.pick(heads)() }
}

function read(
  cursor: { readonly bytes: Uint8Array; offset: number },
  depth: number,
): CborTree | undefined {
  const first = cursor.bytes[cursor.offset]
  if (first === undefined || depth > MAX_DEPTH) return undefined
  const [major, info] = [first >> 5, first & 31]
  const width = info < 24 ? 0 : 2 ** (info - 24)
  if (info > 27) return undefined
  const start = cursor.offset
  const behind = start + 1 + width
  const argument =
    width === 0 ? info : cursor.bytes.subarray(start + 1, behind).reduce(bigEndian, 0)
  cursor.offset = behind
  if (major === SIMPLE)
    return { head: { kind: 'raw', bytes: cursor.bytes.slice(start, behind) }, children: [] }
  if (major === MAJOR.bytes || major === MAJOR.text) {
    cursor.offset += argument
    return readString(major, cursor.bytes.slice(behind, cursor.offset), depth)
  }
  const children = readChildren(cursor, major, argument, depth)
  return children && { head: { kind: 'value', major, argument, bytes: new Uint8Array() }, children }
}

function readString(major: number, bytes: Uint8Array, depth: number): CborTree {
  const inner = { bytes, offset: 0 }
  const isMap = major === MAJOR.bytes && (bytes[0] ?? 0) >> 5 === MAJOR.map
  const map = isMap ? read(inner, depth + 1) : undefined
  const head = { kind: 'value', major, argument: bytes.length } as const
  if (map === undefined || inner.offset !== bytes.length)
    return { head: { ...head, bytes }, children: [] }
  return { head: { ...head, bytes: new Uint8Array() }, children: [map] }
}

function readChildren(
  cursor: { readonly bytes: Uint8Array; offset: number },
  major: number,
  argument: number,
  depth: number,
): readonly CborTree[] | undefined {
  const children: CborTree[] = []
  const count = { [MAJOR.array]: argument, [MAJOR.map]: argument, [MAJOR.tag]: 1 }[major] ?? 0
  for (let left = count; left > 0; left--) {
    const first = read(cursor, depth + 1)
    const second = major === MAJOR.map ? read(cursor, depth + 1) : first
    if (first === undefined || second === undefined) return undefined
    children.push(
      major === MAJOR.map ? { head: { kind: 'pair' }, children: [first, second] } : first,
    )
  }
  return children
}

function bigEndian(sum: number, octet: number): number {
  return sum * 256 + octet
}

/** Strings, arrays and maps say how much they hold, unless the argument was changed. */
function encode({ head, children }: CborTree): Uint8Array {
  const inner = concatBytes(...children.map(encode))
  if (head.kind === 'raw') return head.bytes
  if (head.kind === 'pair') return inner
  const { major, bytes, width } = head
  const content = concatBytes(bytes, inner)
  const isString = major === MAJOR.bytes || major === MAJOR.text
  const isList = major === MAJOR.array || major === MAJOR.map
  const argument = isString ? content.length : isList ? children.length : head.argument
  return concatBytes(rawHead(major, argument, fitting(argument, width)), content)
}

/** The width asked for where the argument has room in it. */
function fitting(argument: number, width: 1 | 2 | 4 | 8 | undefined): 1 | 2 | 4 | 8 | undefined {
  return width !== undefined && argument < 256 ** width ? width : undefined
}
