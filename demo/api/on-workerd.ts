// The API in workerd, the runtime of Cloudflare Workers: the bundle that "wrangler deploy" would upload.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import type { StartApi } from './start-api.ts'
import { bundleWorker, miniflareOptions } from './worker-bundle.ts'

/** A KV namespace, as far as it is written here. */
interface Namespace {
  put(key: string, value: string): Promise<void>
}

/** Starts it, with the bindings that wrangler.toml names. */
export const startApiOnWorkerd: StartApi = async ({ environment, emulator }, log) => {
  const folder = await mkdtemp(join(tmpdir(), 'worker-'))
  const { key, cert } = openClientCredential(
    emulator.clientP12,
    emulator.clientP12Password,
    new Date(),
  )
  const { CONFIG = '', TRUST_BUNDLE, SIGNING_RULES, PORT } = environment
  const worker = new Miniflare(
    miniflareOptions({
      script: await bundleWorker(folder),
      bindings: {
        CONFIG: await readFile(CONFIG, 'utf8'),
        SM_HOST: emulator.url,
        SM_API_KEY: emulator.apiKey,
      },
      stm: { key, cert, ca: emulator.tlsRootPem },
      // Signing by rules has more bindings.
      configuration: SIGNING_RULES === undefined ? 'plain' : 'signing',
      port: Number(PORT),
      log,
    }),
  )
  const namespace = (await worker.getKVNamespace('TRUST')) as unknown as Namespace
  if (TRUST_BUNDLE !== undefined)
    await namespace.put('trust-bundle', await readFile(TRUST_BUNDLE, 'utf8'))
  if (SIGNING_RULES !== undefined)
    await namespace.put('signing-rules', await readFile(SIGNING_RULES, 'utf8'))
  return {
    url: (await worker.ready).origin,
    async close() {
      await worker.dispose()
      await rm(folder, { recursive: true })
    },
  }
}
