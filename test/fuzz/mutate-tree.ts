// Changes of the structure of a document, whatever it is written in: DER, CBOR and JSON are trees here.

import type { Random } from './random.ts'

/** A value with the values in it; `head` is what the format has besides these. */
export interface Tree<Head> {
  readonly head: Head
  readonly children: readonly Tree<Head>[]
}

/** Changes one value by itself, as its format has it. */
export type ChangeHead<Head> = (random: Random, tree: Tree<Head>) => Tree<Head>

const MAX_CHANGES = 3
/** Deeper than any limit of depth: 32 for JSON and DER. */
const MAX_NESTING = 40

/** The tree with one to three changes: values dropped, repeated, swapped, replaced, nested or changed in themselves. */
export function mutateTree<Head>(
  random: Random,
  root: Tree<Head>,
  changeHead: ChangeHead<Head>,
): Tree<Head> {
  let changed = root
  for (let left = 1 + random.below(MAX_CHANGES); left > 0; left--) {
    const all = [...valuesOf(changed)]
    const at = random.pick(all)
    const next = changeOne(random, at, all, changeHead)
    changed = replace(changed, at, next)
  }
  return changed
}

function changeOne<Head>(
  random: Random,
  at: Tree<Head>,
  all: readonly Tree<Head>[],
  changeHead: ChangeHead<Head>,
): Tree<Head> {
  const { children } = at
  if (children.length === 0 || random.oneIn(3)) return changeHead(random, at)
  const from = random.below(children.length)
  const to = random.below(children.length)
  const [one, other] = [children[from] ?? at, children[to] ?? at]
  const lists = [
    () => children.toSpliced(from, 1),
    () => children.toSpliced(to, 0, one),
    () => children.with(from, other).with(to, one),
    () => children.with(from, random.pick(all)),
    () => children.toSpliced(from, 0, random.pick(all)),
    () => (random.oneIn(20) ? [nest(at, random.below(MAX_NESTING))] : []),
  ]
  return { ...at, children: random.pick(lists)() }
}

function nest<Head>(tree: Tree<Head>, times: number): Tree<Head> {
  let nested = tree
  for (let left = times; left > 0; left--) nested = { ...tree, children: [nested] }
  return nested
}

function* valuesOf<Head>(tree: Tree<Head>): Generator<Tree<Head>> {
  yield tree
  for (const child of tree.children) yield* valuesOf(child)
}

/** A value may stand in several places after a change; all of them are replaced. */
function replace<Head>(tree: Tree<Head>, old: Tree<Head>, by: Tree<Head>): Tree<Head> {
  if (tree === old) return by
  const children = tree.children.map((child) => replace(child, old, by))
  return children.every((child, index) => child === tree.children[index])
    ? tree
    : { ...tree, children }
}
