// The document of one sweep: how far it is and what it found. One step after another changes it.

import type { SigningEngine } from '../signing/engine.ts'
import type { FollowUp } from '../signing/task.ts'

/** What a sweep found wrong with a rule or a registry, and goes on without. */
export interface SweepError {
  /** Of a rule that cannot be swept; undefined where a registry or repository is concerned. */
  readonly rule?: string
  readonly registry: string
  readonly repository?: string
  readonly code: string
  readonly message: string
}

/** Why an artifact is to be looked at. */
export type DueReason =
  /** No signature of a profile stands. */
  | 'unsigned'
  /** The key has another certificate now. */
  | 'certificate-replaced'
  /** The signature is in its renewal window. */
  | 'expiring'
  /** The signature that was made is no longer listed. */
  | 'not-listed'

/** The document. At most MAX_DOCUMENT_ENTRIES of each list, so that it stays small. */
export interface SweepRun {
  readonly id: string
  readonly dryRun: boolean
  readonly state: 'running' | 'done'
  /** RFC 3339. */
  readonly startedAt: string
  readonly updatedAt: string
  readonly step: number
  /** Where it is. */
  readonly position: SweepPosition
  readonly counts: {
    readonly repositories: number
    /** And artifacts that were pushed by digest alone. */
    readonly tags: number
    readonly due: number
    /** Of those, left for another day because so many were signed again for a new certificate. */
    readonly postponed: number
  }
  /** What is due, the first of them. */
  readonly due: readonly { readonly reference: string; readonly reason: DueReason }[]
  /** Tags of referrers whose subject is gone, the first of them. They are never deleted. */
  readonly orphanedTags: readonly string[]
  readonly errors: readonly SweepError[]
}

/** What is still to be done, in this order: repositories, pages of tags, pages of catalogues, what has no tag. */
export interface SweepPosition {
  /** Of the registry whose repositories are being swept. */
  readonly registry: string | undefined
  /** Repositories of that registry, the one that is being swept first. */
  readonly repositories: readonly string[]
  /** Of the tags of that repository: behind which the page begins. */
  readonly lastTag?: string | undefined
  /** The last tag of that page that was swept, where a step did not come to its end. */
  readonly pageTag?: string | undefined
  /** Whether the catalogue of the registry is still to be read on, and from where. */
  readonly catalogue: { readonly last?: string | undefined } | undefined
  /** Registries that come after it. */
  readonly registries: readonly string[]
  /** Where to go on among what was pushed by digest alone, which comes last; undefined where no rule signs such. */
  readonly untagged: { readonly after?: string } | undefined
}

/** What a step found, to be added to its run. */
export interface StepFindings extends Pick<SweepRun, 'position'> {
  readonly repositories?: number
  readonly tags?: number
  readonly due?: SweepRun['due']
  readonly postponed?: number
  readonly orphanedTags?: readonly string[]
  readonly errors?: readonly SweepError[]
  readonly looks?: readonly FollowUp[]
}

/** What the last sweep that ended found; a dry one leaves it alone. */
export interface SweepFinding {
  /** RFC 3339. */
  readonly finishedAt: string
  /** Names of rules that could not be swept, in whole or in part. */
  readonly faultyRules: readonly string[]
}

/** Entries of each list of the document. */
export const MAX_DOCUMENT_ENTRIES = 100
/** The key of the run that is under way, or was last. */
const LATEST = 'sweep-latest'
/** The key of what the last sweep found. */
const FINDING = 'sweep-finding'
/** A run that was not heard of for so long is dead: its next step has been given up. */
export const STALE_RUN_MS = 2 * 3600 * 1000

/** Reads a run; the latest unless named. */
export async function readRun(engine: SigningEngine, id?: string): Promise<SweepRun | undefined> {
  const document = await engine.documents.read(id === undefined ? LATEST : keyOf(id))
  if (id !== undefined) return document as SweepRun | undefined
  const latest = (document as { id?: string } | undefined)?.id
  return latest === undefined ? undefined : readRun(engine, latest)
}

/** Stores a run. */
export async function writeRun(engine: SigningEngine, run: SweepRun): Promise<void> {
  await engine.documents.write(keyOf(run.id), run)
}

/** Makes a run the latest one, and forgets the one that was. */
export async function beginRun(engine: SigningEngine, run: SweepRun): Promise<void> {
  const before = (await engine.documents.read(LATEST)) as { id?: string } | undefined
  await writeRun(engine, run)
  await engine.documents.write(LATEST, { id: run.id })
  if (before?.id !== undefined) await engine.documents.write(keyOf(before.id), undefined)
}

/** Reads what the last sweep found; undefined before the first has ended. */
export async function readFinding(engine: SigningEngine): Promise<SweepFinding | undefined> {
  return (await engine.documents.read(FINDING)) as SweepFinding | undefined
}

/** Stores what a run found that has ended. */
export async function writeFinding(
  engine: SigningEngine,
  { updatedAt, errors }: SweepRun,
): Promise<void> {
  const faultyRules = [...new Set(errors.flatMap(({ rule }) => rule ?? []))]
  const finding: SweepFinding = { finishedAt: updatedAt, faultyRules }
  await engine.documents.write(FINDING, finding)
}

function keyOf(id: string): string {
  return `sweep-${id}`
}
