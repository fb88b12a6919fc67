// A sweep over the signing service of tests, from its start to its end.

import { startSweep } from '../../functions/sweep/start-sweep.ts'
import { readRun, type SweepRun } from '../../functions/sweep/sweep-run.ts'
import type { SigningService } from './signing-service.ts'

/** Starts a sweep and performs all that comes of it. */
export async function sweep(service: SigningService, dryRun = false): Promise<SweepRun> {
  const { engine, deps } = service
  const { id } = await startSweep({ engine, rules: service.rules(), now: deps.now, dryRun })
  await engine.run()
  const run = await readRun(engine, id)
  if (run === undefined) throw new Error('there is no run')
  return run
}
