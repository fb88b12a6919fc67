// The Worker's bundle in workerd, as a process of its own: it gets a core of its own. Argument: the file of the trust bundle.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { bundleWorker, miniflareOptions } from '../demo/api/worker-bundle.ts'

/** A KV namespace, as far as it is written here. */
interface Namespace {
  put(key: string, value: string): Promise<void>
}

const [trustFile = ''] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'worker-'))
const worker = new Miniflare(
  miniflareOptions({
    script: await bundleWorker(folder),
    bindings: { CONFIG: JSON.stringify({ anonymousVerifyByEnvelope: true }) },
    port: 0,
    countsAnonymous: false,
    // Its lines are no part of what is measured.
    log: () => {},
  }),
)
const namespace = (await worker.getKVNamespace('TRUST')) as unknown as Namespace
await namespace.put('trust-bundle', await readFile(trustFile, 'utf8'))
const { origin } = await worker.ready
console.log(JSON.stringify({ event: 'listening', url: origin }))
process.once('SIGTERM', async () => {
  await worker.dispose()
  await rm(folder, { recursive: true })
  process.exit(0)
})
