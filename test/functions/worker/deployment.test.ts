// What "wrangler deploy" would upload, of both configurations, and that it starts.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleWorker, miniflareOptions, runWrangler } from '../../../demo/api/worker-bundle.ts'

/** Cloudflare takes three MB on its free plan; this is what start-up stays quick with. */
const MAX_BUNDLE_BYTES = 300 * 1024

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deployment-'))
})
afterAll(() => rm(folder, { recursive: true }))

const uploads = new Map<string, Promise<Upload>>()

/** What would be uploaded. */
interface Upload {
  readonly script: string
  /** All of it, as "wrangler check" takes it. */
  readonly file: string
}

/** Made once of each configuration, whichever test asks first. */
function uploadOf(configuration: string): Promise<Upload> {
  const known = uploads.get(configuration)
  if (known !== undefined) return known
  const upload = makeUpload(configuration)
  uploads.set(configuration, upload)
  return upload
}

async function makeUpload(configuration: string): Promise<Upload> {
  const home = join(folder, configuration)
  const file = join(home, 'worker.bundle')
  const flags = ['--minify', '--config', configuration, '--outfile', file]
  return { script: await bundleWorker(home, flags), file }
}

it.each(['wrangler.toml', 'wrangler.signing.toml'])(
  '%s is taken by "wrangler deploy --dry-run", and its bundle is small',
  async (configuration) => {
    const { script } = await uploadOf(configuration)
    expect(gzipSync(script).length).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
  },
)

it('"wrangler check startup" profiles the bundle', async () => {
  const { file } = await uploadOf('wrangler.toml')
  const outfile = join(folder, 'startup.cpuprofile')
  await runWrangler(folder, ['check', 'startup', '--worker', file, '--outfile', outfile])
  const { nodes } = JSON.parse(await readFile(outfile, 'utf8')) as { nodes: readonly object[] }
  expect(nodes.length).toBeGreaterThan(0)
})

// "wrangler check startup" is content with one that throws.
it('the bundle starts', async () => {
  const { script } = await uploadOf('wrangler.signing.toml')
  const worker = new Miniflare(
    miniflareOptions({ script, bindings: {}, log: () => {}, configuration: 'signing' }),
  )
  try {
    const answer = await worker.dispatchFetch('https://api.example/livez')
    expect(answer.status).toBe(200)
  } finally {
    await worker.dispose()
  }
})
