// Signing and verifying with the real CLI on olareg, which has the referrers API.

import { expect, test } from 'vitest'
import { pushFreshImage } from '../support/images.ts'
import { createNotationWithPlugin } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { startOlareg } from '../support/registries.ts'
import { startEmulatedStm } from './emulated-stm.ts'
import { testSigningMatrix } from './signing-matrix.ts'

describePeers('notation on olareg', ['notation', 'olareg'], ({ notation, olareg }) => {
  testSigningMatrix({
    notation,
    start: () => startOlareg(olareg),
    pushes: [['--force-referrers-tag=false']],
  })

  test('by its default flags notation does not find what it signed, as the README says', async () => {
    const stm = await startEmulatedStm()
    const registry = await startOlareg(olareg)
    const cli = await createNotationWithPlugin(notation, stm.emulator.environment)
    await cli.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
    await cli.setPolicy({ trustStores: ['ca:stm'] })
    const { reference } = await pushFreshImage(registry.host, 'interop/default-flags')
    const how = ['--plugin', 'digicert-stm', '--id', 'ec-p256', '--insecure-registry']
    const signed = await cli.run(['sign', ...how, reference])
    const verified = await cli.run(['verify', '--insecure-registry', reference])
    await cli.close()
    await registry.close()
    await stm.close()
    expect(signed.exitCode).toBe(0)
    expect(verified).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no signature is associated with'),
    })
  })
})
