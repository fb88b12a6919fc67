import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator } from '../../emulator/start.ts'
import { ask, askToSign, FREE_PORTS } from './stm.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

describe('a state folder', () => {
  let folder: string
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'emulator-state-')), 'stm')
    folders.push(join(folder, '..'))
  })
  const start = () => startEmulator({ ...FREE_PORTS, stateDir: folder })

  test('gets the files that clients read, for their owner alone', async () => {
    const emulator = await start()
    await emulator.close()
    const files = [
      'ca.pem',
      'client.p12',
      'env',
      'env.json',
      'env.ps1',
      'signing-root.pem',
      'state.json',
      'tsa-root.pem',
    ]
    expect(readdirSync(folder).toSorted()).toEqual(files)
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    expect(read('ca.pem')).toBe(emulator.tlsRootPem)
    expect(read('signing-root.pem')).toBe(emulator.signingRootPem)
    expect(read('tsa-root.pem')).toBe(emulator.tsaRootPem)
    expect(readFileSync(join(folder, 'client.p12')).equals(emulator.clientP12)).toBe(true)
    expect(JSON.parse(read('env.json'))).toEqual(emulator.environment)
  })

  test('gives the environment its paths', async () => {
    const emulator = await start()
    await emulator.close()
    expect(emulator.environment).toEqual({
      SM_HOST: emulator.url,
      SM_API_KEY: emulator.apiKey,
      SM_CLIENT_CERT_PASSWORD: emulator.clientP12Password,
      SM_CLIENT_CERT_FILE: join(folder, 'client.p12'),
      SM_CA_FILE: join(folder, 'ca.pem'),
      TSA_URL: emulator.tsaUrl,
    })
    expect(emulator.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect(emulator.apiKey).toMatch(/^01[0-9a-f]{24}_[0-9a-f]{64}$/)
  })

  test('keeps keys, certificates, credentials and created keypairs over a restart', async () => {
    const first = await start()
    const body = { alias: 'created', key_alg: 'ECDSA', curve: 'P256', generate_cert: true }
    const create = (alias: string) =>
      ask(first, '/keypairs', { method: 'POST', body: { ...body, alias } })
    const answers = await Promise.all(['created', 'created-2', 'created-3'].map(create))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    await first.close()
    const second = await start()
    const { apiKey, clientP12Password, tlsRootPem, signingRootPem, tsaRootPem } = first
    expect(second).toMatchObject({
      apiKey,
      clientP12Password,
      tlsRootPem,
      signingRootPem,
      tsaRootPem,
    })
    expect(second.keypairs).toEqual(first.keypairs)
    expect(second.keypairs.map(({ alias }) => alias)).toContain('created')
    expect((await askToSign(second, 'created', 'SHA256withECDSA')).status).toBe(200)
    await second.close()
  })

  test.each(['{', '{}', '{"version":2}', '{"version":1}'])(
    'with the state %j is refused by name',
    async (text) => {
      await (await start()).close()
      const file = join(folder, 'state.json')
      writeFileSync(file, text)
      await expect(start()).rejects.toThrow(
        `Cannot read ${file}: it is not the state of this version's emulator; remove it to start anew`,
      )
    },
  )

  test('that is a file is refused by name', async () => {
    writeFileSync(folder, '')
    await expect(start()).rejects.toThrow(`Cannot read ${join(folder, 'state.json')}: ENOTDIR`)
  })

  test('no folder, no paths in the environment', async () => {
    const emulator = await startEmulator(FREE_PORTS)
    await emulator.close()
    expect(Object.keys(emulator.environment)).toEqual([
      'SM_HOST',
      'SM_API_KEY',
      'SM_CLIENT_CERT_PASSWORD',
      'TSA_URL',
    ])
  })
})
