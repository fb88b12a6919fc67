// The signing service of a test in the fault table: when the test has ended, its figures are a row.

import { afterEach, expect } from 'vitest'
import { recordFault } from './fault-table.ts'
import { createSigningService, type SigningService } from './signing-service.ts'

let current: SigningService | undefined
afterEach(async ({ task: { suite, name } }) => {
  if (current === undefined) return
  const { engine, signaturesOf, signRequests } = current
  const subjects = [...engine.states.values()].map(({ subject }) => subject)
  const signatures = await Promise.all(subjects.map(signaturesOf))
  recordFault({
    fault: [suite?.name, name].filter((part) => part !== undefined).join(' '),
    engine: 'memory',
    images: subjects.length,
    signatures: signatures.flat().length,
    signRequests: signRequests(),
    requeued: engine.performed.filter(({ outcome }) => outcome === 'retry').length,
    dead: engine.dead.length,
  })
  current = undefined
})

/** Creates the service of a test. */
export async function createFaultedService(
  ...options: Parameters<typeof createSigningService>
): Promise<SigningService> {
  current = await createSigningService(...options)
  return current
}

/** Expects exactly one signature of an image, and that its state says so. */
export async function expectOneSignature(
  service: SigningService,
  image: { readonly digest: string },
): Promise<void> {
  expect(await service.signaturesOf(image)).toHaveLength(1)
  expect(service.statesOf(image)).toMatchObject([
    { state: 'COMPLETE', manifestDigest: (await service.signaturesOf(image))[0] },
  ])
}
