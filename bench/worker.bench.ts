// The Worker that would be deployed: the size of its bundle, and the time until it could answer, each beside
// what is promised. The time is one of this machine's; Cloudflare allows a second.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleWorker, runWrangler } from '../demo/api/worker-bundle.ts'
import { median, type Ratio } from './ratio.ts'

const MAX_KILOBYTES = 300
const MAX_START_MS = 60
const STARTS = 5

/** Minified and gzipped it has at most 300 KB, and it starts within 60 ms of processor time. */
export async function run(): Promise<readonly Ratio[]> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-'))
  try {
    const bundle = await bundleWorker(folder, ['--minify'])
    const kilobytes = gzipSync(bundle, { level: 9 }).length / 1000
    const starts: number[] = []
    for (let i = 0; i < STARTS; i++) starts.push(await timeStart(folder))
    const start = median(starts)
    return [
      limit('bundle of the Worker, minified and gzipped', kilobytes, MAX_KILOBYTES, 'KB'),
      limit('start of the Worker, processor time', start, MAX_START_MS, 'ms'),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What wrangler's profile says of one start. */
async function timeStart(folder: string): Promise<number> {
  const outfile = join(folder, 'start.cpuprofile')
  const output = await runWrangler(folder, ['check', 'startup', '--outfile', outfile])
  const milliseconds = /Active: ([\d.]+) ms/.exec(output)?.[1]
  if (milliseconds === undefined) throw new Error(`wrangler tells no time: ${output}`)
  return Number(milliseconds)
}

function limit(name: string, subject: number, baseline: number, unit: string): Ratio {
  return { name, ratio: subject / baseline, atMost: 1, subject, baseline, unit }
}
