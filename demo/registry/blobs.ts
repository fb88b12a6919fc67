// Blobs: GET and HEAD with byte ranges (OCI distribution specification v1.1 §Pulling blobs), DELETE.

import type { Context, Hono } from 'hono'
import { OciError } from './oci-error.ts'
import { findRepository, type Store } from './store.ts'

/** Adds the routes of finished blobs. */
export function addBlobRoutes(app: Hono, store: Store): void {
  app.get('/v2/:name{.+}/blobs/:digest', (c) => {
    const digest = c.req.param('digest')
    return blobResponse(digest, findBlob(c, store, digest), c.req.header('range'))
  })
  app.delete('/v2/:name{.+}/blobs/:digest', (c) => {
    const digest = c.req.param('digest')
    findBlob(c, store, digest)
    findRepository(store, c.req.param('name')).blobs.delete(digest)
    return new Response(null, { status: 202 })
  })
}

function findBlob(c: Context, store: Store, digest: string): Uint8Array<ArrayBuffer> {
  const found = findRepository(store, c.req.param('name') ?? '').blobs.get(digest)
  if (found !== undefined) return found
  throw new OciError(404, 'BLOB_UNKNOWN', 'no such blob in this repository')
}

function blobResponse(
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
  rangeHeader: string | undefined,
): Response {
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  }
  const range = rangeHeader === undefined ? undefined : parseRange(rangeHeader, bytes.length)
  if (range === undefined) {
    return new Response(bytes, { headers: { ...headers, 'content-length': `${bytes.length}` } })
  }
  if (range === 'unsatisfiable') {
    const contentRange = { 'content-range': `bytes */${bytes.length}` }
    throw new OciError(416, 'SIZE_INVALID', 'the range lies outside the blob', contentRange)
  }
  const { first, last } = range
  const length = last - first + 1
  return new Response(bytes.subarray(first, last + 1), {
    status: 206,
    headers: {
      ...headers,
      'content-length': `${length}`,
      'content-range': `bytes ${first}-${last}/${bytes.length}`,
    },
  })
}

/** First and last byte of a single range (RFC 9110 §14.1.2); undefined for a header that may be ignored (§14.2). */
function parseRange(
  header: string,
  length: number,
): { first: number; last: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (from === '' && to === '') return undefined
  const first = from === '' ? Math.max(0, length - Number(to)) : Number(from)
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1)
  return first <= last && first < length ? { first, last } : 'unsatisfiable'
}
