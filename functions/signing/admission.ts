// Whether a signature may be made now: what a rule requires to stand already, and how many it may make a day.

import { NotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import { verifyArtifact } from '../../shared/verify/verify-artifact.ts'
import { fetchSignatures } from '../artifact-signatures.ts'
import { MAX_RESIGNED_PER_DAY } from '../limits.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import { trustBundleOf } from '../trust-bundle.ts'
import type { ActorContext } from './engine.ts'
import type { Replacement, Resting } from './profile-work.ts'
import type { SigningWorld } from './signing-world.ts'
import { formatSubject } from './subject.ts'
import type { SubjectManifest } from './subject-manifest.ts'

/** What is asked about. */
export interface AdmissionQuestion {
  /** Of the profile: one that admits is enough. */
  readonly rules: readonly SigningRule[]
  /** Of the profile and its sign request: asking twice for one takes nothing more. */
  readonly requestName: string
  readonly replaces: Replacement
  readonly manifest: SubjectManifest
  readonly registry: Registry
}

/**
 * Asks the rules of a profile whether it may be signed.
 *
 * @returns undefined where one of them admits it, and has counted it; else the state to rest in
 * @throws {NotationError} the registry's codes; `policy-invalid` for a statement that the trust bundle no longer has
 */
export async function admitByRules(
  question: AdmissionQuestion,
  scene: ActorContext & { readonly world: SigningWorld },
): Promise<Resting | undefined> {
  const satisfied: SigningRule[] = []
  for (const rule of question.rules) {
    const { requiredStatement } = rule
    const isMet =
      requiredStatement === undefined || (await isSignedBy(requiredStatement, question, scene))
    if (isMet) satisfied.push(rule)
  }
  if (satisfied.length === 0) return waiting(question.rules)
  const now = scene.world.now()
  if (!(await takeFromRotation(question, scene))) return heldForRotation(now)
  for (const rule of satisfied) if (await takeFromBudget(rule, question, scene)) return undefined
  return held(satisfied, now)
}

async function isSignedBy(
  name: string,
  { manifest, registry }: AdmissionQuestion,
  { subject, world }: ActorContext & { readonly world: SigningWorld },
): Promise<boolean> {
  const { deps } = world
  const bundle = trustBundleOf(deps)
  const statement = bundle.trustPolicy.statements.find((candidate) => candidate.name === name)
  if (statement === undefined) {
    const found = `the trust policy has no statement "${name}", which a rule requires a signature by`
    throw new NotationError('policy-invalid', `Cannot decide whether to sign: ${found}`)
  }
  // The rule names the statement; the scopes that it has for verifiers are not asked.
  const trustPolicy = {
    ...bundle.trustPolicy,
    statements: [{ ...statement, registryScopes: ['*'] }],
  }
  const { descriptor } = manifest
  const reference = formatSubject(subject)
  const located = { registry, repository: subject.repository, artifact: { reference, descriptor } }
  const verdict = await verifyArtifact(
    { reference, descriptor, signatures: fetchSignatures(located, descriptor), stopAtFirst: true },
    {
      bundle: { ...bundle, trustPolicy },
      crypto: world.crypto,
      now: world.now(),
      maxSignatures: deps.configuration.maxSignatures,
      chains: deps.chains,
      revocation: deps.createRevocationChecker(),
    },
  )
  // Level skip verifies without any signature: that is none.
  return verdict.verified && verdict.signatures.some(({ verified }) => verified)
}

async function takeFromBudget(
  { name, maxSignaturesPerDay }: SigningRule,
  { requestName }: AdmissionQuestion,
  { subject, ledger, world }: ActorContext & { readonly world: SigningWorld },
): Promise<boolean> {
  if (maxSignaturesPerDay === undefined) return true
  return ledger.take(
    `rule:${name}`,
    dayOf(world.now()),
    maxSignaturesPerDay,
    `${formatSubject(subject)} ${requestName}`,
  )
}

/** A rotation must not spend a month's signatures in an hour. */
async function takeFromRotation(
  { replaces, requestName }: AdmissionQuestion,
  { subject, ledger, world }: ActorContext & { readonly world: SigningWorld },
): Promise<boolean> {
  if (replaces === 'nothing') return true
  const token = `${formatSubject(subject)} ${requestName}`
  return ledger.take('rotation', dayOf(world.now()), MAX_RESIGNED_PER_DAY, token)
}

/** UTC. */
function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10)
}

function waiting(rules: readonly SigningRule[]): Resting {
  const statements = rules.map(({ requiredStatement = '' }) => `"${requiredStatement}"`)
  const message = `waits for a signature that satisfies the trust policy statement ${statements.join(' or ')}`
  return { state: 'WAITING', code: 'signature-required', message }
}

function held(rules: readonly SigningRule[], now: Date): Resting {
  const names = rules.map(({ name }) => `"${name}"`).join(' and ')
  const message = `the signatures of ${dayOf(now)} (UTC) of rule ${names} are used up; ${TAKEN_UP}`
  return { state: 'HELD', code: 'daily-limit-reached', message }
}

function heldForRotation(now: Date): Resting {
  const message = `the ${MAX_RESIGNED_PER_DAY} signatures of ${dayOf(now)} (UTC) for replaced certificates are used up; ${TAKEN_UP}`
  return { state: 'HELD', code: 'rotation-limit-reached', message }
}

const TAKEN_UP = 'a sweep of another day takes it up again'
