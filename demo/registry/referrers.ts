// The referrers API (OCI distribution specification v1.1 §Listing Referrers): every manifest whose
// `subject` is the asked one, however its client kept track of it. So a signature that notation pushed
// for the tag schema, its default, is listed here too.

import type { Hono } from 'hono'
import { isDigest } from './digest.ts'
import { OciError } from './oci-error.ts'
import type { Store, StoredManifest } from './store.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

/** Adds the route of the referrers API. */
export function addReferrersRoute(app: Hono, store: Store): void {
  app.get('/v2/:name{.+}/referrers/:digest', (c) => {
    const subject = c.req.param('digest')
    if (!isDigest(subject)) throw new OciError(400, 'DIGEST_INVALID', 'no digest')
    const artifactType = c.req.query('artifactType')
    const all = [...(store.repositories.get(c.req.param('name'))?.manifests.values() ?? [])]
    const manifests = all
      .filter((manifest) => manifest.subject === subject)
      .filter((manifest) => artifactType === undefined || manifest.artifactType === artifactType)
      .map(referrer)
    const headers = new Headers({ 'content-type': INDEX })
    if (artifactType !== undefined) headers.set('oci-filters-applied', 'artifactType')
    return new Response(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), {
      headers,
    })
  })
}

function referrer({ mediaType, digest, bytes, artifactType, annotations }: StoredManifest): object {
  return { mediaType, digest, size: bytes.length, artifactType, annotations }
}
