// Manifests and tags: PUT, GET, HEAD and DELETE by tag or digest, and the list of tags (OCI distribution
// specification v1.1 §Pushing manifests, §Listing tags).

import type { Context, Hono } from 'hono'
import { readBody } from './body.ts'
import { digestOf, isDigest, verifyDigest } from './digest.ts'
import { parseManifest, type ReadManifest } from './manifest-content.ts'
import { OciError } from './oci-error.ts'
import {
  claimRoom,
  findRepository,
  openRepository,
  type Repository,
  type Store,
  type StoredManifest,
} from './store.ts'

/** Largest manifest: what the specification asks registries to take. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

const TAG = /^\w[\w.-]{0,127}$/

/** How manifests are answered for. */
export interface ManifestOptions {
  /** Whether a pushed referrer is acknowledged with `OCI-Subject`. */
  readonly referrersApi: boolean
  /** Told of each manifest that was pushed. */
  readonly onPush?: ((pushed: PushedManifest) => void) | undefined
}

/** What a registry tells of a push. */
export interface PushedManifest {
  readonly repository: string
  readonly digest: string
  /** Undefined where it was pushed by digest alone. */
  readonly tag?: string
}

/** Adds the routes of manifests and tags. */
export function addManifestRoutes(app: Hono, store: Store, options: ManifestOptions): void {
  const path = '/v2/:name{.+}/manifests/:reference'
  app.get('/v2/:name{.+}/tags/list', (c) => listTags(c, c.req.param('name'), store))
  app.put(path, (c) => putManifest(c, store, options))
  app.get(path, (c) => {
    const { bytes, mediaType, digest } = findManifest(
      findRepository(store, c.req.param('name')),
      c.req.param('reference'),
    )
    const headers = {
      'content-type': mediaType,
      'content-length': `${bytes.length}`,
      'docker-content-digest': digest,
    }
    return new Response(bytes, { headers })
  })
  app.delete(path, (c) => {
    deleteManifest(findRepository(store, c.req.param('name')), c.req.param('reference'))
    return new Response(null, { status: 202 })
  })
}

async function putManifest(c: Context, store: Store, options: ManifestOptions): Promise<Response> {
  const name = c.req.param('name') ?? ''
  const reference = c.req.param('reference') ?? ''
  const mediaType = c.req.header('content-type') ?? ''
  const bytes = await readBody(c.req.raw, MAX_MANIFEST_BYTES)
  const digest = isDigest(reference) ? reference : await digestOf(bytes)
  if (digest !== reference && !TAG.test(reference)) {
    throw new OciError(400, 'MANIFEST_INVALID', 'the reference is neither a tag nor a digest')
  }
  await verifyDigest(bytes, digest)
  const manifest = parseManifest(bytes, mediaType)
  const repository = openRepository(store, name)
  checkReferences(repository, manifest)
  claimRoom(store, bytes.length)
  const { subject, artifactType, annotations } = manifest
  repository.manifests.set(digest, { digest, mediaType, bytes, subject, artifactType, annotations })
  if (digest !== reference) repository.tags.set(reference, digest)
  const headers = new Headers({
    location: `/v2/${name}/manifests/${reference}`,
    'docker-content-digest': digest,
  })
  if (subject !== undefined && options.referrersApi) headers.set('oci-subject', subject)
  options.onPush?.({
    repository: name,
    digest,
    ...(digest === reference ? {} : { tag: reference }),
  })
  return new Response(null, { status: 201, headers })
}

/** Fails for content that was not pushed before the manifest that names it; a subject may come later. */
function checkReferences(repository: Repository, { blobs, manifests }: ReadManifest): void {
  const missing =
    blobs.find((digest) => !repository.blobs.has(digest)) ??
    manifests.find((digest) => !repository.manifests.has(digest))
  if (missing === undefined) return
  throw new OciError(404, 'MANIFEST_BLOB_UNKNOWN', `${missing} was not pushed to this repository`)
}

function findManifest(repository: Repository, reference: string): StoredManifest {
  const digest = isDigest(reference) ? reference : (repository.tags.get(reference) ?? '')
  const found = repository.manifests.get(digest)
  if (found !== undefined) return found
  throw new OciError(404, 'MANIFEST_UNKNOWN', 'no such manifest in this repository')
}

/** By tag only the tag goes; by digest the manifest with all its tags. */
function deleteManifest(repository: Repository, reference: string): void {
  const { digest } = findManifest(repository, reference)
  if (reference !== digest) {
    repository.tags.delete(reference)
    return
  }
  repository.manifests.delete(digest)
  for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag)
}

function listTags(c: Context, name: string, store: Store): Response {
  const all = [...findRepository(store, name).tags.keys()].sort()
  const last = c.req.query('last') ?? ''
  const asked = Number(c.req.query('n') ?? Number.NaN)
  const limit = Number.isInteger(asked) && asked >= 0 ? asked : all.length
  const rest = all.filter((tag) => tag > last)
  const tags = rest.slice(0, limit)
  const response = Response.json({ name, tags })
  if (tags.length > 0 && tags.length < rest.length) {
    const next = new URLSearchParams({ n: `${limit}`, last: tags.at(-1) ?? '' })
    response.headers.set('link', `</v2/${name}/tags/list?${next}>; rel="next"`)
  }
  return response
}
