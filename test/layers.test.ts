import { describe, expect, test } from 'vitest'
import { findForbiddenImports, findImportCycles } from './support/layers.ts'
import { makeSource, readSources } from './support/sources.ts'

describe('the repository', () => {
  const sources = readSources()

  test('imports in one direction', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(findForbiddenImports(sources)).toEqual([])
  })

  test('has no import cycles', () => {
    expect(findImportCycles(sources)).toEqual([])
  })
})

describe('findForbiddenImports()', () => {
  const files = [
    'shared/bytes.ts',
    'shared/json.ts',
    'shared/x509/name.ts',
    'shared/node/proxy.ts',
    'shared/policy/scope.ts',
    'shared/envelope/jws.ts',
    'shared/sign/sign.ts',
    'shared/verify/verify.ts',
    'functions/app.ts',
    'functions/node.ts',
    'functions/node/server.ts',
    'functions/deno/server.ts',
    'functions/server/settings.ts',
    'plugin/run.ts',
    'emulator/app.ts',
    'demo/steps.ts',
    'bench/run.ts',
    'test/support/keys.ts',
  ]
  const problemsOf = (path: string, text: string) =>
    findForbiddenImports([
      ...files.filter((file) => file !== path).map((file) => makeSource(file, '')),
      makeSource(path, text),
    ])

  test.each([
    ['shared/json.ts', "import { toHex } from './bytes.ts'"],
    ['shared/policy/scope.ts', "import { a } from '../x509/name.ts'"],
    ['shared/verify/verify.ts', "import { a } from '../policy/scope.ts'"],
    ['functions/app.ts', "import { Hono } from 'hono'\nimport { a } from '../shared/sign/sign.ts'"],
    ['functions/node.ts', "import { a } from 'node:fs'\nimport { b } from './node/server.ts'"],
    ['functions/node/server.ts', "import { a } from '../../shared/node/proxy.ts'"],
    ['functions/node/server.ts', "import { a } from '../app.ts'"],
    ['functions/node/server.ts', "import { a } from '../server/settings.ts'"],
    ['functions/server/settings.ts', "import { a } from 'node:net'"],
    ['functions/deno/server.ts', "import { a } from '../server/settings.ts'"],
    ['plugin/run.ts', "import { a } from '../shared/node/proxy.ts'"],
    ['shared/node/proxy.ts', "import { a } from 'node:net'\nimport { b } from '../json.ts'"],
    ['emulator/app.ts', "import { a } from '../shared/bytes.ts'\nimport * as pkijs from 'pkijs'"],
    ['demo/steps.ts', "import { a } from '../emulator/app.ts'"],
    ['bench/run.ts', "import { a } from '../test/support/keys.ts'\nimport 'asn1js'"],
    ['shared/cbor.ts', "import { decode } from 'cbor-x'"],
  ])('lets %s import what it may: %s', (path, text) => {
    expect(problemsOf(path, text)).toEqual([])
  })

  test.each([
    ['shared/json.ts', "import { a } from './x509/name.ts'", 'shared/x509/name.ts'],
    ['shared/json.ts', "import { a } from 'node:buffer'", 'node:buffer'],
    ['shared/json.ts', "import type { a } from './policy/scope.ts'", 'shared/policy/scope.ts'],
    ['shared/x509/name.ts', "export { a } from '../policy/scope.ts'", 'shared/policy/scope.ts'],
    ['shared/policy/scope.ts', "import {\n  a,\n  b,\n} from '../envelope/jws.ts'", 'jws.ts'],
    ['shared/policy/scope.ts', "const a = await import('../verify/verify.ts')", 'verify.ts'],
    ['shared/sign/sign.ts', "import { a } from '../verify/verify.ts'", 'verify.ts'],
    ['shared/verify/verify.ts', "import { a } from '../../functions/app.ts'", 'app.ts'],
    ['shared/verify/verify.ts', "import 'pkijs'", 'pkijs'],
    ['shared/envelope/jws.ts', "import { a } from 'cbor-x/decode'", 'cbor-x/decode'],
    ['shared/envelope/jws.ts', "import { a } from 'hono'", 'hono'],
    ['functions/app.ts', "import { a } from 'node:crypto'", 'node:crypto'],
    ['functions/app.ts', "import { a } from '../plugin/run.ts'", 'plugin/run.ts'],
    ['functions/app.ts', "import { a } from '../emulator/app.ts'", 'emulator/app.ts'],
    ['functions/app.ts', "import { a } from './node/server.ts'", 'functions/node/server.ts'],
    ['functions/app.ts', "import { a } from '../shared/node/proxy.ts'", 'shared/node/proxy.ts'],
    [
      'functions/app.ts',
      "import { a } from './server/settings.ts'",
      'functions/server/settings.ts',
    ],
    ['functions/server/settings.ts', "import { a } from '../node/server.ts'", 'node/server.ts'],
    ['functions/deno/server.ts', "import { a } from '../node/server.ts'", 'node/server.ts'],
    ['shared/json.ts', "import { a } from './node/proxy.ts'", 'shared/node/proxy.ts'],
    ['shared/policy/scope.ts', "import { a } from '../node/proxy.ts'", 'shared/node/proxy.ts'],
    ['shared/node/proxy.ts', "import { a } from '../sign/sign.ts'", 'shared/sign/sign.ts'],
    ['shared/node/proxy.ts', "import { a } from '../../plugin/run.ts'", 'plugin/run.ts'],
    ['emulator/app.ts', "import { a } from '../shared/node/proxy.ts'", 'shared/node/proxy.ts'],
    ['plugin/run.ts', "import { a } from '../functions/app.ts'", 'functions/app.ts'],
    ['plugin/run.ts', "import { a } from '@hono/node-server'", '@hono/node-server'],
    ['emulator/app.ts', "import { a } from '../shared/json.ts'", 'shared/json.ts'],
    ['emulator/app.ts', "import { a } from '../shared/x509/name.ts'", 'shared/x509/name.ts'],
    ['demo/steps.ts', "import { a } from '../test/support/keys.ts'", 'keys.ts'],
    ['functions/app.ts', "import { a } from './gone.ts'", 'functions/gone.ts, which is not there'],
    ['tools/x.ts', "import { a } from 'zod'", 'is in no layer'],
  ])('tells that %s must not: %s', (path, text, told) => {
    expect(problemsOf(path, text)).toEqual([expect.stringContaining(told)])
  })
})

describe('findImportCycles()', () => {
  test('tells a cycle of two and of three, also through types', () => {
    const sources = [
      makeSource('shared/a.ts', "import type { b } from './b.ts'"),
      makeSource('shared/b.ts', "import { c } from './c.ts'"),
      makeSource('shared/c.ts', "import { a } from './a.ts'\nimport { d } from './d.ts'"),
      makeSource('shared/d.ts', "export { c } from './c.ts'"),
      makeSource('shared/e.ts', "import { a } from './a.ts'"),
    ]
    expect(findImportCycles(sources)).toEqual([
      'shared/a.ts → shared/b.ts → shared/c.ts → shared/a.ts',
      'shared/c.ts → shared/d.ts → shared/c.ts',
    ])
  })
})
