// Which source file may import what. Everything else in the repository follows from this table.

import type { Source } from './sources.ts'

/** Files whose path begins so, and what these may import besides their own layer and packages. */
interface Layer {
  readonly name: string
  readonly holds: RegExp
  /** Names of layers, each of which stands for what it holds and nothing it imports. */
  readonly imports: readonly string[]
}

const GROUND = ['shared']
const MIDDLE = ['envelope', 'timestamp', 'revocation', 'policy', 'registry', 'stm']
const TOP = ['sign', 'verify', 'inspect']
const SHARED = [...GROUND, 'x509', ...MIDDLE, ...TOP]
const FUNCTIONS = ['functions', 'functions in a process', 'functions on node', 'functions on deno']

/** The first layer that holds a file is its own. */
const LAYERS: readonly Layer[] = [
  ...TOP.map((name) => sharedLayer(name, [...GROUND, 'x509', ...MIDDLE])),
  ...MIDDLE.map((name) => sharedLayer(name, [...GROUND, 'x509'])),
  sharedLayer('x509', GROUND),
  // The seams bound to Node, for the two products that run there.
  { name: 'node', holds: /^shared\/node\//, imports: [...GROUND, 'x509', 'stm'] },
  { name: 'shared', holds: /^shared\/[^/]+$/, imports: [] },
  // Node and Deno, each in a room of its own, over what both share as server processes.
  ...['node', 'deno'].map((name) => ({
    name: `functions on ${name}`,
    holds: new RegExp(`^functions/${name}(\\.ts$|/)`),
    imports: [...SHARED, 'node', 'functions', 'functions in a process'],
  })),
  {
    name: 'functions in a process',
    holds: /^functions\/server\//,
    imports: [...SHARED, 'node', 'functions'],
  },
  {
    name: 'functions',
    holds: /^functions\/(?!(node|deno)(\.ts$|\/)|server\/)/,
    imports: SHARED,
  },
  { name: 'plugin', holds: /^plugin\//, imports: [...SHARED, 'node'] },
  // Client and emulator have to be able to disagree, or one bug hides in both.
  { name: 'emulator', holds: /^emulator\//, imports: ['bytes and base64'] },
  { name: 'bytes and base64', holds: /^shared\/(bytes|base64)\.ts$/, imports: [] },
  {
    name: 'demo',
    holds: /^demo\//,
    imports: [...SHARED, 'node', ...FUNCTIONS, 'plugin', 'emulator'],
  },
  {
    name: 'bench',
    holds: /^bench\//,
    imports: [...SHARED, 'node', ...FUNCTIONS, 'plugin', 'emulator', 'demo', 'test'],
  },
  {
    name: 'test',
    holds: /^test\//,
    imports: [...SHARED, 'node', ...FUNCTIONS, 'plugin', 'emulator', 'demo', 'bench'],
  },
]

/** Packages that only some files may import; all others are free. */
const PACKAGES: readonly { readonly name: RegExp; readonly in: RegExp; readonly why: string }[] = [
  {
    name: /^node:|^(?:fs|path|crypto|buffer|process|http|https|tls|net)$/,
    in: /^(?!shared\/(?!node\/)|functions\/(?!(node|deno)(\.ts$|\/)|server\/))/,
    why: 'shared/ and the handlers run on Workers and Deno too',
  },
  {
    name: /^(?:pkijs|asn1js)(?:\/|$)/,
    in: /^(?:emulator|bench|test)\//,
    why: 'certificates are read by the strict DER reader',
  },
  {
    name: /^cbor-x(?:\/|$)/,
    in: /^(?:shared\/cbor\.ts$|bench\/|test\/)/,
    why: 'CBOR is read by the strict reader',
  },
  {
    name: /^(?:hono|@hono\/.*)(?:\/|$)/,
    in: /^(?:functions|emulator|demo|test)\//,
    why: 'only HTTP servers need it',
  },
  {
    name: /^jose(?:\/|$)/,
    in: /^(?:functions\/oidc-|test\/)/,
    why: "callers' tokens are its only use; envelopes are read by the strict reader",
  },
]

/** Every import that the table does not allow, as sentences. */
export function findForbiddenImports(sources: readonly Source[]): readonly string[] {
  const paths = new Set(sources.map(({ path }) => path))
  return sources.flatMap((source) =>
    source.imports
      .map((target) => checkImport(source.path, target, paths))
      .filter((problem) => problem !== undefined),
  )
}

/** Cycles of imports as the paths along them, at least one for every knot. */
export function findImportCycles(sources: readonly Source[]): readonly string[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}

function checkImport(from: string, to: string, paths: ReadonlySet<string>): string | undefined {
  const layer = layerOf(from)
  if (layer === undefined) return `${from} is in no layer`
  const rule = PACKAGES.find(({ name }) => name.test(to))
  if (rule !== undefined)
    return rule.in.test(from) ? undefined : `${from} imports ${to}: ${rule.why}`
  const target = LAYERS.filter(({ holds }) => holds.test(to))
  if (target.length === 0) return undefined
  if (/\.[jt]s$/.test(to) && !paths.has(to)) return `${from} imports ${to}, which is not there`
  const isAllowed = target.some(({ name }) => name === layer.name || layer.imports.includes(name))
  return isAllowed ? undefined : `${from} (${layer.name}) imports ${to} (${target[0]?.name})`
}

function layerOf(path: string): Layer | undefined {
  return LAYERS.find(({ holds }) => holds.test(path))
}

function sharedLayer(name: string, imports: readonly string[]): Layer {
  return { name, holds: new RegExp(`^shared/${name}/`), imports }
}
