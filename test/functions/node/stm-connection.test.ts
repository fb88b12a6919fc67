import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../../emulator/start.ts'
import { parseConfiguration } from '../../../functions/configuration.ts'
import { createStmConnection } from '../../../functions/node/stm-connection.ts'
import type { StmConnection } from '../../../functions/server/runtime.ts'
import { readSettings } from '../../../functions/server/settings.ts'
import type { Signer } from '../../../shared/signer.ts'
import type { SignatureRecord } from '../../../shared/stm/signer.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from '../../support/proxy.ts'

/** A name that no name server knows: only the proxy can reach it. */
const HOST = 'stm.example.invalid'
const MESSAGE = new TextEncoder().encode('what is signed')

describe('createStmConnection()', () => {
  let folder: string
  let emulator: RunningEmulator
  let connection: StmConnection | undefined
  let proxy: RunningProxy | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stm-'))
    emulator = await startEmulator({
      port: 0,
      tsaPort: 0,
      controlPort: 0,
      stateDir: folder,
      san: [HOST],
    })
  })
  afterEach(async () => {
    emulator.setProfile('')
    emulator.setFaults([])
    await connection?.close()
    await proxy?.close()
    connection = undefined
    proxy = undefined
  })
  afterAll(async () => {
    await emulator?.close()
    await rm(folder, { recursive: true })
  })

  /** A signer for the emulator, with changes to the environment and with CONFIG's setting "stm". */
  function open(
    environment: Readonly<Record<string, string>> = {},
    stmOptions: object = {},
    made: SignatureRecord[] = [],
  ): Signer {
    const { readStm, proxy: behind } = readSettings({ ...emulator.environment, ...environment })
    const stm = readStm()
    if (stm === undefined) throw new Error('no Software Trust Manager is set')
    const document = new TextEncoder().encode(JSON.stringify({ stm: stmOptions }))
    const { stm: options } = parseConfiguration(document)
    const now = (): Date => new Date()
    connection = createStmConnection(stm, {
      options,
      proxy: behind,
      now,
      observe: (transport) => transport,
    })
    return connection.createSigner((record) => made.push(record))
  }

  const port = (): number => Number(new URL(emulator.url).port)
  const behindProxy = async (
    options: Partial<ProxyOptions> = {},
    userInfo = '',
  ): Promise<Record<string, string>> => {
    proxy = await startProxy({ target: { host: '127.0.0.1', port: port() }, ...options })
    return {
      SM_HOST: `https://${HOST}:${port()}`,
      HTTPS_PROXY: `http://${userInfo}${proxy.address}`,
    }
  }

  test('signs, and tells under which name the service keeps the signature', async () => {
    const made: SignatureRecord[] = []
    const signer = open({}, {}, made)
    expect(await signer.describeKey('rsa-2048')).toMatchObject({ keySpec: 'RSA-2048' })
    expect(await signer.signMessage('rsa-2048', MESSAGE)).toHaveLength(256)
    expect(made).toEqual([
      {
        keypairId: emulator.keypairs.find(({ alias }) => alias === 'rsa-2048')?.id,
        signatureAlgorithm: 'SHA256WithRSA/PSS',
        signatureId: expect.any(String),
      },
    ])
  })

  test('goes through a proxy that asks for a password, over one connection', async () => {
    const credentials = 'proxy-user:p@ss:word/1'
    const signer = open(await behindProxy({ credentials }, 'proxy-user:p%40ss%3Aword%2F1@'))
    await signer.describeKey('ec-p256')
    await signer.signMessage('ec-p256', MESSAGE)
    expect(proxy?.tunnels).toEqual([`${HOST}:${port()}`])
  })

  test.each([
    [407, 'configuration-invalid', 'check user and password in HTTPS_PROXY'],
    [403, 'configuration-invalid', 'name that host in NO_PROXY'],
  ])('tells of a proxy that answers %i', async (status, code, told) => {
    const answer = `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`
    const signer = open(await behindProxy({ answer }))
    await expect(signer.describeKey('my-key')).rejects.toMatchObject({
      code,
      message: expect.stringContaining(told),
    })
  })

  test.each(['127.0.0.1', 'localhost', '*'])(
    'leaves the proxy aside for hosts of NO_PROXY %s',
    async (noProxy) => {
      const { HTTPS_PROXY = '' } = await behindProxy()
      const hostname = noProxy === '*' ? 'localhost' : noProxy
      const SM_HOST = `https://${hostname}:${port()}`
      await open({ HTTPS_PROXY, SM_HOST, NO_PROXY: noProxy }).describeKey('my-key')
      expect(proxy?.tunnels).toEqual([])
    },
  )

  test('asks for SM_CA_FILE where the server is not trusted, unless SM_TLS_SKIP_VERIFY says to go on', async () => {
    await expect(open({ SM_CA_FILE: '' }).describeKey('my-key')).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining('set SM_CA_FILE'),
    })
    await connection?.close()
    const skipping = open({ SM_CA_FILE: '', SM_TLS_SKIP_VERIFY: 'TRUE' })
    expect(await skipping.describeKey('my-key')).toMatchObject({ keyId: 'my-key' })
  })

  test('completes chains with the certificates that CONFIG offers', async () => {
    emulator.setProfile('root-absent')
    await expect(open().describeKey('my-key')).rejects.toMatchObject({ code: 'chain-invalid' })
    await connection?.close()
    const { chain } = await open({}, { chainCertificates: [emulator.signingRootPem] }).describeKey(
      'my-key',
    )
    expect(chain).toHaveLength(3)
  })

  test("asks under the algorithm's name that CONFIG gives", async () => {
    emulator.setProfile('pss-named-mgf1')
    await expect(open().signMessage('rsa-2048', MESSAGE)).rejects.toThrow('failed to sign')
    await connection?.close()
    const signatureAlgorithmNames = { 'RSASSA-PSS-SHA-256': 'SHA256withRSAandMGF1' }
    const signer = open({}, { signatureAlgorithmNames })
    expect(await signer.signMessage('rsa-2048', MESSAGE)).toHaveLength(256)
  })

  test('never repeats a sign request that was sent, and says that a signature may be spent', async () => {
    const signer = open()
    await signer.describeKey('my-key')
    emulator.setFaults([{ on: 'sign', answer: 'reset' }])
    const before = emulator.requests.length
    await expect(signer.signMessage('my-key', MESSAGE)).rejects.toMatchObject({
      code: 'signature-unaccounted',
      message: expect.stringContaining('may have been spent'),
    })
    expect(emulator.requests.slice(before)).toHaveLength(1)
  })
})
