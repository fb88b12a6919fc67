import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readStmSettings } from '../../../functions/server/stm-environment.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'stm-environment-'))
const SETTINGS = {
  SM_HOST: 'https://stm.example.com',
  SM_API_KEY: 'key',
  SM_CLIENT_CERT_FILE: 'client.p12',
  SM_CLIENT_CERT_PASSWORD: 'password',
}

const read = (environment: Readonly<Record<string, string | undefined>>) =>
  readStmSettings((name) => environment[name])

function write(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name)
  writeFileSync(path, content)
  return path
}

describe('readStmSettings()', () => {
  afterAll(() => rmSync(FOLDER, { recursive: true }))

  test('is undefined where none is set', () => {
    expect(read({})).toBeUndefined()
    expect(read(SETTINGS)).toMatchObject({ apiKey: 'key', clientCertificatePassword: 'password' })
  })

  test('takes secrets from files, without the line break at their end, as they are now', () => {
    const SM_API_KEY_FILE = write('key', 'one\n')
    const SM_CLIENT_CERT_PASSWORD_FILE = write('password', ' two \r\n')
    const environment = {
      ...SETTINGS,
      SM_API_KEY: undefined,
      SM_CLIENT_CERT_PASSWORD: undefined,
      SM_API_KEY_FILE,
      SM_CLIENT_CERT_PASSWORD_FILE,
    }
    expect(read(environment)).toMatchObject({ apiKey: 'one', clientCertificatePassword: ' two ' })
    write('key', 'three')
    expect(read(environment)).toMatchObject({ apiKey: 'three' })
  })

  test('a file alone says that signing is wanted', () => {
    const SM_API_KEY_FILE = write('key', 'one')
    expect(() => read({ SM_API_KEY_FILE })).toThrow('failed to setup STM client: SM_HOST')
  })

  test.each(['SM_API_KEY', 'SM_CLIENT_CERT_PASSWORD'])('refuses %s twice', (name) => {
    const environment = { ...SETTINGS, [`${name}_FILE`]: write('secret', 'planted') }
    expect(() => read(environment)).toThrow(
      `Cannot start: ${name} and ${name}_FILE are both set; unset one of them`,
    )
  })

  test('names the setting of a file that cannot be used, and shows nothing of it', () => {
    const environment = { ...SETTINGS, SM_API_KEY: undefined }
    expect(() => read({ ...environment, SM_API_KEY_FILE: join(FOLDER, 'none') })).toThrow(
      'cannot read SM_API_KEY_FILE',
    )
    const SM_API_KEY_FILE = write('bytes', new Uint8Array([112, 255]))
    expect(() => read({ ...environment, SM_API_KEY_FILE })).toThrow('SM_API_KEY_FILE')
    const empty = write('empty', '\n')
    expect(() => read({ ...environment, SM_API_KEY_FILE: empty })).toThrow('SM_API_KEY is not set')
  })
})
