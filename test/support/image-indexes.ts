// Image indexes in the registry of the test API, with children that are pushed and signed as a test wants.

import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { image, REGISTRY, REPOSITORY, type TestApi } from './api.ts'

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** A manifest in the registry, as an index names it. */
export interface PushedChild {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: object
  readonly annotations?: object
}

/** What an attestation of BuildKit has in an index. */
export const ATTESTATION = {
  platform: { architecture: 'unknown', os: 'unknown' },
  annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
}

/** `os/architecture/variant` as an index writes it. */
export function platformOf(text: string): { readonly platform: object } {
  const [os, architecture, variant] = text.split('/')
  return { platform: { architecture, os, ...(variant === undefined ? {} : { variant }) } }
}

/** Pushes a new image that is signed unless told otherwise. */
export async function pushChild(
  api: TestApi,
  named: Pick<PushedChild, 'platform' | 'annotations'> = {},
  { isSigned = true } = {},
): Promise<PushedChild> {
  const { descriptor } = await image(api, 'child')
  const child = { ...(descriptor as PushedChild), ...named }
  if (isSigned) await signByDigest(api, child.digest)
  return child
}

/** Pushes an index of these children; what is in `others` stands beside or in place of its members. */
export async function pushIndex(
  api: TestApi,
  manifests: readonly unknown[],
  { mediaType = OCI_INDEX, others = {} }: { mediaType?: string; others?: object } = {},
): Promise<PushedChild & { readonly reference: string }> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...others }))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const url = `http://${REGISTRY}/v2/${REPOSITORY}/manifests/${digest}`
  const headers = { 'content-type': mediaType }
  const answer = await api.fetch(url, { method: 'PUT', headers, body: bytes })
  expect(answer.status, await answer.text()).toBe(201)
  const reference = `${REGISTRY}/${REPOSITORY}@${digest}`
  return { mediaType, digest, size: bytes.length, reference }
}

/** Has whatever has this digest signed. */
export async function signByDigest(api: TestApi, digest: string): Promise<void> {
  const reference = `${REGISTRY}/${REPOSITORY}@${digest}`
  const answer = await api.post('/v1/sign', { keyId: 'my-key', reference })
  expect(answer.status, await answer.clone().text()).toBe(200)
}
