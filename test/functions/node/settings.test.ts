import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../functions/node/settings.ts'

const STM = {
  SM_HOST: 'https://stm.example.com',
  SM_API_KEY: 'k',
  SM_CLIENT_CERT_FILE: 'f',
  SM_CLIENT_CERT_PASSWORD: 'p',
}

describe('settings', () => {
  test('readSettings() binds the loopback interface and only verifies by default', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      isLoopback: true,
      configurationFile: undefined,
      trustBundleFile: undefined,
      stm: undefined,
    })
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', '127.example.com'])(
    'readSettings() does not take %s for loopback',
    (HOST) => {
      expect(readSettings({ HOST }).isLoopback).toBe(false)
    },
  )

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
    'readSettings() takes %s for loopback',
    (HOST) => {
      expect(readSettings({ HOST }).isLoopback).toBe(true)
    },
  )

  test.each(['-1', '65536', '80a', '1e3'])('readSettings() refuses PORT %s by name', (PORT) => {
    expect(() => readSettings({ PORT })).toThrow(
      'Cannot start: PORT is not a number from 0 to 65535',
    )
  })

  test.each(Object.keys(STM))('readSettings() names %s when it alone is missing', (name) => {
    expect(() => readSettings({ ...STM, [name]: '' })).toThrow(
      `failed to setup STM client: ${name} is not set`,
    )
  })
})
