import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Many tests wait for processes: on two cores one worker at a time, vitest's choice, leaves one of them idle. */
const MIN_WORKERS = 2
/** Whole processes are killed, and what they leave is waited for: a minute, which `npm test` is without. */
const FAULTS = 'test/faults/**/*.test.ts'

export default defineConfig({
  test: {
    // Hundreds of processes start from source: from the second on they find it compiled.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.cache', 'compiled') },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(MIN_WORKERS, availableParallelism() - 1),
    projects: [
      { extends: true, test: { name: 'suite', include: ['test/**/*.test.ts'], exclude: [FAULTS] } },
      { extends: true, test: { name: 'faults', include: [FAULTS] } },
    ],
  },
})
