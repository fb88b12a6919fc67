// A case of the corpus as its file holds it, and where the files lie. What the members mean to other
// implementations stands in README.md; how cases are made, in groups/.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Descriptor } from '../../shared/descriptor.ts'
import type { JsonValue } from '../../shared/json.ts'
import type { Check, CheckCode, RejectionCode } from '../../shared/verify/outcome.ts'

/** Who made the signature, or the trust policy, of a case. */
export type Origin =
  | 'builder'
  | 'hand-written'
  | 'notation-core-go v1.3.0'
  | 'notation v1.3.2 with its own key'
  | 'notation v1.3.2 with this plugin'

/** One of an artifact's signatures, or one that is listed and cannot be fetched. */
export type CaseSignature =
  | { readonly mediaType: string; readonly envelope: string }
  | { readonly unavailable: string }

/** What a revocation server answers; the body is base64. */
export interface CaseServer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What is trusted: stores by `type:name`, or the files of notation's configuration folder by their paths. */
export interface CaseBundle {
  readonly trustPolicy: JsonValue
  readonly trustStores?: Readonly<Record<string, readonly string[]>>
  readonly files?: Readonly<Record<string, string>>
  /** Installed verification plugins: none unless given. Null where the verifier knows of no plugins at all. */
  readonly plugins?: InstalledPlugins | null
}

/** What plugins answer, by their name and the command; they fail at any other command. */
export type InstalledPlugins = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>

/** Codes of what is refused. */
export type RefusalCode = 'policy-invalid' | 'trust-store-invalid' | 'reference-invalid'

/** What is to be found. */
export interface Expected {
  /** `refused`: the bundle or the reference is, and there is no verdict. */
  readonly verdict: 'verified' | 'rejected' | 'refused'
  /** What decided against it: the first enforced check that failed, the artifact, the bundle or the reference. */
  readonly decidedBy?: Check['type'] | 'artifact' | 'bundle' | 'reference'
  readonly code?: CheckCode | RejectionCode | RefusalCode
  readonly message?: string
  /** The message holds notation-go's sentence word for word; absent where the words are ours. */
  readonly words?: 'notation-go'
  /** Of the first signature: which check passed, failed, was skipped or was not reached. */
  readonly checks?: Readonly<Partial<Record<Check['type'], string>>>
}

/** What notation-go v1.3.2 answers; `error` is null where it verifies. */
export interface ReferenceAnswer {
  readonly verdict: Expected['verdict']
  readonly error: string | null
}

/** A case's file, but for what is found when it is written. */
export interface CaseInput {
  readonly title: string
  /** Rows of the table of differences, or parts of specifications. */
  readonly shows: readonly string[]
  readonly origin: Origin
  readonly bundle: CaseBundle
  /** `registry/repository@digest`. */
  readonly reference: string
  readonly descriptor: Descriptor
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly signatures: readonly CaseSignature[]
  /** The moment to verify at, where it decides; any from 2026 to 2049 else. RFC 3339. */
  readonly at?: string
  /** OCSP and CRL servers by URL, or by its beginning as OCSP's GET needs it; any other refuses connections. */
  readonly servers?: Readonly<Record<string, CaseServer>>
}

/** A case's file. */
export interface CorpusCase extends CaseInput {
  readonly expected: Expected
  /** Null where it cannot be asked: its clock cannot be set. */
  readonly notationGo: ReferenceAnswer | null
}

/** A case with the `group/name` of its file. */
export type NamedCase = CorpusCase & { readonly id: string }

/** An intended difference between the two verdicts of some cases. */
export interface Difference {
  /** Of the table in README.md; absent where the reader of bytes is stricter than Go's. */
  readonly row?: number
  readonly reason: string
  readonly cases: readonly string[]
}

/** The folder of the cases. */
export const CASES_FOLDER = join(import.meta.dirname, 'cases')

/** The file of the intended differences. */
export const DIFFERENCES_FILE = join(import.meta.dirname, 'differences.json')

/** All cases, in the order of their names. */
export function readCases(): readonly NamedCase[] {
  return globSync('*/*.json', { cwd: CASES_FOLDER })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({
      id: path.slice(0, -'.json'.length),
      ...(JSON.parse(readFileSync(join(CASES_FOLDER, path), 'utf8')) as CorpusCase),
    }))
}

/** The table of intended differences. */
export function readDifferences(): readonly Difference[] {
  return JSON.parse(readFileSync(DIFFERENCES_FILE, 'utf8')) as readonly Difference[]
}

/** True where our message holds notation-go's sentence. */
export function hasWordsOf({
  expected,
  notationGo,
}: Pick<CorpusCase, 'expected' | 'notationGo'>): boolean {
  const error = notationGo?.error ?? undefined
  return error !== undefined && expected.message?.includes(error) === true
}

/** True where both have a verdict and it is not the same. */
export function isDifferent({
  expected,
  notationGo,
}: Pick<CorpusCase, 'expected' | 'notationGo'>): boolean {
  return notationGo !== null && expected.verdict !== notationGo.verdict
}
