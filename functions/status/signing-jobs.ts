// GET /v1/signing-jobs and POST /v1/signing-jobs/{id}/replay: what the queue holds, its dead letters above all,
// and those again.

import { z } from 'zod'
import { NotationError } from '../../shared/errors.ts'
import { authorize, type Caller } from '../callers.ts'
import { ANY } from '../configuration-schema.ts'
import type { Exchange } from '../exchange.ts'
import { MAX_JOBS_PER_PAGE } from '../limits.ts'
import { detailOf } from '../problem.ts'
import { readQuery } from '../request-query.ts'
import type { SigningJob } from '../signing/engine.ts'
import { signingOf } from '../signing/signing.ts'
import type { Task } from '../signing/task.ts'
import { isOfCaller } from './visible-repository.ts'

const DEFAULT_JOBS = 50
const MAX_CURSOR_CHARACTERS = 256
const stateSchema = z.enum(['queued', 'active', 'dead'])
const JOB_PATH = /\/v1\/signing-jobs\/([A-Za-z0-9_-]{1,64})\/replay$/

/** `GET /v1/signing-jobs?state=&limit=&after=`. Jobs of other repositories are left out, so a page may be short. */
export async function listSigningJobs({ request, caller, deps, note }: Exchange): Promise<object> {
  const known = authorize(caller, { permission: 'jobs' })
  const { engine } = signingOf(deps)
  const { state, limit, after } = readQuery(request, ['state', 'limit', 'after'])
  const wanted = stateSchema.safeParse(state ?? 'dead')
  if (!wanted.success) throw invalid('"state" is none of "queued", "active" and "dead"')
  if (after !== undefined && after.length > MAX_CURSOR_CHARACTERS)
    throw invalid('"after" is none of a page\'s')
  const page = await engine.listJobs({
    state: wanted.data,
    limit: readLimit(limit),
    ...(after === undefined ? {} : { after }),
  })
  const jobs = page.jobs.filter(({ task }) => isVisible(task, known)).map(describeJob)
  note({ jobs: jobs.length })
  return { jobs, ...(page.next === undefined ? {} : { next: page.next }) }
}

/** `POST /v1/signing-jobs/{id}/replay`. */
export async function replaySigningJob({ request, caller, deps, note }: Exchange): Promise<object> {
  const known = authorize(caller, { permission: 'jobs' })
  const { engine } = signingOf(deps)
  const id = JOB_PATH.exec(new URL(request.url).pathname)?.[1] ?? ''
  note({ job: id })
  if (await engine.replay(id, (task) => isVisible(task, known))) return { id, replayed: true }
  throw new NotationError('job-unknown', 'Cannot replay: there is no dead letter of this id')
}

/** A sweep's step is nobody's repository: whoever may see all sees it. */
function isVisible(task: Task, caller: Caller): boolean {
  return isOfCaller(caller, task.kind === 'sweep' ? ANY : `${task.registry}/${task.repository}`)
}

function readLimit(text = String(DEFAULT_JOBS)): number {
  const limit = Number(text)
  if (/^[0-9]{1,4}$/.test(text) && limit >= 1 && limit <= MAX_JOBS_PER_PAGE) return limit
  throw invalid(`"limit" is not a number from 1 to ${MAX_JOBS_PER_PAGE}`)
}

function describeJob({ code, message, ...job }: SigningJob): object {
  return code === undefined ? job : { ...job, code, message: detailOf(code, message ?? '') }
}

function invalid(found: string): NotationError {
  return new NotationError('request-invalid', `Cannot list jobs: ${found}`)
}
