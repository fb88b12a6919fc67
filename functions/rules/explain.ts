// POST /v1/rules/explain: which rules an image meets, and why the others do not apply. It asks what the worker asks,
// and signs nothing.

import { z } from 'zod'
import { referenceSchema } from '../artifact-schema.ts'
import type { Exchange } from '../exchange.ts'
import { MAX_SIGN_REQUEST_BYTES } from '../limits.ts'
import { artifactOf, readReference, registryOf, repositoryOf } from '../registries.ts'
import { readJsonBody } from '../request-body.ts'
import { signingOf } from '../signing/signing.ts'
import { fetchSubjectManifest, type SubjectManifest } from '../signing/subject-manifest.ts'
import { authorizeSight } from '../status/visible-repository.ts'
import { explainRules, type RuleDecision } from './match-rules.ts'

/** Body of `POST /v1/rules/explain`. */
export const explainSchema = z.strictObject({ reference: referenceSchema })

/** `POST /v1/rules/explain`: by a tag as if that was pushed, by a digest as if nothing but it was. */
export async function explain({ request, caller, deps, note }: Exchange): Promise<object> {
  const body = await readJsonBody(request, explainSchema, MAX_SIGN_REQUEST_BYTES)
  const reference = readReference(body.reference)
  const repository = repositoryOf(reference)
  note({ repository })
  authorizeSight(caller, repository)
  const { rules } = signingOf(deps)
  const registry = registryOf(reference, deps)
  const { digest } = await registry.resolve(reference)
  note({ artifactDigest: digest })
  const manifest = await fetchSubjectManifest({ ...reference, digest }, registry)
  const tags = reference.tag === undefined ? [] : [reference.tag]
  const decisions = explainRules(rules, {
    repository,
    tags,
    isUntagged: tags.length === 0,
    parentRules: [],
    isIndex: manifest.isIndex,
    artifactType: manifest.artifactType,
  })
  return {
    artifact: artifactOf({ ...reference, digest }, manifest.descriptor),
    rules: decisions.map((decision) => describeDecision(decision, manifest)),
  }
}

function describeDecision(
  decision: RuleDecision,
  { subjectDigest, isStatement }: SubjectManifest,
): object {
  const { name, profile } = decision.rule
  if (subjectDigest !== undefined || isStatement)
    return { name, applies: false, reason: 'referrer' }
  if (!decision.applies) return { name, applies: false, reason: decision.reason }
  const { signsItself, signsChildren } = decision
  return { name, applies: true, signsItself, signsChildren, profile }
}
