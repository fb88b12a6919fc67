// Pushes blobs and manifests (OCI distribution specification v1.1 §Pushing).

import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import type { Answer } from './exchange.ts'
import { refusal } from './refusal.ts'
import type { Transport } from './transport.ts'

/** A push answers with headers only; its body is not for us. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Whether the repository has a blob.
 *
 * @throws {NotationError} the codes of exchange; any answer but 200 is a no, because pushing will tell
 */
export async function hasBlob(
  repository: string,
  { digest }: Descriptor,
  transport: Transport,
): Promise<boolean> {
  const url = `/v2/${repository}/blobs/${digest}`
  const access = 'pull,push'
  const answer = await transport({
    method: 'HEAD',
    url,
    repository,
    access,
    maxBytes: MAX_ANSWER_BYTES,
  })
  return answer.status === 200
}

/**
 * Pushes a blob. One that the repository has is pushed again, which changes nothing.
 *
 * @throws {NotationError} the codes of refusal and exchange
 */
export async function pushBlob(
  repository: string,
  { digest }: Descriptor,
  bytes: Uint8Array,
  transport: Transport,
): Promise<void> {
  const action = `push a blob to "${repository}"`
  const common = { repository, access: 'pull,push', maxBytes: MAX_ANSWER_BYTES } as const
  const url = `/v2/${repository}/blobs/uploads/`
  const opened = await transport({ ...common, method: 'POST', url })
  if (opened.status !== 202) throw refusal(action, opened)
  const pushed = await transport({
    ...common,
    method: 'PUT',
    url: uploadTarget(action, opened, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  if (pushed.status !== 201) throw refusal(action, pushed)
}

/**
 * Pushes a manifest.
 *
 * @param reference - its digest, or a tag
 * @param headers - besides its Content-Type
 * @returns the registry's answer, of status 201 or, to a conditional push, 412
 * @throws {NotationError} the codes of refusal and exchange
 */
export async function pushManifest(
  repository: string,
  reference: string,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  transport: Transport,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await transport({
    method: 'PUT',
    url: `/v2/${repository}/manifests/${reference}`,
    repository,
    access: 'pull,push',
    headers: { 'content-type': manifest.mediaType, ...headers },
    body: manifest.bytes,
    maxBytes: MAX_ANSWER_BYTES,
  })
  if (answer.status === 201 || answer.status === 412) return answer
  throw refusal(`push the manifest "${reference}" to "${repository}"`, answer)
}

/** Where the registry wants the blob; its query is part of the upload and stays. */
function uploadTarget(action: string, opened: Answer, digest: string): URL {
  const target = URL.parse(opened.headers.get('location') ?? 'none:', opened.url)
  if (target === null || target.protocol === 'none:') {
    throw new NotationError(
      'registry-answer-invalid',
      `Cannot ${action}: "${opened.url.host}" names no place for the upload`,
    )
  }
  target.searchParams.set('digest', digest)
  return target
}
