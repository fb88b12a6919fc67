// Pushes a tiny image of its own kind each time, so that no earlier signature can speak for it.

import { createHash, randomUUID } from 'node:crypto'

/** An image in a registry. */
export interface PushedImage {
  /** `host/repository:tag`. */
  readonly reference: string
  /** `host/repository@sha256:…`. */
  readonly digestReference: string
  readonly digest: string
  readonly mediaType: string
  readonly size: number
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar'
/** A tar archive with nothing in it: two zero blocks (POSIX ustar). */
const EMPTY_TAR = new Uint8Array(1024)

/**
 * Pushes an image with one empty layer over plain HTTP.
 *
 * @param host - `127.0.0.1:5000`
 * @param repository - `team/app`
 * @param fetch - reaches the registry
 */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<PushedImage> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { 'org.opencontainers.image.revision': randomUUID() } },
      rootfs: { type: 'layers', diff_ids: [digestOf(EMPTY_TAR)] },
    }),
  )
  await pushBlob(host, repository, config, fetch)
  await pushBlob(host, repository, EMPTY_TAR, fetch)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: LAYER_TYPE, digest: digestOf(EMPTY_TAR), size: EMPTY_TAR.length }],
    }),
  )
  const url = `http://${host}/v2/${repository}/manifests/${tag}`
  await expectStatus(
    201,
    url,
    {
      method: 'PUT',
      headers: { 'content-type': MANIFEST_TYPE },
      body: manifest,
    },
    fetch,
  )
  const digest = digestOf(manifest)
  return {
    reference: `${host}/${repository}:${tag}`,
    digestReference: `${host}/${repository}@${digest}`,
    mediaType: MANIFEST_TYPE,
    size: manifest.length,
    digest,
  }
}

async function pushBlob(
  host: string,
  repository: string,
  bytes: Uint8Array<ArrayBuffer>,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const start = `http://${host}/v2/${repository}/blobs/uploads/`
  const opened = await expectStatus(202, start, { method: 'POST' }, fetch)
  const upload = new URL(opened.headers.get('location') ?? '', start)
  upload.searchParams.set('digest', digestOf(bytes))
  const headers = { 'content-type': 'application/octet-stream' }
  await expectStatus(201, upload.href, { method: 'PUT', headers, body: bytes }, fetch)
}

async function expectStatus(
  status: number,
  url: string,
  init: RequestInit,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  const response = await fetch(url, init)
  if (response.status === status) return response
  throw new Error(
    `Cannot push the image: ${init.method} ${url} answered ${response.status}, not ${status}`,
  )
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
