// Uploads of blobs: whole by POST, POST then PUT, in chunks or as a stream by PATCH, and mounting from
// another repository (OCI distribution specification v1.1 §Pushing blobs).

import type { Context, Hono } from 'hono'
import { readBody } from './body.ts'
import { verifyDigest } from './digest.ts'
import { OciError } from './oci-error.ts'
import { claimRoom, findRepository, openRepository, type Repository, type Store } from './store.ts'

/** Largest blob. Made for images of a demonstration and of tests. */
export const MAX_BLOB_BYTES = 64 * 1024 * 1024

/** Adds the routes of uploads. */
export function addUploadRoutes(app: Hono, store: Store): void {
  const session = '/v2/:name{.+}/blobs/uploads/:session'
  app.post('/v2/:name{.+}/blobs/uploads/', (c) => openUpload(c, c.req.param('name'), store))
  app.get(session, (c) => {
    const found = findSession(c, store)
    return sessionResponse(204, found, arrived(found).length)
  })
  app.patch(session, async (c) => {
    const found = findSession(c, store)
    const length = await append(c, found, store)
    return sessionResponse(202, found, length)
  })
  app.put(session, async (c) => {
    const found = findSession(c, store)
    const digest = c.req.query('digest')
    if (digest === undefined) throw new OciError(400, 'DIGEST_INVALID', 'the digest is missing')
    await append(c, found, store)
    const bytes = arrived(found)
    found.repository.uploads.delete(found.id)
    return keepBlob(found.name, found.repository, digest, bytes)
  })
  app.delete(session, (c) => {
    const { repository, id } = findSession(c, store)
    repository.uploads.delete(id)
    return new Response(null, { status: 204 })
  })
}

interface Session {
  readonly name: string
  readonly repository: Repository
  readonly id: string
}

async function openUpload(c: Context, name: string, store: Store): Promise<Response> {
  const repository = openRepository(store, name)
  const mount = c.req.query('mount')
  if (mount !== undefined) {
    const bytes = findElsewhere(store, mount, c.req.query('from'))
    if (bytes !== undefined) return keepBlob(name, repository, mount, bytes)
  }
  const digest = c.req.query('digest')
  if (digest !== undefined) {
    const bytes = await readBody(c.req.raw, MAX_BLOB_BYTES)
    claimRoom(store, bytes.length)
    return keepBlob(name, repository, digest, bytes)
  }
  const id = crypto.randomUUID()
  repository.uploads.set(id, new Uint8Array())
  return sessionResponse(202, { name, repository, id }, 0)
}

/** A blob of the named repository, or of any where none is named: all content here is public. */
function findElsewhere(
  store: Store,
  digest: string,
  from: string | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  if (from !== undefined) return store.repositories.get(from)?.blobs.get(digest)
  for (const { blobs } of store.repositories.values()) {
    const bytes = blobs.get(digest)
    if (bytes !== undefined) return bytes
  }
  return undefined
}

async function keepBlob(
  name: string,
  repository: Repository,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  await verifyDigest(bytes, digest)
  repository.blobs.set(digest, bytes)
  const headers = { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }
  return new Response(null, { status: 201, headers })
}

/** Appends the request's body to what has arrived; gives the new length. */
async function append(c: Context, session: Session, store: Store): Promise<number> {
  const chunk = await readBody(c.req.raw, MAX_BLOB_BYTES)
  const before = arrived(session)
  const range = c.req.header('content-range')
  // A PUT that only closes an upload has no body, and then no range either.
  if (range !== undefined && !continues(range, before.length, chunk.length)) {
    const headers = sessionHeaders(session, before.length)
    throw new OciError(
      416,
      'BLOB_UPLOAD_INVALID',
      'the chunk does not continue the upload',
      headers,
    )
  }
  if (before.length + chunk.length > MAX_BLOB_BYTES) {
    throw new OciError(413, 'SIZE_INVALID', `more than ${MAX_BLOB_BYTES} bytes`)
  }
  claimRoom(store, chunk.length)
  const joined = new Uint8Array(before.length + chunk.length)
  joined.set(before)
  joined.set(chunk, before.length)
  session.repository.uploads.set(session.id, joined)
  return joined.length
}

function continues(contentRange: string, offset: number, length: number): boolean {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(contentRange) ?? []
  return Number(first) === offset && Number(last) === offset + length - 1
}

function findSession(c: Context, store: Store): Session {
  const name = c.req.param('name') ?? ''
  const session = {
    name,
    repository: findRepository(store, name),
    id: c.req.param('session') ?? '',
  }
  arrived(session)
  return session
}

function arrived({ repository, id }: Session): Uint8Array<ArrayBuffer> {
  const bytes = repository.uploads.get(id)
  if (bytes !== undefined) return bytes
  throw new OciError(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload')
}

function sessionResponse(status: 202 | 204, session: Session, length: number): Response {
  return new Response(null, { status, headers: sessionHeaders(session, length) })
}

function sessionHeaders({ name, id }: Session, length: number): Record<string, string> {
  // The range of an upload that has not begun is 0-0 too: the specification has no other form.
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, length - 1)}`,
    'docker-upload-uuid': id,
  }
}
