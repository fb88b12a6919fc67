// What the registry holds, in memory: it is gone when the process ends.

import { OciError } from './oci-error.ts'

/** A manifest as it was pushed, with what listing referrers needs of it. */
export interface StoredManifest {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Digest of the manifest that this one refers to. */
  readonly subject: string | undefined
  /** The manifest's own artifactType, else the media type of its config. */
  readonly artifactType: string | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
}

/** One repository's content. */
export interface Repository {
  readonly blobs: Map<string, Uint8Array<ArrayBuffer>>
  readonly manifests: Map<string, StoredManifest>
  /** Tag → digest. */
  readonly tags: Map<string, string>
  /** Upload session → what has arrived. */
  readonly uploads: Map<string, Uint8Array<ArrayBuffer>>
}

/** All repositories, and the room that is left. */
export interface Store {
  readonly repositories: Map<string, Repository>
  freeBytes: number
}

/** A store with room for so many bytes of blobs, manifests and uploads. */
export function createStore(capacityBytes: number): Store {
  return { repositories: new Map(), freeBytes: capacityBytes }
}

/** A repository to write to: made by the first push. */
export function openRepository(store: Store, name: string): Repository {
  const found = store.repositories.get(name)
  if (found !== undefined) return found
  const made = { blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map() }
  store.repositories.set(name, made)
  return made
}

/**
 * A repository to read from.
 *
 * @throws {OciError} `NAME_UNKNOWN`
 */
export function findRepository(store: Store, name: string): Repository {
  const found = store.repositories.get(name)
  if (found !== undefined) return found
  throw new OciError(404, 'NAME_UNKNOWN', 'nothing was pushed to this repository')
}

/**
 * Counts content in: deleted content makes no room again, so a full registry is started anew.
 *
 * @throws {OciError} `DENIED` when the registry is full
 */
export function claimRoom(store: Store, bytes: number): void {
  if (bytes > store.freeBytes)
    throw new OciError(507, 'DENIED', 'the registry is full: start it anew')
  store.freeBytes -= bytes
}
