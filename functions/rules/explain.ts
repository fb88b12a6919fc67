// POST /v1/rules/explain: which rules an image meets, and why the others do not apply. It asks what the worker asks,
// and signs nothing.

import { z } from 'zod'
import type { Descriptor } from '../../shared/descriptor.ts'
import { isImageIndex } from '../../shared/registry/image-index.ts'
import { MANIFEST_MEDIA_TYPES } from '../../shared/registry/media-types.ts'
import type { Reference } from '../../shared/registry/reference.ts'
import { referenceSchema } from '../artifact-schema.ts'
import type { Deps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'
import { MAX_SIGN_REQUEST_BYTES } from '../limits.ts'
import { artifactOf, readReference, registryOf, repositoryOf } from '../registries.ts'
import { readJsonBody } from '../request-body.ts'
import { signingOf } from '../signing/signing.ts'
import { fetchSubjectManifest } from '../signing/subject-manifest.ts'
import { authorizeSight } from '../status/visible-repository.ts'
import {
  type ArtifactFacts,
  explainRules,
  OCI_IMAGE_CONFIG,
  type RuleDecision,
} from './match-rules.ts'

/** Body of `POST /v1/rules/explain`. */
export const explainSchema = z
  .strictObject({
    reference: referenceSchema,
    mediaType: z
      .enum(MANIFEST_MEDIA_TYPES)
      .optional()
      .describe('of a manifest that may not be there yet: then the registry is not asked'),
    artifactType: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe(
        "its artifact type, or its config's media type; left out, that of a container image",
      ),
  })
  .refine(({ mediaType, artifactType }) => mediaType !== undefined || artifactType === undefined, {
    path: ['artifactType'],
    error: 'goes with "mediaType" alone',
  })

/** What of an artifact is its manifest's. */
interface Manifest extends Pick<ArtifactFacts, 'isReferrer' | 'isIndex' | 'artifactType'> {
  /** Undefined where the caller says what it is. */
  readonly descriptor: Descriptor | undefined
}

/** `POST /v1/rules/explain`: by a tag as if that was pushed, by a digest as if nothing but it was. */
export async function explain({ request, caller, deps, note }: Exchange): Promise<object> {
  const body = await readJsonBody(request, explainSchema, MAX_SIGN_REQUEST_BYTES)
  const reference = readReference(body.reference)
  const repository = repositoryOf(reference)
  note({ repository })
  authorizeSight(caller, repository)
  const { rules } = signingOf(deps)
  const manifest = await findManifest(reference, body, deps)
  const { descriptor } = manifest
  if (descriptor !== undefined) note({ artifactDigest: descriptor.digest })
  const tags = reference.tag === undefined ? [] : [reference.tag]
  const isUntagged = tags.length === 0
  const facts = { ...manifest, repository, tags, isUntagged, parentRules: [] }
  return {
    artifact:
      descriptor === undefined
        ? { reference: body.reference }
        : artifactOf({ ...reference, digest: descriptor.digest }, descriptor),
    rules: explainRules(rules, facts).map(describeDecision),
  }
}

async function findManifest(
  reference: Reference,
  { mediaType, artifactType }: z.output<typeof explainSchema>,
  deps: Deps,
): Promise<Manifest> {
  if (mediaType !== undefined) {
    const isIndex = isImageIndex(mediaType)
    const assumedType = isIndex ? undefined : OCI_IMAGE_CONFIG
    const type = artifactType ?? assumedType
    return { descriptor: undefined, isReferrer: false, isIndex, artifactType: type }
  }
  const registry = registryOf(reference, deps)
  const { digest } = await registry.resolve(reference)
  const manifest = await fetchSubjectManifest({ ...reference, digest }, registry)
  const isReferrer = manifest.subjectDigest !== undefined || manifest.isStatement
  return { ...manifest, isReferrer }
}

function describeDecision(decision: RuleDecision): object {
  const { name, profile, requiredStatement, maxSignaturesPerDay } = decision.rule
  if (!decision.applies) return { name, applies: false, reason: decision.reason }
  const { signsItself, signsChildren } = decision
  // Whether these hold is asked when it is signed, and may change until then.
  const conditions = {
    ...(requiredStatement === undefined ? {} : { signedBy: requiredStatement }),
    ...(maxSignaturesPerDay === undefined ? {} : { maxSignaturesPerDay }),
  }
  return { name, applies: true, signsItself, signsChildren, profile, conditions }
}
