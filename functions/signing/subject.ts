// The subject of a signing actor: one artifact of one repository of one registry.

import { encodeUtf8, toHex } from '../../shared/bytes.ts'
import type { Crypto } from '../../shared/crypto.ts'

/** One artifact, whatever tags point to it. */
export interface Subject {
  /** Host of the registry, as CONFIG setting `registries` writes it. */
  readonly registry: string
  /** Without the host. */
  readonly repository: string
  /** `sha256:…` */
  readonly digest: string
}

/** `host/repository`, as rules and grants write it. */
export function formatRepository({
  registry,
  repository,
}: Pick<Subject, 'registry' | 'repository'>): string {
  return `${registry}/${repository}`
}

/** `host/repository@digest`. */
export function formatSubject({ registry, repository, digest }: Subject): string {
  return `${registry}/${repository}@${digest}`
}

/** The name of a subject's actor: SHA-256 in lower-case hexadecimal, the same on every runtime and for ever. */
export async function subjectKey(subject: Subject, crypto: Crypto): Promise<string> {
  return toHex(await crypto.digest('SHA-256', encodeUtf8(formatSubject(subject))))
}
