// The least that signing an image takes, as a process: the registry requests that the API makes for one, in the same
// order, and a signature with a local key. It checks nothing, and no verifier trusts what it makes.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import {
  type BenchImage,
  digestOf,
  expectStatus,
  inParallel,
  type PushTarget,
} from './signing-push.ts'

/** What the process is sent; it answers with the milliseconds that it took. */
export interface BareOrder extends PushTarget {
  readonly images: readonly BenchImage[]
  readonly parallel: number
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'
const SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature'
const ENVELOPE_TYPE = 'application/jose+json'
const EMPTY = Buffer.from('{}')
/** Three certificates of P-256 keys are about so long. */
const CHAIN = Array.from({ length: 3 }, () => randomBytes(550).toString('base64'))
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

process.on('message', async (order: BareOrder) => {
  await pushBlob(baseOf(order), EMPTY)
  const start = performance.now()
  await inParallel(order.images, order.parallel, (image) => signBarely(baseOf(order), image))
  process.send?.(performance.now() - start)
})

function baseOf({ host, repository }: PushTarget): string {
  return `http://${host}/v2/${repository}`
}

/** One cycle. */
async function signBarely(
  base: string,
  { tag, digest, mediaType, size }: BenchImage,
): Promise<void> {
  const accept = { headers: { accept: `${MANIFEST_TYPE}, ${INDEX_TYPE}` } }
  await expectStatus(200, `${base}/manifests/${digest}`, accept)
  await expectStatus(200, `${base}/manifests/${tag}`, { method: 'HEAD', ...accept })
  const listing = `${base}/manifests/${digest.replace(':', '-')}`
  await expectStatus(404, listing, accept)
  const subject = { mediaType, digest, size }
  const envelope = makeEnvelope(subject)
  await pushBlob(base, envelope)
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: SIGNATURE_TYPE,
    config: { mediaType: SIGNATURE_TYPE, digest: digestOf(EMPTY), size: EMPTY.length },
    layers: [{ mediaType: ENVELOPE_TYPE, digest: digestOf(envelope), size: envelope.length }],
    subject,
  })
  const own = { mediaType: MANIFEST_TYPE, digest: digestOf(manifest), size: manifest.length }
  await putManifest(`${base}/manifests/${own.digest}`, MANIFEST_TYPE, manifest)
  await expectStatus(404, listing, accept)
  const manifests = [{ ...own, artifactType: SIGNATURE_TYPE }]
  const index = jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests })
  await putManifest(listing, INDEX_TYPE, index)
  await expectStatus(200, listing, accept)
  await expectStatus(200, `${base}/manifests/${own.digest}`, accept)
  await expectStatus(200, `${base}/blobs/${digestOf(envelope)}`)
}

/** A JWS in its JSON form. */
function makeEnvelope(targetArtifact: object): Buffer {
  const payload = jsonBytes({ targetArtifact }).toString('base64url')
  const header = jsonBytes({ alg: 'ES256', signingTime: new Date() }).toString('base64url')
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), key).toString('base64url')
  return jsonBytes({ payload, protected: header, header: { x5c: CHAIN }, signature })
}

function jsonBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

async function putManifest(url: string, mediaType: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': mediaType }
  await expectStatus(201, url, { method: 'PUT', headers, body: new Uint8Array(body) })
}

async function pushBlob(base: string, bytes: Buffer): Promise<void> {
  const opened = await expectStatus(202, `${base}/blobs/uploads/`, { method: 'POST' })
  const upload = new URL(opened.headers.get('location') ?? '', base)
  upload.searchParams.set('digest', digestOf(bytes))
  const headers = { 'content-type': 'application/octet-stream' }
  const body = new Uint8Array(bytes)
  await expectStatus(201, upload.href, { method: 'PUT', headers, body })
}
