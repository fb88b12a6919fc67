// The bundle of the Worker for the tests of one file, however many Workers they start.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleWorker } from '../../demo/api/worker-bundle.ts'

let script: Promise<string> | undefined

/** Gives the bundle's text; it is made once. */
export function workerScript(): Promise<string> {
  script ??= makeScript()
  return script
}

async function makeScript(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-'))
  try {
    return await bundleWorker(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
