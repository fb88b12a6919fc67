// The manifest that ties a signature envelope to what it signs (signature-specification.md §OCI Signatures):
// read in all three forms that are about, written in the OCI 1.1 form.

import { encodeUtf8 } from '../bytes.ts'
import { type Descriptor, parseDescriptor } from '../descriptor.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'
import { OCI_ARTIFACT_MANIFEST, OCI_EMPTY_JSON, OCI_IMAGE_MANIFEST } from './media-types.ts'

/** What registries list signatures under. */
export const SIGNATURE_ARTIFACT_TYPE = 'application/vnd.cncf.notary.signature'
/** The config of every signature manifest. */
export const EMPTY_CONFIG: Descriptor & { readonly bytes: Uint8Array } = {
  mediaType: OCI_EMPTY_JSON,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
  bytes: encodeUtf8('{}'),
}

const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256'
const CREATED = 'org.opencontainers.image.created'

/** What a signature manifest is made of. */
export interface SignatureManifestParts {
  readonly subject: Descriptor
  readonly envelope: Descriptor
  /** Lower-case hexadecimal SHA-256 of the certificates, leaf first. Not signed: nobody may rely on them. */
  readonly thumbprints: readonly string[]
  /** When it was signed. */
  readonly createdAt: Date
}

/** Annotations of a signature manifest, which its entry in a list of referrers repeats. */
export function signatureAnnotations({
  thumbprints,
  createdAt,
}: Pick<SignatureManifestParts, 'thumbprints' | 'createdAt'>): Readonly<Record<string, string>> {
  return {
    [THUMBPRINTS]: JSON.stringify(thumbprints),
    [CREATED]: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
  }
}

/**
 * The thumbprint of the leaf certificate that an entry in a list of referrers claims, lower-case hexadecimal SHA-256.
 *
 * @returns undefined where it claims none; whoever pushed the signature wrote it
 */
export function claimedLeafThumbprint({ annotations = {} }: Descriptor): string | undefined {
  try {
    const thumbprints = parseJson(annotations[THUMBPRINTS] ?? '[]')
    const first = Array.isArray(thumbprints) ? thumbprints[0] : undefined
    return typeof first === 'string' ? first : undefined
  } catch {
    return undefined
  }
}

/** The bytes of a signature manifest, an OCI image manifest with an artifactType. */
export function encodeSignatureManifest(parts: SignatureManifestParts): Uint8Array {
  const { mediaType, digest, size } = EMPTY_CONFIG
  return encodeUtf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_IMAGE_MANIFEST,
      artifactType: SIGNATURE_ARTIFACT_TYPE,
      config: { mediaType, digest, size, data: 'e30=' },
      layers: [contentOf(parts.envelope)],
      subject: contentOf(parts.subject),
      annotations: signatureAnnotations(parts),
    }),
  )
}

/**
 * The descriptor of the one envelope that a signature manifest holds.
 *
 * Its `subject` is not looked at: only the signed payload binds a signature to an artifact.
 *
 * @param mediaType - of the manifest, as it was served
 * @throws {NotationError} `envelope-malformed`, with the reference implementation's words for a wrong number of envelopes
 */
export function parseSignatureManifest(mediaType: string, bytes: Uint8Array): Descriptor {
  const member = ENVELOPE_LISTS.get(mediaType)
  if (member === undefined) throw malformed(`its media type is "${mediaType}"`)
  const envelopes = envelopesOf(bytes, member)
  if (envelopes.length !== 1) {
    // The reference implementation's spelling, by which the message is searched for.
    const wanted = 'signature manifest requries exactly one signature envelope blob'
    throw malformed(`${wanted}, got ${envelopes.length}`)
  }
  return readOrRefuse(() => parseDescriptor(envelopes[0]))
}

/** Where each form of manifest lists its envelope. */
const ENVELOPE_LISTS: ReadonlyMap<string, string> = new Map([
  [OCI_IMAGE_MANIFEST, 'layers'],
  [OCI_ARTIFACT_MANIFEST, 'blobs'],
])

function envelopesOf(bytes: Uint8Array, member: string): readonly JsonValue[] {
  const manifest = readOrRefuse(() => parseJson(bytes))
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw malformed('it is no JSON object')
  }
  const envelopes = (manifest as Readonly<Record<string, JsonValue>>)[member] ?? []
  if (Array.isArray(envelopes)) return envelopes
  throw malformed(`its "${member}" is no list`)
}

/** What the readers below refuse is, here, a malformed signature. */
function readOrRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (isNotationError(cause, 'encoding-invalid')) throw malformed(cause.message, cause)
    throw cause
  }
}

function contentOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}

function malformed(found: string, cause?: unknown): NotationError {
  const message = `Cannot read the signature manifest: ${found}`
  return new NotationError('envelope-malformed', message, { cause })
}
