import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../../functions/configuration.ts'
import type { SourceType } from '../../../functions/events/source-type.ts'
import { SOURCE_TYPES } from '../../../functions/events/source-types.ts'
import { createEventApi, DIGEST, SECRET, source } from '../../support/events.ts'

const README = readFileSync(new URL('../../../functions/events/README.md', import.meta.url), 'utf8')
const TYPES = Object.entries(SOURCE_TYPES) as [string, SourceType][]

/** Fenced blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

/** What stands below the heading of a type. */
function sectionOf(type: string): string {
  const [, text = ''] = README.split(new RegExp(`^## .*\`${type}\`$`, 'm'))
  return text.split(/^## /m)[0] ?? ''
}

describe('functions/events/README.md', () => {
  test.each(TYPES)('says how %s is set up, and all of its methods', (name, { authMethods }) => {
    const section = sectionOf(name)
    expect(section).not.toBe('')
    if (/All methods/.test(section)) return expect(authMethods).toHaveLength(7)
    const [sentence = ''] = /Methods? [^.;]+[.;]/.exec(section) ?? []
    const named = [...sentence.matchAll(/`([a-z]+)`/g)].map(([, method]) => method)
    expect(named.toSorted()).toEqual(authMethods.toSorted())
  })

  test('shows sources that the start takes', () => {
    const [settings = ''] = blocks('json')
    const encode = (text: string) => new TextEncoder().encode(text)
    // Whoever leaves what stands in for a secret is told.
    expect(() => parseConfiguration(encode(settings))).toThrow('"sources.0.auth.secret"')
    const { sources } = parseConfiguration(encode(settings.replace('…', 'a'.repeat(64))))
    expect([...sources.keys()]).toEqual(['main'])
    expect(sources.get('main')?.matchesRepository('base/a/b')).toBe(true)
  })

  test('shows bodies that are taken', async () => {
    const bodies = blocks('json').filter((text) => text.includes('"specversion"'))
    const [script = ''] = blocks('sh').filter((text) => text.includes('body='))
    const generic = /body='(.*)'/.exec(script)?.[1] ?? ''
    const { send } = await createEventApi([
      source(),
      source({ name: 'events', type: 'cloudevents' }),
    ])
    const sent = [
      ['events', 'application/cloudevents+json', bodies[0] ?? ''],
      ['main', 'application/json', generic],
    ] as const
    for (const [name, type, text] of sent) {
      const headers = { 'content-type': type, authorization: `Bearer ${SECRET}` }
      const answer = await send(name, { headers, body: text.replace('sha256:…', DIGEST) })
      expect(await answer.json()).toEqual({ accepted: 1, ignored: 0 })
    }
  })
})
