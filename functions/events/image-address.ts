// Names of images as senders write them in one text, `host/repository`, with a tag, a digest, both or none
// behind it. Its parts are told apart and not checked: that is done with every hint (select-hints.ts).

import type { ArtifactHint } from './source-type.ts'

const ADDRESS = /^([^/]+)\/([^:@]+)(?::([^@/]*))?(?:@(.*))?$/

/** The parts of a name; undefined where it has no host or no repository. An empty tag is none. */
export function readImageAddress(text: string): ArtifactHint | undefined {
  const [, registry, repository, tag, digest] = ADDRESS.exec(text) ?? []
  if (repository === undefined) return undefined
  return { registry, repository, tag: tag || undefined, digest }
}
