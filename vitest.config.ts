import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Many tests wait for processes: on two cores one worker at a time, vitest's choice, leaves one of them idle. */
const MIN_WORKERS = 2

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(MIN_WORKERS, availableParallelism() - 1),
  },
})
