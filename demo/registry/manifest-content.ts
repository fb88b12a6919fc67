// What the registry needs to know of a pushed manifest. It reads leniently, as real registries do.

import { isDigest } from './digest.ts'
import { OciError } from './oci-error.ts'

/** What a manifest names. */
export interface ReadManifest {
  readonly subject: string | undefined
  readonly artifactType: string | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
  /** Digests of blobs that must have been pushed. */
  readonly blobs: readonly string[]
  /** Digests of manifests that must have been pushed. */
  readonly manifests: readonly string[]
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const MEDIA_TYPES: readonly string[] = [
  OCI_MANIFEST,
  'application/vnd.oci.image.index.v1+json',
  // Its draft is withdrawn; signatures made in its time are still about.
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** Layers that lie elsewhere by design and need not be pushed (OCI image specification §Non-distributable layers). */
const NOT_DISTRIBUTABLE =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1|docker\.image\.rootfs\.foreign)/

/**
 * Reads a manifest.
 *
 * @throws {OciError} `MANIFEST_INVALID`
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): ReadManifest {
  if (!MEDIA_TYPES.includes(mediaType)) throw invalid('its media type is none of a manifest')
  const manifest = parseObject(bytes)
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType) {
    throw invalid('its mediaType is not the Content-Type')
  }
  const config = optionalDescriptor(manifest.config)
  if (mediaType === OCI_MANIFEST && config === undefined) throw invalid('it has no config')
  const layers = [...descriptors(manifest.layers), ...descriptors(manifest.blobs)].filter(
    (layer) => !NOT_DISTRIBUTABLE.test(layer.mediaType),
  )
  const { artifactType, annotations } = manifest
  return {
    subject: optionalDescriptor(manifest.subject)?.digest,
    artifactType: typeof artifactType === 'string' ? artifactType : config?.mediaType,
    annotations: isRecord(annotations) ? textsOf(annotations) : undefined,
    blobs: [...(config === undefined ? [] : [config]), ...layers].map(({ digest }) => digest),
    manifests: descriptors(manifest.manifests).map(({ digest }) => digest),
  }
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isRecord(value)) return value
  } catch {
    // Told below.
  }
  throw invalid('it is no JSON object')
}

interface ReadDescriptor {
  readonly mediaType: string
  readonly digest: string
}

function descriptors(value: unknown): ReadDescriptor[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('a list of descriptors is no list')
  return value.map(descriptor)
}

function optionalDescriptor(value: unknown): ReadDescriptor | undefined {
  return value === undefined || value === null ? undefined : descriptor(value)
}

function descriptor(value: unknown): ReadDescriptor {
  if (!isRecord(value)) throw invalid('a descriptor is no object')
  const { mediaType, digest } = value
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) {
    throw invalid('a descriptor has no mediaType or no digest')
  }
  return { mediaType, digest }
}

function textsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(record).filter((entry) => typeof entry[1] === 'string')
  return Object.fromEntries(texts) as Record<string, string>
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(found: string): OciError {
  return new OciError(400, 'MANIFEST_INVALID', found)
}
