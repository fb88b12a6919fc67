// Changes of the structure of JSON, which may give one member twice, as no value of JavaScript can.

import { decodeUtf8, encodeUtf8 } from '../../shared/bytes.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateTree, type Tree } from './mutate-tree.ts'
import type { Random } from './random.ts'

type JsonHead =
  | { readonly kind: 'object' | 'array' }
  /** Has the value as its child. */
  | { readonly kind: 'member'; readonly name: string }
  /** Any other value, as it is written. */
  | { readonly kind: 'text'; readonly text: string }

type JsonTree = Tree<JsonHead>

/** Values of all types, among them what readers take amiss. */
const TEXTS = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1e400',
  '9007199254740993',
  '0.5',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '{}',
  '[]',
  '{"__proto__":{}}',
  '"2026-02-30T25:61:61Z"',
  '"*"',
]

/** JSON with its structure changed; what is no JSON is changed byte by byte. */
export function mutateJson(random: Random, bytes: Uint8Array): Uint8Array {
  const tree = readJson(bytes)
  if (tree === undefined) return mutateBytes(random, bytes)
  return encodeUtf8(encode(mutateTree(random, tree, changeHead)))
}

function changeHead(random: Random, tree: JsonTree): JsonTree {
  const { head } = tree
  if (head.kind === 'member' && random.oneIn(2))
    return { ...tree, head: { kind: 'member', name: changeName(random, head.name) } }
  if (head.kind === 'text' && head.text.startsWith('"') && random.oneIn(2))
    return textOf(JSON.stringify(changeName(random, JSON.parse(head.text))))
  const text = textOf(random.pick(TEXTS))
  return head.kind === 'member' ? { ...tree, children: [text] } : text
}

function changeName(random: Random, name: string): string {
  const changes = [
    () => name.toUpperCase(),
    () => `${name} `,
    () => name.slice(1),
    () => name + random.pick(['é', '\u0000', '/', '=', '.']),
    () => '__proto__',
    () => Buffer.from(mutateBytes(random, Buffer.from(name, 'latin1'))).toString('latin1'),
  ]
  return random.pick(changes)()
}

function textOf(text: string): JsonTree {
  return { head: { kind: 'text', text }, children: [] }
}

function readJson(bytes: Uint8Array): JsonTree | undefined {
  try {
    return treeOf(JSON.parse(decodeUtf8(bytes)))
  } catch {
    return undefined
  }
}

function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { head: { kind: 'array' }, children: value.map(treeOf) }
  if (typeof value !== 'object' || value === null) return textOf(JSON.stringify(value))
  const children = Object.entries(value).map(
    ([name, member]): JsonTree => ({ head: { kind: 'member', name }, children: [treeOf(member)] }),
  )
  return { head: { kind: 'object' }, children }
}

/** A member outside of an object, or a value in its place, is written as it is and is no JSON. */
function encode({ head, children }: JsonTree): string {
  if (head.kind === 'text') return head.text
  const parts = children.map(encode).join(',')
  if (head.kind === 'member') return `${JSON.stringify(head.name)}:${parts}`
  return head.kind === 'array' ? `[${parts}]` : `{${parts}}`
}
