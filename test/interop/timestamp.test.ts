// RFC 3161 countersignatures from the emulator's TSA, requested and verified by the real CLI.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseInspection } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { CA_STORE, type CommandLine, openCommandLine } from './command-line.ts'

describePeers('notation and the timestamp authority', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine
  let timestamped: readonly string[]

  beforeAll(async () => {
    cli = await openCommandLine(binary)
    const { emulator, folder } = cli.stm
    const root = join(folder, 'tsa-root.pem')
    timestamped = ['--timestamp-url', emulator.tsaUrl, '--timestamp-root-cert', root]
    await cli.notation.addCertificate('tsa', 'stm', emulator.tsaRootPem)
    await cli.notation.setPolicy({ trustStores: [CA_STORE, 'tsa:stm'] })
  })
  afterAll(() => cli.close())

  it.each([
    ['jws', 'rsa-3072', ''],
    ['cose', 'ec-p384', ''],
    ['jws', 'ec-p521', 'tsa-cross-signed'],
  ])(
    'notation verifies a timestamped %s signature of %s under a policy with a tsa store, profile "%s"',
    async (format, keyId, profile) => {
      cli.stm.emulator.setProfile(profile)
      const flags = ['--signature-format', format, ...timestamped]
      const { image, signed } = await cli.sign({ keyId, flags })
      expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
      expect(await cli.verify(image)).toMatchObject({ exitCode: 0, stderr: '' })
      const inspect = ['inspect', '--output', 'json', '--insecure-registry', image.reference]
      const [signature] = parseInspection(await cli.notation.run(inspect))
      const token = signature?.unsignedAttributes.timestampSignature
      expect(token).toMatchObject({
        timestamp: expect.any(String),
        certificates: expect.arrayContaining([
          expect.objectContaining({ issuedTo: expect.stringMatching(/^CN=Timestamp/) }),
        ]),
      })
    },
  )

  it('notation refuses a signature without a timestamp under a policy with a tsa store', async () => {
    cli.stm.emulator.setProfile('')
    const { image, signed } = await cli.sign({ keyId: 'ec-p256' })
    expect(signed.exitCode).toBe(0)
    const verified = await cli.verify(image, ['--debug'])
    expect(verified.exitCode).toBe(1)
    expect(verified.stderr).toContain(
      'no timestamp countersignature was found in the signature envelope',
    )
  })

  it.each([
    ['unavailable', '503 Service Unavailable'],
    ['wrong-nonce', 'nonce'],
    ['wrong-imprint', 'message imprint'],
    ['rejected', 'rejected'],
  ] as const)(
    'notation signs nothing when the timestamp authority answers %s',
    async (answer, found) => {
      cli.stm.emulator.setFaults([{ on: 'timestamp', answer }])
      const { signed } = await cli.sign({ keyId: 'ec-p256', flags: timestamped })
      cli.stm.emulator.setFaults([])
      expect(signed.exitCode).toBe(1)
      expect(signed.stderr).toContain('timestamp: ')
      expect(signed.stderr).toContain(found)
    },
  )
})
