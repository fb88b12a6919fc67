import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings, secretsOf } from '../../plugin/settings.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'settings-'))
})
afterEach(() => rmSync(home, { recursive: true }))

describe('readSettings()', () => {
  it('takes pluginConfig, then the environment, then for the two secrets the file of saved credentials', () => {
    writeFileSync(
      join(home, 'ssm-config.properties'),
      ' SM_API_KEY = saved = key \r\nSM_API_KEY=next\nSM_CLIENT_CERT_PASSWORD=saved\nSM_HOST=https://saved\n',
    )
    const environment = {
      SM_HOME: `"${home}"`,
      SM_CLIENT_CERT_PASSWORD: 'environment',
      SM_CA_FILE: 'environment',
      SM_CONN_TIMEOUT: ' ',
    }
    const { setting } = readSettings(environment, { SM_CA_FILE: 'config', SM_LOG_LEVEL: '' })
    expect(setting('SM_CA_FILE')).toBe('config')
    expect(setting('SM_CLIENT_CERT_PASSWORD')).toBe('environment')
    expect(setting('SM_API_KEY')).toBe('next')
    expect(setting('SM_HOST')).toBeUndefined()
    expect(setting('SM_CONN_TIMEOUT')).toBeUndefined()
    expect(setting('SM_LOG_LEVEL')).toBeUndefined()
  })

  it('reads proxies in small letters from the environment alone', () => {
    expect(readSettings({ https_proxy: 'p', no_proxy: 'n' }, {}).setting('HTTPS_PROXY')).toBe('p')
    expect(readSettings({ https_proxy: 'p', HTTPS_PROXY: 'P' }, {}).setting('HTTPS_PROXY')).toBe(
      'P',
    )
    expect(() => readSettings({}, { https_proxy: 'p' })).toThrow(
      /cannot use pluginConfig "https_proxy": known are SM_HOST/,
    )
  })

  it('has a home of its own in that of the user', () => {
    expect(readSettings({}, {}).home()).toBe(join(homedir(), '.signingmanager'))
    expect(readSettings({ SM_HOME: '/elsewhere' }, {}).home()).toBe('/elsewhere')
  })

  it('reads what stands in pluginConfig alone', () => {
    const config = { ca_certs: '"roots.pem"', 'signature_algorithm_ECDSA-SHA-256': 'X' }
    expect(readSettings({ ca_certs: 'environment' }, config)).toMatchObject({
      extraCertificatesFile: 'roots.pem',
      signatureAlgorithmNames: { 'ECDSA-SHA-256': 'X' },
    })
    expect(readSettings({ ca_certs: 'environment' }, {}).extraCertificatesFile).toBeUndefined()
  })
})

describe('secretsOf()', () => {
  it('has each secret in every form in which it could be shown', () => {
    const secrets = secretsOf(
      readSettings(
        {
          SM_API_KEY: '"the-key"',
          SM_CLIENT_CERT_PASSWORD: 'pass word',
          HTTPS_PROXY: 'http://user:p%40ss@w@proxy:1',
        },
        {},
      ),
    )
    for (const form of [
      'the-key',
      'pass word',
      'pass%20word',
      'p%40ss@w',
      'p@ss@w',
      btoa('user:p@ss@w'),
      btoa('the-key'),
    ])
      expect(secrets).toContain(form)
    expect(secrets).toEqual(secrets.toSorted((a, b) => b.length - a.length))
  })

  it('leaves out what is too short to be told from other text', () => {
    expect(secretsOf(readSettings({ SM_HOME: home, SM_API_KEY: 'abc' }, {}))).not.toContain('abc')
  })
})
