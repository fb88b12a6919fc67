// What a user sees in notation's own output when something is set up wrongly: the guide's words, then the
// cause and the remedy, and never a secret.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describePeers } from '../support/peers.ts'
import { CA_STORE, type CommandLine, openCommandLine } from './command-line.ts'

/** Environment that replaces the right one, and what notation's output then has to hold. */
const WRONG_SETTINGS: readonly (readonly [string, Readonly<Record<string, string>>, string[]])[] = [
  [
    'a wrong API key',
    { SM_API_KEY: 'planted-api-key' },
    ['failed to setup STM client', '401 Unauthorized', 'check SM_API_KEY'],
  ],
  ['no API key', { SM_API_KEY: '' }, ['failed to setup STM client', 'SM_API_KEY is not set']],
  ['no host', { SM_HOST: '' }, ['failed to setup STM client', 'SM_HOST is not set']],
  [
    'no client certificate',
    { SM_CLIENT_CERT_FILE: '' },
    ['failed to setup STM client', 'SM_CLIENT_CERT_FILE is not set'],
  ],
  [
    'a client certificate that is not there',
    { SM_CLIENT_CERT_FILE: '/nowhere/client.p12' },
    ['failed to setup STM client', '/nowhere/client.p12'],
  ],
  [
    'a wrong password',
    { SM_CLIENT_CERT_PASSWORD: 'planted-password' },
    ['failed to setup STM client', 'SM_CLIENT_CERT_PASSWORD is not its password'],
  ],
  [
    'no CA file',
    { SM_CA_FILE: '' },
    ['failed to setup STM client', 'issued by a CA that is not trusted here', 'set SM_CA_FILE'],
  ],
]

/** Keypairs that cannot be signed with, and what notation's output then has to hold. */
const WRONG_KEYS: readonly (readonly [string, string, string[]])[] = [
  ['an unknown alias', 'nope', ['failed to get keypair: 404 Not Found', '"nope"']],
  [
    'an alias in the wrong case',
    'EC-P256',
    ['failed to get keypair: 404 Not Found', 'did you mean "ec-p256"'],
  ],
  [
    'an unknown UUID',
    '00000000-0000-4000-8000-000000000000',
    ['failed to get keypair: 404 Not Found'],
  ],
  ['an offline keypair', 'offline-key', ['failed to sign: 403 Forbidden', 'OFFLINE']],
  ['a keypair without the right to it', 'restricted-key', ['failed to sign: 403 Forbidden']],
  ['a keypair of a team', 'team-key', ['failed to sign: 403 Forbidden', 'team']],
  ['a keypair with an expired certificate', 'expired-key', ['has no active certificate']],
  ['a keypair of RSA-1024', 'rsa-1024', ['rsa key size 1024 bits is not supported']],
  ['a keypair of Ed25519', 'ed25519', ['unsupported public key type']],
]

describePeers('refusals in notation', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine

  beforeAll(async () => {
    cli = await openCommandLine(binary)
  })
  beforeEach(() => cli.stm.emulator.setProfile(''))
  afterAll(() => cli.close())

  it.each(WRONG_SETTINGS)(
    'notation tells of %s and shows no secret',
    async (_what, environment, words) => {
      const { signed } = await cli.sign({ keyId: 'ec-p256', environment })
      expect(signed).toMatchObject({ exitCode: 1, stdout: '' })
      for (const word of words) expect(signed.stderr).toContain(word)
      expect(signed.stderr).not.toContain('planted-')
      expect(signed.stderr.trimEnd().split('\n')).toHaveLength(1)
    },
  )

  it.each(WRONG_KEYS)('notation tells of %s', async (_what, keyId, words) => {
    const { signed } = await cli.sign({ keyId })
    expect(signed).toMatchObject({ exitCode: 1, stdout: '' })
    for (const word of words) expect(signed.stderr).toContain(word)
    expect(signed.stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it.each([
    ['no-signing-permission', 'the permission "signing"'],
    ['no-view-certificate-permission', 'the permission "View certificate"'],
  ])('notation tells which permission is missing under profile %s', async (profile, words) => {
    cli.stm.emulator.setProfile(profile)
    const { signed } = await cli.sign({ keyId: 'ec-p256' })
    expect(signed.exitCode).toBe(1)
    expect(signed.stderr).toContain(words)
  })

  it('notation tells of a service that does not answer in time', async () => {
    cli.stm.emulator.setFaults([{ on: 'sign', answer: 'hang' }])
    const { signed } = await cli.sign({
      keyId: 'ec-p256',
      environment: { SM_CONN_TIMEOUT: '400' },
    })
    cli.stm.emulator.setFaults([])
    expect(signed.exitCode).toBe(1)
    expect(signed.stderr).toContain('did not answer within 400 ms')
    expect(signed.stderr).toContain('a signature may have been spent')
  })

  it('notation refuses the sample policy of the guide for want of ST', async () => {
    const identity = 'x509.subject: CN=My Signing Cert, O=My Org, C=US'
    expect(await importPolicy(cli, { trustedIdentities: [identity] })).toContain(
      'has no mandatory RDN attribute for "ST"',
    )
  })

  it('notation refuses the sample policy of the guide for "enforced"', async () => {
    const override = { authenticTimestamp: 'enforced' }
    expect(
      await importPolicy(cli, { signatureVerification: { level: 'strict', override } }),
    ).toContain(
      'verification action "enforced" in custom signature verification is not supported, supported values are ["enforce" "log" "skip"]',
    )
  })

  it('notation verifies a leaf without ST only for any identity', async () => {
    const { image, signed } = await cli.sign({ keyId: 'no-st' })
    expect(signed.exitCode).toBe(0)
    expect((await cli.verify(image)).exitCode).toBe(0)
    await cli.notation.setPolicy({
      trustStores: [CA_STORE],
      trustedIdentities: ['x509.subject: C=US, ST=Utah, O=My Org'],
    })
    const verified = await cli.verify(image, ['--debug'])
    await cli.notation.setPolicy({ trustStores: [CA_STORE] })
    expect(verified.exitCode).toBe(1)
    expect(verified.stderr).toContain('has no mandatory RDN attribute for')
  })

  it('notation refuses a signature of another root', async () => {
    const { image, signed } = await cli.sign({ keyId: 'ec-p256' })
    expect(signed.exitCode).toBe(0)
    await cli.notation.addCertificate('ca', 'other', cli.stm.emulator.tlsRootPem)
    await cli.notation.setPolicy({ trustStores: ['ca:other'] })
    const verified = await cli.verify(image, ['--debug'])
    await cli.notation.setPolicy({ trustStores: [CA_STORE] })
    expect(verified.exitCode).toBe(1)
    expect(verified.stderr).toContain(
      "the signature's certificate chain does not contain any trusted certificate",
    )
  })
})

/** What notation says to a policy of one statement with the given members. */
async function importPolicy({ notation }: CommandLine, members: object): Promise<string> {
  const statement = {
    name: 'wabbit-networks-images',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: [CA_STORE],
    trustedIdentities: ['*'],
    ...members,
  }
  const file = join(notation.folder, 'sample-policy.json')
  await writeFile(file, JSON.stringify({ version: '1.0', trustPolicies: [statement] }))
  const { exitCode, stderr } = await notation.run(['policy', 'import', '--force', file])
  expect(exitCode).toBe(1)
  return stderr
}
