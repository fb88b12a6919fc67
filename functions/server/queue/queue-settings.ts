// The environment variables of signing by rules.

import { NotationError } from '../../../shared/errors.ts'

/** Where the queue lies. */
export type QueuePlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** What they say. */
export interface QueueSettings {
  /** Undefined: nothing signs by itself, and `/v1/sign` signs at once. */
  readonly place: QueuePlace | undefined
  /** Path of signing-rules.json. */
  readonly rulesFile: string | undefined
  /** Tasks at once in this process. */
  readonly concurrency: number
  /** Minutes between two sweeps; 0: none but those that are asked for. */
  readonly sweepMinutes: number
}

/** Tasks mostly wait for registries and the service: more than this would wait for the service's gate. */
const DEFAULT_CONCURRENCY = 16
/** Each task at work has a manifest and an envelope in memory, and connections. */
const MAX_CONCURRENCY = 256
const DEFAULT_SWEEP_MINUTES = 15
/** The schedule is by the minute of the hour: with any other number the last gap of each hour would be shorter. */
const SWEEP_MINUTES: readonly string[] = '0 1 2 3 4 5 6 10 12 15 20 30'.split(' ')

/**
 * Reads them.
 *
 * @param variable - undefined for one that is not set
 * @throws {NotationError} `configuration-invalid`, naming the variable
 */
export function readQueueSettings(variable: (name: string) => string | undefined): QueueSettings {
  const number = (name: string, least: number, most: number): number | undefined => {
    const text = variable(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (/^[0-9]{1,3}$/.test(text) && value >= least && value <= most) return value
    throw refused(`${name} is not a number from ${least} to ${most}`)
  }
  return {
    place: readPlace(variable),
    rulesFile: variable('SIGNING_RULES'),
    concurrency: number('SIGNING_CONCURRENCY', 1, MAX_CONCURRENCY) ?? DEFAULT_CONCURRENCY,
    sweepMinutes: readSweepMinutes(variable('SWEEP_MINUTES')),
  }
}

function readSweepMinutes(text = String(DEFAULT_SWEEP_MINUTES)): number {
  if (SWEEP_MINUTES.includes(text)) return Number(text)
  throw refused(`SWEEP_MINUTES is none of ${SWEEP_MINUTES.join(', ')}`)
}

function readPlace(variable: (name: string) => string | undefined): QueuePlace | undefined {
  const folder = variable('QUEUE_DIR')
  const url = variable('QUEUE_URL')
  if (folder !== undefined && url !== undefined)
    throw refused('QUEUE_DIR and QUEUE_URL are both set; the queue lies in one place')
  if (url !== undefined) {
    if (!/^postgres(ql)?:\/\//.test(url))
      throw refused('QUEUE_URL is no connection string of PostgreSQL, "postgres://…"')
    return { kind: 'postgres', url }
  }
  if (folder === undefined) return undefined
  // Its machines come and go, and their disks with them.
  if (variable('DENO_DEPLOYMENT_ID') !== undefined)
    throw refused(
      'QUEUE_DIR is set on Deno Deploy, which keeps no folder; set QUEUE_URL to a PostgreSQL',
    )
  return { kind: 'folder', folder }
}

function refused(found: string): NotationError {
  return new NotationError('configuration-invalid', `Cannot start: ${found}`)
}
