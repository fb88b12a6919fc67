// Image indexes as clients push them.

import { createHash } from 'node:crypto'
import type { SigningService } from './signing-service.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** A manifest that an index lists; an image where no media type is given. */
export interface ListedManifest {
  readonly digest: string
  readonly size: number
  readonly platform?: object
  readonly mediaType?: string
}

/** Pushes an index under a tag. */
export async function pushIndex(
  service: SigningService,
  tag: string,
  children: readonly ListedManifest[],
): Promise<ListedManifest> {
  const manifests = children.map(({ mediaType = MANIFEST, digest, size, platform }) => ({
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
  }))
  const document = { schemaVersion: 2, mediaType: INDEX, manifests }
  await service.put(tag, document)
  const bytes = Buffer.from(JSON.stringify(document))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { digest, size: bytes.length, mediaType: INDEX }
}
