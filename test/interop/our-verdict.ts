// Our verdict on an image in a registry, by the same trust as a command line's, with revocation asked at
// its emulator.

import { createHash } from 'node:crypto'
import type { RunningEmulator } from '../../emulator/start.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createHostPolicy } from '../../shared/revocation/host-policy.ts'
import { createRevocationChecker } from '../../shared/revocation/revocation-checker.ts'
import { type SignatureInput, verifyArtifact } from '../../shared/verify/verify-artifact.ts'
import type { FreshImage } from '../support/images.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

/** Members of the manifests and indexes that lead to a signature. */
interface RegistryDocument {
  readonly manifests?: readonly { readonly digest: string }[]
  readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[]
}

/**
 * Why the image's one signature is refused under a strict policy; undefined where it is verified.
 *
 * @param trustStores - as `ca:stm`; the emulator's roots stand in each by its type
 */
export async function reasonOfOurs(
  emulator: RunningEmulator,
  image: FreshImage,
  trustStores: readonly string[],
): Promise<string | undefined> {
  const { reference, mediaType, digest, size } = image
  const { verified, signatures } = await verifyArtifact(
    {
      reference,
      descriptor: { mediaType, digest, size },
      signatures: [await fetchSignature(image)],
    },
    {
      bundle: await bundleOf(emulator, trustStores),
      now: new Date(),
      crypto: nodeCrypto,
      revocation: createRevocationChecker({
        fetch: (url, init) => fetch(url, init),
        hostPolicy: createHostPolicy([new URL(emulator.revocationUrl ?? '').host]),
        now: new Date(),
        crypto: nodeCrypto,
        sha1: (bytes) => new Uint8Array(createHash('sha1').update(bytes).digest()),
      }),
    },
  )
  if (verified) return undefined
  const failed = signatures[0]?.checks.find(({ result }) => result === 'failed')
  return failed?.message ?? 'no check failed'
}

function bundleOf(emulator: RunningEmulator, trustStores: readonly string[]) {
  const pemOf = (store: string) =>
    store.startsWith('tsa:') ? emulator.tsaRootPem : emulator.signingRootPem
  const statement = {
    name: 'test',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores,
    trustedIdentities: ['*'],
  }
  const document = {
    trustPolicy: { version: '1.0', trustPolicies: [statement] },
    trustStores: Object.fromEntries(trustStores.map((store) => [store, [pemOf(store)]])),
  }
  return parseTrustBundle(document, nodeCrypto)
}

async function fetchSignature({ host, repository, digest }: FreshImage): Promise<SignatureInput> {
  const ask = (path: string) => fetch(`http://${host}/v2/${repository}/${path}`)
  const read = async (path: string) => (await (await ask(path)).json()) as RegistryDocument
  const { manifests } = await read(`referrers/${digest}`)
  const { layers } = await read(`manifests/${manifests?.[0]?.digest}`)
  const [layer] = layers ?? []
  const envelope = await (await ask(`blobs/${layer?.digest}`)).bytes()
  return { mediaType: layer?.mediaType ?? '', envelope }
}
