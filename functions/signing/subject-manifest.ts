// What the manifest of a subject is: an image, an index, something else, or what is never signed because it
// speaks of another artifact. Read from bytes that have the subject's digest; nothing an event said counts.

import { type Descriptor, parseDescriptor } from '../../shared/descriptor.ts'
import { NotationError } from '../../shared/errors.ts'
import { type JsonObject, parseJson } from '../../shared/json.ts'
import { findOtherSpelling, isJsonAbsent, isJsonObject } from '../../shared/json-shape.ts'
import type { Registry } from '../../shared/registry/client.ts'
import {
  type IndexChild,
  isImageIndex,
  parseImageIndex,
} from '../../shared/registry/image-index.ts'
import type { Subject } from './subject.ts'

/** A manifest, as far as signing asks. */
export interface SubjectManifest {
  /** Media type as the registry serves it, digest and size. */
  readonly descriptor: Descriptor
  readonly isIndex: boolean
  /** Its artifactType, else its config's media type; undefined for an index without one. */
  readonly artifactType: string | undefined
  /** Digest of what it refers to: then it is a signature, an SBOM and the like, and not signed. */
  readonly subjectDigest: string | undefined
  /** Whether it is a signature or an attestation that names no subject, as cosign's and BuildKit's. */
  readonly isStatement: boolean
  /** Of an index. */
  readonly children: readonly IndexChild[]
}

/** Members that decide; in another spelling they would to readers written in Go. */
const MEMBERS = ['mediaType', 'artifactType', 'config', 'layers', 'manifests', 'subject'] as const
/** Media types of layers that say something of another artifact. */
const STATEMENTS: ReadonlySet<string> = new Set([
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.in-toto+json',
  'application/vnd.dsse.envelope.v1+json',
])

/**
 * Fetches and reads the manifest of a subject.
 *
 * @throws {NotationError} `artifact-unknown`; `encoding-invalid` for one that cannot be read without doubt; the registry's codes
 */
export async function fetchSubjectManifest(
  { repository, digest }: Subject,
  registry: Registry,
): Promise<SubjectManifest> {
  const { mediaType, bytes } = await registry.fetchManifestByDigest(repository, digest)
  const manifest = parseJson(bytes)
  if (!isJsonObject(manifest)) throw malformed('it is no JSON object')
  if (findOtherSpelling(manifest, MEMBERS) !== undefined)
    throw malformed('it has a member that differs from a known name in case only')
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType)
    throw malformed(`its "mediaType" is not "${mediaType}", as which it is served`)
  const isIndex = isImageIndex(mediaType)
  return {
    descriptor: { mediaType, digest, size: bytes.length },
    isIndex,
    artifactType: textOf(manifest, 'artifactType') ?? configMediaType(manifest),
    subjectDigest: isJsonAbsent(manifest.subject)
      ? undefined
      : parseDescriptor(manifest.subject).digest,
    isStatement: layersOf(manifest).some((mediaType) => STATEMENTS.has(mediaType)),
    children: isIndex ? parseImageIndex(bytes, mediaType) : [],
  }
}

function configMediaType({ config }: JsonObject): string | undefined {
  return isJsonObject(config) ? textOf(config, 'mediaType') : undefined
}

function layersOf({ layers }: JsonObject): readonly string[] {
  if (!Array.isArray(layers)) return []
  return layers.flatMap((layer) => (isJsonObject(layer) ? (textOf(layer, 'mediaType') ?? []) : []))
}

function textOf(object: JsonObject, member: string): string | undefined {
  const value = object[member]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function malformed(found: string): NotationError {
  return new NotationError('encoding-invalid', `Cannot read the manifest: ${found}`)
}
