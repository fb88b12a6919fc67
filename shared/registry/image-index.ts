// Image indexes: what they name, read strictly. OCI's and Docker's manifest lists have one shape.

import { type Descriptor, parseDescriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import { type JsonObject, type JsonValue, parseJson } from '../json.ts'
import { findOtherSpelling, isJsonAbsent, isJsonObject } from '../json-shape.ts'
import { DOCKER_MANIFEST_LIST, OCI_IMAGE_INDEX } from './media-types.ts'
import { isUnknownPlatform, makePlatform, type Platform } from './platform.ts'

/** What an index names. */
export interface IndexChild {
  /** Media type, digest and size: what a signature of it binds. */
  readonly descriptor: Descriptor
  /** Left out where the index names none; a runtime then reads it from the image. */
  readonly platform?: Platform
  /** Whether it is what builders write beside an image: no image, and no runtime picks it. */
  readonly isAttestation: boolean
}

/** Members of manifests of other kinds: with one of them other readers could take the bytes for such. */
const FOREIGN_MEMBERS = ['config', 'layers', 'fsLayers', 'blobs'] as const
/** Members that mean something here; in another spelling they would to readers written in Go. */
const MEMBERS = {
  index: ['schemaVersion', 'mediaType', 'manifests', ...FOREIGN_MEMBERS],
  child: ['mediaType', 'digest', 'size', 'annotations', 'platform'],
  platform: ['os', 'architecture', 'variant', 'os.version', 'os.features'],
} as const
/** What is repeated in answers. The longest in use have 17 characters: "10.0.26100.32230" and such. */
const PRINTABLE = /^[\x20-\x7e]{1,64}$/
/** Features of an operating system. One is known, "win32k". */
const MAX_OS_FEATURES = 16
/** How BuildKit marks attestations (docs/attestations/attestation-storage.md in moby/buildkit). */
const REFERENCE_TYPE = 'vnd.docker.reference.type'
const ATTESTATION = 'attestation-manifest'

/** Whether a media type is an index's. */
export function isImageIndex(mediaType: string): boolean {
  return mediaType === OCI_IMAGE_INDEX || mediaType === DOCKER_MANIFEST_LIST
}

/**
 * Reads an index.
 *
 * @param bytes - that have the digest of its descriptor
 * @param mediaType - of its descriptor: the bytes must not claim another (GHSA-mc8v-mgrf-8f4m)
 * @throws {NotationError} `encoding-invalid`: one bad child makes the whole index bad
 * @see OCI image specification, image-index.md; Docker image manifest version 2, schema 2
 */
export function parseImageIndex(bytes: Uint8Array, mediaType: string): readonly IndexChild[] {
  const index = parseJson(bytes)
  if (!isJsonObject(index)) throw malformed('it is no JSON object')
  refuseOtherSpellings(index, MEMBERS.index)
  if (index.schemaVersion !== 2) throw malformed('its "schemaVersion" is not 2')
  if (index.mediaType !== undefined && index.mediaType !== mediaType)
    throw malformed(`its "mediaType" is not "${mediaType}"`)
  const foreign = FOREIGN_MEMBERS.find((name) => index[name] !== undefined)
  if (foreign !== undefined) throw malformed(`it has "${foreign}", which no index has`)
  const { manifests } = index
  if (!Array.isArray(manifests)) throw malformed('its "manifests" is no list')
  return manifests.map(parseChild)
}

function parseChild(value: JsonValue): IndexChild {
  const { mediaType, digest, size, annotations } = parseDescriptor(value)
  const platform = isJsonObject(value) ? readPlatform(value) : undefined
  const isAttestation =
    platform !== undefined &&
    isUnknownPlatform(platform) &&
    annotations?.[REFERENCE_TYPE] === ATTESTATION
  return {
    descriptor: { mediaType, digest, size },
    ...(platform === undefined ? {} : { platform }),
    isAttestation,
  }
}

/** An empty half stands for whatever the host has, so that it names no platform. */
function readPlatform(child: JsonObject): Platform | undefined {
  refuseOtherSpellings(child, MEMBERS.child)
  const { platform: value } = child
  if (isJsonAbsent(value)) return undefined
  if (!isJsonObject(value)) throw malformed('a "platform" is no object')
  refuseOtherSpellings(value, MEMBERS.platform)
  const { os = '', architecture = '', variant = '' } = value
  if (typeof os !== 'string' || typeof architecture !== 'string' || typeof variant !== 'string')
    throw malformed('a "platform" has a member that is no text')
  if (os === '' || architecture === '') return undefined
  const platform = makePlatform(os, architecture, variant)
  if (platform === undefined) throw malformed('a "platform" has a member that is no name')
  return { ...platform, ...readSystem(value) }
}

/** Absent, null and empty are one to readers written in Go. */
function readSystem({ 'os.version': version, 'os.features': features }: JsonObject) {
  const osVersion = isJsonAbsent(version) || version === '' ? undefined : version
  const osFeatures = isJsonAbsent(features) ? [] : features
  if (osVersion !== undefined && !isPrintable(osVersion))
    throw malformed('a "platform" has an "os.version" that is no short text')
  if (
    !Array.isArray(osFeatures) ||
    osFeatures.length > MAX_OS_FEATURES ||
    !osFeatures.every(isPrintable)
  )
    throw malformed('a "platform" has "os.features" that are no short list of short texts')
  return {
    ...(osVersion === undefined ? {} : { osVersion }),
    ...(osFeatures.length === 0 ? {} : { osFeatures }),
  }
}

function isPrintable(value: JsonValue): value is string {
  return typeof value === 'string' && PRINTABLE.test(value)
}

function refuseOtherSpellings(object: JsonObject, known: readonly string[]): void {
  const other = findOtherSpelling(object, known)
  if (other !== undefined)
    throw malformed('it has a member that differs from a known name in case only')
}

function malformed(found: string): NotationError {
  return new NotationError('encoding-invalid', `Cannot read the index: ${found}`)
}
