import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import type { Descriptor } from '../../../shared/descriptor.ts'
import { NotationError } from '../../../shared/errors.ts'
import { parseTrustBundle, type TrustBundle } from '../../../shared/policy/trust-bundle.ts'
import type { FetchIndex } from '../../../shared/verify/index-tree.ts'
import type { BrokenSignature } from '../../../shared/verify/verify-artifact.ts'
import { type IndexHandling, verifyIndex } from '../../../shared/verify/verify-index.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'
const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX: Descriptor = { mediaType: INDEX_TYPE, digest: digestOf(0), size: 99 }
const CHILDREN: IndexHandling = { includesIndex: false }

const broken: BrokenSignature = {
  digest: `sha256:${'b'.repeat(64)}`,
  fault: new NotationError('envelope-malformed', 'it is not there'),
}

function digestOf(number: number): string {
  return `sha256:${number.toString(16).padStart(64, '0')}`
}

function indexOf(manifests: readonly object[], mediaType = INDEX_TYPE) {
  return { mediaType, bytes: encodeUtf8(JSON.stringify({ schemaVersion: 2, manifests })) }
}

function bundleOf(level: string): Promise<TrustBundle> {
  const isSkip = level === 'skip'
  const root = buildChain().certificates.at(-1) ?? new Uint8Array()
  const statement = {
    name: 'production',
    registryScopes: ['reg.io/app'],
    signatureVerification: { level },
    trustStores: isSkip ? [] : ['ca:acme'],
    trustedIdentities: isSkip ? [] : ['*'],
  }
  return parseTrustBundle(
    {
      trustPolicy: { version: '1.0', trustPolicies: [statement] },
      trustStores: { 'ca:acme': [encodePem('CERTIFICATE', root)] },
    },
    nodeCrypto,
  )
}

/** Verifies an index of so many images, each with any number of broken signatures; counts what is taken. */
async function verify({
  count = 2,
  level = 'strict',
  repository = 'reg.io/app',
  handling = CHILDREN,
  maxSignatures = 100,
  find,
  fetchIndex,
}: {
  count?: number
  level?: string
  repository?: string
  handling?: IndexHandling
  maxSignatures?: number
  find?: (descriptor: Descriptor) => void
  fetchIndex?: FetchIndex
}) {
  const taken = { indexes: 0, signatures: 0 }
  const manifests = Array.from({ length: count }, (_, number) => ({
    mediaType: IMAGE_TYPE,
    digest: digestOf(number + 1),
    size: 10,
  }))
  const verdict = await verifyIndex(
    {
      reference: `${repository}@${INDEX.digest}`,
      descriptor: INDEX,
      handling,
      async fetchIndex(descriptor) {
        taken.indexes += 1
        return fetchIndex?.(descriptor) ?? indexOf(manifests)
      },
      *findSignatures(descriptor) {
        find?.(descriptor)
        for (;;) {
          taken.signatures += 1
          yield broken
        }
      },
    },
    { bundle: await bundleOf(level), now: AT, crypto: nodeCrypto, maxSignatures },
  )
  return { verdict, taken }
}

describe('verifyIndex()', () => {
  test('reads nothing where verification is skipped', async () => {
    const { verdict, taken } = await verify({ level: 'skip' })
    expect(verdict).toMatchObject({ verified: true, signatures: [], children: [] })
    expect(taken).toEqual({ indexes: 0, signatures: 0 })
  })

  test('reads nothing where no statement applies', async () => {
    const { verdict, taken } = await verify({ repository: 'reg.io/other' })
    expect(verdict).toMatchObject({ verified: false, code: 'statement-missing', children: [] })
    expect(taken).toEqual({ indexes: 0, signatures: 0 })
  })

  test('shares the signatures out evenly, so that no child takes those of another', async () => {
    const { verdict, taken } = await verify({ count: 100 })
    const counts = verdict.children?.map(({ signatures }) => signatures.length)
    expect(new Set(counts)).toEqual(new Set([4]))
    // One more of each is taken, to see that there are more.
    expect(taken.signatures).toBe(500)
    expect(verdict.children?.[99]).toMatchObject({
      code: 'signatures-rejected',
      message:
        'signature evaluation stopped. The configured limit of 4 signatures to verify per artifact exceeded',
      signaturesNotChecked: 'limit',
    })
  })

  test('looks at no more of each than is configured', async () => {
    const { verdict } = await verify({ maxSignatures: 3, handling: { includesIndex: true } })
    expect(verdict.signatures).toHaveLength(3)
    expect(verdict.children?.map(({ signatures }) => signatures.length)).toEqual([3, 3])
  })

  test('throws what finding the signatures of a child throws', async () => {
    const unsupported = new NotationError('check-unsupported', 'not here')
    const find = () => {
      throw unsupported
    }
    await expect(verify({ find })).rejects.toBe(unsupported)
  })

  test('rejects the child whose list of signatures cannot be read, and it alone', async () => {
    const unreadable = new NotationError('registry-answer-invalid', 'the list is garbage')
    const find = ({ digest }: Descriptor) => {
      if (digest === digestOf(1)) throw unreadable
    }
    expect((await verify({ find, maxSignatures: 1 })).verdict).toMatchObject({
      verified: false,
      code: 'children-rejected',
      message: expect.stringMatching(/^2 of 2 .*: the list is garbage$/),
      children: [
        { code: 'signatures-unreadable', message: 'the list is garbage', signatures: [] },
        { code: 'signatures-rejected' },
      ],
    })
  })

  test('throws where the signatures of the index itself cannot be read', async () => {
    const unreadable = new NotationError('registry-answer-invalid', 'the list is garbage')
    const find = ({ digest }: Descriptor) => {
      if (digest === INDEX.digest) throw unreadable
    }
    await expect(verify({ find, handling: { includesIndex: true } })).rejects.toBe(unreadable)
  })

  test('rejects an index that is served as something else', async () => {
    const fetchIndex: FetchIndex = async () => indexOf([], IMAGE_TYPE)
    expect((await verify({ fetchIndex })).verdict).toMatchObject({
      verified: false,
      code: 'index-malformed',
      message: `the registry serves the index as "${IMAGE_TYPE}", wanted "${INDEX_TYPE}"`,
    })
  })

  test('throws where the index itself cannot be had, and rejects one within it', async () => {
    const inner = { mediaType: INDEX_TYPE, digest: digestOf(7), size: 1 }
    for (const code of ['artifact-unknown', 'registry-answer-invalid'] as const) {
      const missing = new NotationError(code, 'it is not there')
      await expect(verify({ fetchIndex: () => Promise.reject(missing) })).rejects.toBe(missing)
      const fetchIndex: FetchIndex = async ({ digest }) => {
        if (digest === inner.digest) throw missing
        return indexOf([inner])
      }
      expect((await verify({ fetchIndex })).verdict).toMatchObject({
        code: 'children-rejected',
        children: [{ verified: false, code: 'index-missing', message: 'it is not there' }],
      })
    }
  })

  test('throws where the registry fails on an index within it', async () => {
    const inner = { mediaType: INDEX_TYPE, digest: digestOf(7), size: 1 }
    const failing = new NotationError('registry-unavailable', 'not now')
    const fetchIndex: FetchIndex = async ({ digest }) => {
      if (digest === inner.digest) throw failing
      return indexOf([inner])
    }
    await expect(verify({ fetchIndex })).rejects.toBe(failing)
  })

  test('counts the children of all indexes together', async () => {
    const inner = { mediaType: INDEX_TYPE, digest: digestOf(7), size: 1 }
    const image = { mediaType: IMAGE_TYPE, digest: digestOf(8), size: 1 }
    const fetchIndex: FetchIndex = async ({ digest }) =>
      digest === inner.digest ? indexOf(new Array(60).fill(image)) : indexOf([inner, inner])
    const { verdict, taken } = await verify({ fetchIndex })
    expect(verdict.children).toMatchObject([
      { code: 'children-rejected' },
      { code: 'index-too-large', message: 'more than 100 children are named', children: [] },
    ])
    expect(taken.indexes).toBe(3)
  })
})
