// Pushes images to sign. Each is a new one: an image keeps its old signatures, and one good signature is
// enough for a verification, so a test that reuses an image proves nothing about the new signature.

import { createHash, randomUUID } from 'node:crypto'

/** An image that no one has signed. */
export interface FreshImage {
  /** `host/repository@sha256:…`. */
  readonly reference: string
  readonly host: string
  readonly repository: string
  readonly digest: string
  readonly mediaType: string
  readonly size: number
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'

/**
 * Pushes an image without layers to a registry that speaks plain HTTP.
 *
 * @param host - `127.0.0.1:5000`
 * @param revision - makes the image what it is: given again, it is the same image, for another repository
 */
export async function pushFreshImage(
  host: string,
  repository: string,
  revision: string = randomUUID(),
): Promise<FreshImage> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      config: { Labels: { 'org.opencontainers.image.revision': revision } },
    }),
  )
  const base = `http://${host}/v2/${repository}`
  const opened = await send(`${base}/blobs/uploads/`, { method: 'POST' })
  const upload = new URL(opened.headers.get('location') ?? '', base)
  upload.searchParams.set('digest', digestOf(config))
  await send(upload.href, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: config,
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: [],
    }),
  )
  const digest = digestOf(manifest)
  await send(`${base}/manifests/${digest}`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST },
    body: manifest,
  })
  const reference = `${host}/${repository}@${digest}`
  return { reference, host, repository, digest, mediaType: MANIFEST, size: manifest.length }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.ok) return response
  throw new Error(`${init.method} ${url} answered ${response.status}: ${await response.text()}`)
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
