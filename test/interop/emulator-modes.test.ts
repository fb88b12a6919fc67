// What the plugin survives of the service's variants, and how notation tells of what it cannot: each
// profile and fault of the emulator, signed and verified by the real CLI or refused with its message.

import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { FaultAnswer } from '../../emulator/faults.ts'
import { PROFILES, type ProfileName } from '../../emulator/profiles.ts'
import { describePeers } from '../support/peers.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

/** Profiles under which a signature is made and verified, with the key that shows it. */
const SIGNED: readonly (readonly [ProfileName, string])[] = [
  ['list-without-chain', 'rsa-2048'],
  ['list-without-certificates', 'rsa-2048'],
  ['substring-filter', 'my-key'],
  ['uuid-alias', 'c0ffee00-1234-4abc-8def-0123456789ab'],
  ['cross-signed', 'ec-p256'],
  ['shuffled-chain', 'ec-p256'],
  ['alias-in-path', 'ec-p256'],
  ['double-slash', 'ec-p256'],
  ['tls-refusal', 'ec-p256'],
  ['raw-ecdsa', 'ec-p521'],
  ['signature-by-id', 'ec-p256'],
  ['tsa-cross-signed', 'ec-p256'],
]

/** Profiles of what is asked after signing: revocation.test.ts has them. */
const OF_REVOCATION: readonly ProfileName[] = ['ocsp-by-authority', 'ocsp-by-name']

/** Profiles under which nothing is signed, and the words that notation then shows. */
const REFUSED: readonly (readonly [ProfileName, string, string])[] = [
  ['no-certificate', 'ec-p256', 'it has no active certificate that you may see'],
  ['root-absent', 'ec-p256', 'does not end in a self-signed root'],
  ['no-signing-permission', 'ec-p256', 'failed to sign: 403 Forbidden'],
  ['no-view-certificate-permission', 'ec-p256', 'failed to get keypair: 403 Forbidden'],
  ['pss-named-mgf1', 'rsa-2048', 'signature_algorithm_'],
]

/** Answers to the sign request after which it is not made again, and the words that notation then shows. */
const FATAL: readonly (readonly [FaultAnswer, string])[] = [
  ['wrong-signature', 'does not verify'],
  ['short-signature', 'does not verify'],
  ['wrong-salt', 'with a salt of 32 bytes'],
  ['unauthorized', '401 Unauthorized'],
  ['forbidden', '403 Forbidden'],
  ['not-found', '404 Not Found'],
  ['server-error', 'a signature may have been spent'],
  ['reset', 'a signature may have been spent'],
  ['html', 'HTML instead of JSON'],
  ['truncated', 'a signature may have been spent'],
  ['cut-off', 'a signature may have been spent'],
]

describePeers('notation and the emulator', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine

  beforeAll(async () => {
    cli = await openCommandLine(binary)
  })
  beforeEach(() => {
    cli.stm.emulator.setProfile('')
    cli.stm.emulator.setFaults([])
  })
  afterAll(() => cli.close())

  it('every profile of the emulator is signed with or refused below, or is of revocation alone', () => {
    const shown = [...SIGNED, ...REFUSED].map(([profile]) => profile)
    expect([...shown, ...OF_REVOCATION].sort()).toEqual(Object.keys(PROFILES).sort())
  })

  it.each(SIGNED)(
    'notation verifies what is signed under profile %s with %s',
    async (profile, keyId) => {
      cli.stm.emulator.setProfile(profile)
      const { image, signed } = await cli.sign({ keyId })
      expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
      expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
    },
  )

  it.each(REFUSED)(
    'notation shows why nothing is signed under profile %s with %s',
    async (profile, keyId, words) => {
      cli.stm.emulator.setProfile(profile)
      const { signed } = await cli.sign({ keyId })
      expect(signed.exitCode).toBe(1)
      expect(signed.stderr).toContain(words)
    },
  )

  it('notation verifies what is signed with the root that the service leaves out in ca_certs', async () => {
    cli.stm.emulator.setProfile('root-absent')
    const root = join(cli.stm.folder, 'signing-root.pem')
    const flags = ['--plugin-config', `ca_certs=${root}`]
    const { image, signed } = await cli.sign({ keyId: 'ec-p256', flags })
    expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('notation verifies what is signed by an algorithm that the service calls otherwise', async () => {
    cli.stm.emulator.setProfile('pss-named-mgf1')
    const name = 'signature_algorithm_RSASSA-PSS-SHA-256=SHA256withRSAandMGF1'
    const { image, signed } = await cli.sign({
      keyId: 'rsa-2048',
      flags: ['--plugin-config', name],
    })
    expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it.each([
    ['throttled', 'seconds'],
    ['unavailable', 'http-date'],
  ] as const)(
    'notation verifies what is signed after the service was %s once, Retry-After in %s',
    async (answer, retryAfterForm) => {
      const { emulator } = cli.stm
      emulator.setFaults([{ on: 'sign', answer, next: 1, retryAfterSeconds: 1, retryAfterForm }])
      const { image, signed } = await cli.sign({ keyId: 'rsa-2048' })
      expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
      expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
    },
  )

  it.each(FATAL)(
    'notation signs nothing, and asks only once, when the service answers %s',
    async (answer, words) => {
      const { emulator } = cli.stm
      const before = emulator.requests.length
      emulator.setFaults([{ on: 'sign', answer, next: 1 }])
      const { signed } = await cli.sign({ keyId: 'rsa-2048' })
      expect(signed.exitCode).toBe(1)
      expect(signed.stderr).toContain(words)
      const asked = emulator.requests.slice(before).filter(({ path }) => path.endsWith('/sign'))
      expect(asked.length).toBe(1)
    },
  )
})
