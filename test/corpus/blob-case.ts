// A case about a blob as its file holds it. There is no second verdict: notation-go v1.3.2 verifies no
// blobs, so what is expected follows from the specification.

import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBase64 } from '../../shared/base64.ts'
import { isNotationError } from '../../shared/errors.ts'
import type { JsonValue } from '../../shared/json.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { verifyBlob } from '../../shared/verify/verify-blob.ts'
import { AT } from '../support/certificates.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import type { Expected, Origin } from './corpus-case.ts'

/** A blob with its detached signature. */
export interface BlobInput {
  readonly title: string
  readonly shows: readonly string[]
  readonly origin: Origin
  readonly bundle: {
    readonly trustPolicy: JsonValue
    readonly blobTrustPolicy: JsonValue
    readonly trustStores: Readonly<Record<string, readonly string[]>>
  }
  /** Base64. */
  readonly blob: string
  /** That the signature must be for, where one is asked for. */
  readonly blobMediaType?: string
  /** The statement that decides; the global one where it is left out. */
  readonly policyName?: string
  readonly userMetadata?: Readonly<Record<string, string>>
  /** Without a media type it is to be recognised. */
  readonly signature: { readonly mediaType?: string; readonly envelope: string }
}

/** A blob case's file. */
export interface BlobCase extends BlobInput {
  readonly expected: Expected
  /** No reference. */
  readonly notationGo: null
}

/** The folder of the blob cases. */
export const BLOBS_FOLDER = join(import.meta.dirname, 'blobs')

/** All blob cases, with the names of their files. */
export function readBlobCases(): readonly (BlobCase & { readonly id: string })[] {
  return globSync('*.json', { cwd: BLOBS_FOLDER })
    .sort()
    .map((file) => ({
      id: file.slice(0, -'.json'.length),
      ...(JSON.parse(readFileSync(join(BLOBS_FOLDER, file), 'utf8')) as BlobCase),
    }))
}

/** Our verdict on a blob. */
export async function blobVerdict(input: BlobInput): Promise<Expected> {
  const { blobMediaType, policyName, userMetadata = {} } = input
  const bytes = decodeBase64(input.blob)
  const digests = ['sha256', 'sha384', 'sha512'].map(
    (hash) => `${hash}:${createHash(hash).update(bytes).digest('hex')}`,
  )
  const { mediaType, envelope } = input.signature
  const signature = { ...(mediaType ? { mediaType } : {}), envelope: decodeBase64(envelope) }
  const asked = {
    ...(blobMediaType === undefined ? {} : { mediaType: blobMediaType }),
    ...(policyName === undefined ? {} : { policyName }),
  }
  try {
    const bundle = await parseTrustBundle(input.bundle, nodeCrypto)
    const verdict = await verifyBlob(
      { digests, size: bytes.length, signature, userMetadata, ...asked },
      { bundle, now: AT, crypto: nodeCrypto },
    )
    const [only] = verdict.signatures
    if (verdict.verified) return { verdict: 'verified' }
    const check = only?.checks.find(
      ({ action, result }) => action === 'enforce' && result === 'failed',
    )
    if (check?.code === undefined) return { verdict: 'rejected', decidedBy: 'artifact' }
    return { verdict: 'rejected', decidedBy: check.type, code: check.code }
  } catch (error) {
    if (!isNotationError(error, 'policy-invalid')) throw error
    return { verdict: 'refused', decidedBy: 'bundle', code: 'policy-invalid' }
  }
}
