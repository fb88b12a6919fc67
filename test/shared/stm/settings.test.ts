import { describe, expect, it } from 'vitest'
import { parseStmSettings } from '../../../shared/stm/settings.ts'

const COMPLETE: Readonly<Record<string, string>> = {
  SM_HOST: 'https://localhost/',
  SM_API_KEY: ' key\n',
  SM_CLIENT_CERT_FILE: '"client.p12"',
  SM_CLIENT_CERT_PASSWORD: ' pass ',
}

const parse = (changes: Readonly<Record<string, string>>) =>
  parseStmSettings((name) => ({ ...COMPLETE, ...changes })[name])

describe('parseStmSettings()', () => {
  it('takes quotes and white space off, but for the password', () => {
    expect(parse({})).toEqual({
      host: 'https://localhost',
      apiKey: 'key',
      clientCertificateFile: 'client.p12',
      clientCertificatePassword: ' pass ',
      skipsServerVerification: false,
      caFile: undefined,
      callTimeoutMs: 30_000,
    })
  })

  it.each([
    ['TRUE', true],
    ['true', true],
    ['1', true],
    ['yes', true],
    ['False', false],
    ['0', false],
    ['', false],
  ])('reads SM_TLS_SKIP_VERIFY=%j as %s', (text, value) => {
    expect(parse({ SM_TLS_SKIP_VERIFY: text }).skipsServerVerification).toBe(value)
  })

  it.each(['0', '-1', '1.5', '1e3', '2147483648', 'soon'])('refuses SM_CONN_TIMEOUT=%j', (text) => {
    expect(() => parse({ SM_CONN_TIMEOUT: text })).toThrow(
      'failed to setup STM client: SM_CONN_TIMEOUT is not a number of milliseconds from 1 to 2147483647; the default is 30000',
    )
  })

  it('names all required settings that are missing, and only those', () => {
    expect(() => parse({ SM_API_KEY: '', SM_CLIENT_CERT_PASSWORD: ' ' })).toThrow(
      'failed to setup STM client: SM_API_KEY, SM_CLIENT_CERT_PASSWORD are not set; set SM_API_KEY to an API key of your DigiCert ONE user, SM_CLIENT_CERT_PASSWORD to the password of that file',
    )
  })

  it.each(['a b', 'a\nb', 'schlüssel', 'a\u0000'])(
    'refuses the API key %j without showing it',
    (key) => {
      expect(() => parse({ SM_API_KEY: key })).toThrow(
        'failed to setup STM client: SM_API_KEY holds a space, a line break or another character that no API key has; copy it again',
      )
    },
  )
})
