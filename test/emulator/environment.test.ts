import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENT_FORMATS, isEnvironmentFormat } from '../../emulator/environment.ts'

const ENVIRONMENT = { SM_HOST: 'https://localhost:1', SM_CLIENT_CERT_FILE: "/it's here/client.p12" }

describe('ENVIRONMENT_FORMATS', () => {
  test('sh quotes for a POSIX shell', () => {
    const script = `${ENVIRONMENT_FORMATS.sh(ENVIRONMENT)}printf %s "$SM_CLIENT_CERT_FILE"`
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe("/it's here/client.p12")
  })

  test('powershell doubles quotes', () => {
    expect(ENVIRONMENT_FORMATS.powershell(ENVIRONMENT)).toBe(
      "$env:SM_HOST = 'https://localhost:1'\n$env:SM_CLIENT_CERT_FILE = '/it''s here/client.p12'\n",
    )
  })

  test('github writes plain lines', () => {
    expect(ENVIRONMENT_FORMATS.github({ A: '1', B: '2' })).toBe('A=1\nB=2\n')
  })

  test('json gives back the environment', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (environment) => {
        expect(JSON.parse(ENVIRONMENT_FORMATS.json(environment))).toEqual({ ...environment })
      }),
    )
  })

  test('isEnvironmentFormat() knows these and no inherited name', () => {
    expect(['sh', 'powershell', 'json', 'github'].every(isEnvironmentFormat)).toBe(true)
    expect(isEnvironmentFormat('constructor')).toBe(false)
  })
})
