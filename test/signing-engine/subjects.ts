// Artifacts that no registry has, for tests of engines.

import type { Subject } from '../../functions/signing/subject.ts'
import type { SubjectState } from '../../functions/signing/subject-state.ts'
import type { Look } from '../../functions/signing/task.ts'

/** One of many subjects. */
export function subjectOf(i: number): Subject {
  const digest = `sha256:${i.toString(16).padStart(64, '0')}`
  return { registry: 'registry.example.com', repository: 'team/app', digest }
}

/** A look at a subject. */
export function lookAt(subject: Subject, changes: Partial<Look> = {}): Look {
  return { kind: 'look', ...subject, reason: 'event', heardAt: '2026-01-01T00:00:00Z', ...changes }
}

/** A state that says no more than when it was written. */
export function stateOf(subject: Subject, updatedAt: string): SubjectState {
  return { subject, hints: { tags: [], parents: [], isUntagged: false }, profiles: {}, updatedAt }
}
