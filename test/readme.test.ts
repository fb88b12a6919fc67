// What the README shows is so: commands exist, documents are accepted, settings are known, texts are said.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configurationSchema, PERMISSIONS } from '../functions/configuration-schema.ts'
import { parseTrustPolicy } from '../shared/policy/document.ts'
import { TIMESTAMP_AUTHORITIES } from '../shared/timestamp/authorities.ts'
import { createTestApi } from './support/api.ts'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const PACKAGE: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
)

/** Fenced blocks of a language, without the fence and the list's indent. */
function blocks(language: string): readonly string[] {
  const fenced = new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)^ *\`\`\`$`, 'gm')
  return [...README.matchAll(fenced)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

/** Requests of the API's block: a comment names the route, JSON follows. */
function requests(): readonly (readonly [route: string, body: string])[] {
  const [block = ''] = blocks('jsonc')
  const bodies = block.split(/^\/\/ (.*)$/m).slice(1)
  const found: (readonly [string, string])[] = []
  let route = ''
  for (let i = 0; i + 1 < bodies.length; i += 2) {
    route = /POST (\S+?):?(\s|$)/.exec(bodies[i] ?? '')?.[1] ?? route
    found.push([route, bodies[i + 1] ?? ''])
  }
  return found
}

describe('README', () => {
  test('names only commands that exist', () => {
    const named = [...README.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !Object.hasOwn(PACKAGE.scripts, name ?? ''))).toEqual([])
  })

  test('names every command', () => {
    const silent = ['start', 'test', 'format', 'check']
    const missing = Object.keys(PACKAGE.scripts).filter(
      (name) => !silent.includes(name) && !README.includes(`npm run ${name}`),
    )
    expect(missing).toEqual([])
  })

  test('shows a trust policy that is accepted', () => {
    const [policy = ''] = blocks('json')
    expect(parseTrustPolicy(JSON.parse(policy)).statements.map(({ name }) => name)).toEqual([
      'stm-production-policy',
    ])
  })

  test('shows requests whose shape the API takes', async () => {
    const shown = requests()
    expect(shown.map(([route]) => route)).toEqual([
      '/v1/sign',
      '/v1/verify',
      '/v1/verify',
      '/v1/verify',
      '/v1/verify-blob',
      '/v1/inspect',
    ])
    const api = await createTestApi()
    for (const [route, body] of shown) {
      const filled = body
        .replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`)
        .replace('<base64>', 'AAAA')
      const answer = await api.post(route, JSON.parse(filled))
      expect([route, (await answer.json()) as object]).not.toMatchObject([
        route,
        { code: 'request-invalid' },
      ])
      expect(answer.status).not.toBe(400)
    }
  })

  test('names every permission, every preset and every setting of CONFIG', () => {
    const names = [...PERMISSIONS, ...Object.keys(TIMESTAMP_AUTHORITIES)]
    expect(names.filter((name) => !README.includes(`\`${name}\``))).toEqual([])
    const settings = Object.keys(configurationSchema.shape)
    expect(settings.filter((name) => !README.includes(`\`${name}`))).toEqual([])
  })

  test('leaves nothing to be filled in', () => {
    expect(README.match(/\b[A-Z_]+_(?:TABLE|RESULT)\b/g)).toBeNull()
  })

  test('links to files that are there', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '')
    for (const path of links) expect(() => readFileSync(join(ROOT, path)), path).not.toThrow()
  })
})
