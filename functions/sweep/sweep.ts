// POST /v1/sweep and GET /v1/sweep: has everything that the rules name looked through, and shows how far that is.

import { z } from 'zod'
import { NotationError } from '../../shared/errors.ts'
import { authorize } from '../callers.ts'
import type { Exchange } from '../exchange.ts'
import { MAX_SIGN_REQUEST_BYTES } from '../limits.ts'
import { detailOf } from '../problem.ts'
import { readJsonBody } from '../request-body.ts'
import { readQuery } from '../request-query.ts'
import { signingOf } from '../signing/signing.ts'
import { startSweep } from './start-sweep.ts'
import { readRun, type SweepRun } from './sweep-run.ts'

/** Body of `POST /v1/sweep`. Whether it costs signatures is to be said, not assumed. */
export const sweepSchema = z.strictObject({ dryRun: z.boolean() })

/** `POST /v1/sweep`: starts a run, or gives the one that is under way. */
export async function sweep({ request, caller, deps, note }: Exchange): Promise<object> {
  authorize(caller, { permission: 'sweep' })
  const { dryRun } = await readJsonBody(request, sweepSchema, MAX_SIGN_REQUEST_BYTES)
  const { engine, rules } = signingOf(deps)
  const run = await startSweep({ engine, rules, now: deps.now, dryRun })
  note({ run: run.id, dryRun: run.dryRun })
  return describeRun(run)
}

/** `GET /v1/sweep?run=`: the latest run unless named. A run is kept until the next one begins. */
export async function showSweep({ request, caller, deps }: Exchange): Promise<object> {
  authorize(caller, { permission: 'sweep' })
  const { run: id } = readQuery(request, ['run'])
  const run = await readRun(signingOf(deps).engine, id)
  if (run !== undefined) return describeRun(run)
  throw new NotationError('job-unknown', 'Cannot show the sweep: there is no such run')
}

function describeRun({ step: _, position, errors, ...run }: SweepRun): object {
  const { registry, repositories } = position
  const [repository] = repositories
  const place = repository === undefined ? registry : `${registry}/${repository}`
  return {
    ...run,
    ...(place === undefined ? {} : { at: place }),
    errors: errors.map(({ message, ...error }) => ({
      ...error,
      message: detailOf(error.code, message),
    })),
  }
}
