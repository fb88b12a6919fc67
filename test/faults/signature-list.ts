// The list of an image's signatures where a registry has no referrers API: a tag of its own.

import type { ToldImage } from './faulted-worker.ts'

type Image = Pick<ToldImage, 'repository' | 'digest'>

const INDEX = 'application/vnd.oci.image.index.v1+json'

/** Whether a request writes such a list. */
export function isListWritten({
  method,
  url,
}: {
  readonly method?: string | undefined
  readonly url?: string | undefined
}): boolean {
  return method === 'PUT' && /\/manifests\/sha256-[0-9a-f]{64}$/.test(url ?? '')
}

/** Digests of the signatures that the list has. Nothing, too, while the registry is away. */
export async function listUnderTag(
  host: string,
  { repository, digest }: Image,
): Promise<readonly string[]> {
  const url = `http://${host}/v2/${repository}/manifests/${digest.replace(':', '-')}`
  const answer = await fetch(url).catch(() => undefined)
  if (answer?.ok !== true) return []
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
  return manifests.map(({ digest: signature }) => signature)
}

/**
 * Does what an operator has to where a registry was killed while it wrote the list: Distribution answers 500 for it from
 * then on ("invalid checksum digest format"), and what it listed nobody can know. An empty index is pushed there.
 *
 * @returns whether it was torn
 */
export async function mendTornList(host: string, { repository, digest }: Image): Promise<boolean> {
  const list = `http://${host}/v2/${repository}/manifests/${digest.replace(':', '-')}`
  const { status } = await fetch(list, { headers: { accept: INDEX } })
  if (status !== 500) return false
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] })
  const { ok } = await fetch(list, { method: 'PUT', headers: { 'content-type': INDEX }, body })
  return ok
}
