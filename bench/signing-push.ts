// Images for the bench of signing on push: each of its own config and no layer, pushed as fast as the registry
// takes them.

import { createHash, randomUUID } from 'node:crypto'

/** An image that is in the registry. */
export interface BenchImage {
  readonly tag: string
  readonly digest: string
  readonly mediaType: string
  readonly size: number
  /** When the registry had taken it, in milliseconds since 1970. */
  readonly pushedAtMs: number
}

/** Where images go. */
export interface PushTarget {
  /** `127.0.0.1:5000`, over plain HTTP. */
  readonly host: string
  readonly repository: string
}

/** Requests for each image: the config in two, and the manifest. */
export const REQUESTS_PER_PUSH = 3
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'

/** Does so much at once, over items in their order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  parallel: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  const lane = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await work(item)
  }
  await Promise.all(Array.from({ length: parallel }, lane))
  return results
}

/** Pushes images of the tags `v0`, `v1` and so on. */
export function pushImages(
  target: PushTarget,
  count: number,
  parallel: number,
): Promise<readonly BenchImage[]> {
  const tags = Array.from({ length: count }, (_, i) => `v${i}`)
  return inParallel(tags, parallel, (tag) => pushBenchImage(target, tag))
}

/** Pushes one image. */
export async function pushBenchImage(
  { host, repository }: PushTarget,
  tag: string,
): Promise<BenchImage> {
  const config = Buffer.from(JSON.stringify({ created: randomUUID() }))
  const base = `http://${host}/v2/${repository}`
  const opened = await expectStatus(202, `${base}/blobs/uploads/`, { method: 'POST' })
  const upload = new URL(opened.headers.get('location') ?? '', base)
  upload.searchParams.set('digest', digestOf(config))
  const headers = { 'content-type': 'application/octet-stream' }
  await expectStatus(201, upload.href, { method: 'PUT', headers, body: config })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
      layers: [],
    }),
  )
  await expectStatus(201, `${base}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST_TYPE },
    body: manifest,
  })
  const described = { digest: digestOf(manifest), mediaType: MANIFEST_TYPE, size: manifest.length }
  return { tag, ...described, pushedAtMs: Date.now() }
}

/** Asks, reads the answer to its end, and gives its headers. */
export async function expectStatus(
  status: number,
  url: string,
  init: RequestInit = {},
): Promise<{ readonly headers: Headers; readonly body: Uint8Array }> {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (response.status === status) return { headers: response.headers, body }
  throw new Error(
    `Cannot measure: ${init.method ?? 'GET'} ${url} answered ${response.status}, not ${status}`,
  )
}

/** As OCI writes it. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
