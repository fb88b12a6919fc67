// Revocation by the emulator's responders, asked by the real CLI and by ours about the same signatures.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RevocationMethod } from '../../emulator/responders.ts'
import type { RunningEmulator } from '../../emulator/start.ts'
import type { FreshImage } from '../support/images.ts'
import { describePeers } from '../support/peers.ts'
import { CA_STORE, type CommandLine, openCommandLine } from './command-line.ts'
import { reasonOfOurs } from './our-verdict.ts'

const KEY = 'ec-p256'
const LEAF = 'CN=ec-p256,O=STM Emulator,L=Lehi,ST=Utah,C=US'
const REVOKED = `signing certificate with subject "${LEAF}" is revoked`
const UNKNOWN = `signing certificate with subject "${LEAF}" revocation status is unknown`

/** Undefined is verified. */
const STATES = [
  ['good', undefined],
  ['revoked', REVOKED],
  ['unknown', UNKNOWN],
  ['expired', UNKNOWN],
] as const

describePeers('revocation', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine
  let image: FreshImage

  async function open(methods: readonly RevocationMethod[]): Promise<void> {
    cli = await openCommandLine(binary, { revocationPort: 0, revocationMethods: methods })
    const signing = await cli.sign({ keyId: KEY })
    expect(signing.signed).toMatchObject({ exitCode: 0, stderr: '' })
    image = signing.image
  }
  const setState = (change: Parameters<RunningEmulator['setRevocation']>[0]) =>
    cli.stm.emulator.setRevocation(change)

  describe.each([[['ocsp', 'crl']], [['ocsp']], [['crl']]] as const)(
    'of certificates that name %s',
    (methods) => {
      beforeAll(() => open(methods))
      afterAll(() => cli.close())

      it.each(STATES)('notation and ours find the state %s: %s', async (state, reason) => {
        await setState({ alias: KEY, state })
        expect(await reasonOfNotation(cli, image)).toBe(reason)
        expect(await reasonOfOurs(cli.stm.emulator, image, [CA_STORE])).toBe(reason)
      })
    },
  )

  describe('of certificates that name both', () => {
    beforeAll(() => open(['ocsp', 'crl']))
    afterEach(async () => {
      cli.stm.emulator.setFaults([])
      cli.stm.emulator.setProfile([])
      await setState({ alias: KEY, state: 'good' })
      await setState({ authority: 'signing-ca', state: 'good' })
    })
    afterAll(() => cli.close())

    async function bothFind(reason: string | undefined): Promise<void> {
      expect(await reasonOfNotation(cli, image)).toBe(reason)
      expect(await reasonOfOurs(cli.stm.emulator, image, [CA_STORE])).toBe(reason)
    }

    it('both refuse a revoked intermediate, by its name', async () => {
      await setState({ authority: 'signing-ca', state: 'revoked' })
      expect(await reasonOfNotation(cli, image)).toMatch(
        /^signing certificate with subject "CN=Signing CA [0-9A-F]{4},.*" is revoked$/,
      )
      await bothFind(await reasonOfOurs(cli.stm.emulator, image, [CA_STORE]))
    })

    it.each(['ocsp-by-authority', 'ocsp-by-name', 'ocsp-by-authority,ocsp-by-name'])(
      'both take answers under the profile %s',
      async (profile) => {
        cli.stm.emulator.setProfile(profile)
        await bothFind(undefined)
        await setState({ alias: KEY, state: 'revoked' })
        await bothFind(REVOKED)
      },
    )

    it.each([
      'server-error',
      'reset',
      'garbage',
      'too-large',
      'try-later',
      'wrong-signature',
    ] as const)('both ask the CRL when OCSP answers %s', async (answer) => {
      cli.stm.emulator.setFaults([{ on: 'ocsp', answer }])
      await bothFind(undefined)
      await setState({ alias: KEY, state: 'revoked' })
      await bothFind(REVOKED)
    })

    it.each(['server-error', 'reset', 'garbage', 'wrong-signature'] as const)(
      'both know nothing when OCSP and CRL answer %s',
      async (answer) => {
        cli.stm.emulator.setFaults([
          { on: 'ocsp', answer },
          { on: 'crl', answer },
        ])
        await bothFind(UNKNOWN)
      },
    )
  })

  describe('by a delta CRL', () => {
    beforeAll(() => open(['crl']))
    afterAll(() => cli.close())

    it('both find what the delta alone lists', async () => {
      await setState({ alias: KEY, state: 'revoked', list: 'delta' })
      expect(await reasonOfNotation(cli, image)).toBe(REVOKED)
      expect(await reasonOfOurs(cli.stm.emulator, image, [CA_STORE])).toBe(REVOKED)
    })

    it('both take the delta that lists another', async () => {
      await setState({ alias: KEY, state: 'good' })
      await setState({ alias: 'ec-p384', state: 'revoked', list: 'delta' })
      expect(await reasonOfNotation(cli, image)).toBeUndefined()
      expect(await reasonOfOurs(cli.stm.emulator, image, [CA_STORE])).toBeUndefined()
      const asked = cli.stm.emulator.requests.filter(({ path }) => path.endsWith('-delta.crl'))
      expect(asked.length).toBeGreaterThan(1)
    })
  })

  describe('of the timestamp authority', () => {
    let timestamped: readonly string[]
    beforeAll(async () => {
      await open(['ocsp', 'crl'])
      const { emulator, folder } = cli.stm
      const root = join(folder, 'tsa-root.pem')
      timestamped = ['--timestamp-url', emulator.tsaUrl, '--timestamp-root-cert', root]
      await cli.notation.addCertificate('tsa', 'stm', emulator.tsaRootPem)
      await cli.notation.setPolicy({ trustStores: [CA_STORE, 'tsa:stm'] })
      const { image: found, signed } = await cli.sign({ keyId: KEY, flags: timestamped })
      expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
      image = found
    })
    afterEach(() => setState({ authority: 'tsa', state: 'good' }))
    afterAll(() => cli.close())

    it.each([
      ['good', undefined],
      ['revoked', 'is revoked'],
      ['unknown', 'revocation status is unknown'],
      ['expired', 'revocation status is unknown'],
    ] as const)('notation and ours find the state %s: %s', async (state, reason) => {
      await setState({ authority: 'tsa', state })
      const found = await reasonOfNotation(cli, image)
      if (reason === undefined) expect(found).toBeUndefined()
      else expect(found).toMatch(new RegExp(`"CN=Timestamp Responder [0-9A-F]{4},.*" ${reason}$`))
      const stores = [CA_STORE, 'tsa:stm']
      expect(await reasonOfOurs(cli.stm.emulator, image, stores)).toBe(found)
    })

    it('notation signs nothing with a timestamp of a revoked authority', async () => {
      await setState({ authority: 'tsa', state: 'revoked' })
      const { signed } = await cli.sign({ keyId: KEY, flags: timestamped })
      expect(signed.exitCode).toBe(1)
      expect(signed.stderr).toMatch(/timestamping certificate with subject ".*" is revoked/)
    })
  })
})

/** Why notation refuses the image's signature; undefined where it verifies. CRLs that it keeps are left out. */
async function reasonOfNotation(
  { notation }: CommandLine,
  { reference }: FreshImage,
): Promise<string | undefined> {
  const NOTATION_CACHE = join(notation.folder, randomUUID())
  const args = ['verify', '--insecure-registry', '--debug', reference]
  const { exitCode, stderr } = await notation.run(args, { NOTATION_CACHE })
  if (exitCode === 0) return undefined
  return /failed verification with error: (.*)/.exec(stderr)?.[1] ?? stderr
}
