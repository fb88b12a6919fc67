// The runtimes that the API runs on, each started as its users start it.

import { join } from 'node:path'
import { Miniflare, Response } from 'miniflare'
import { Agent, fetch } from 'undici'
import { miniflareOptions, type WorkerSetup } from '../../demo/api/worker-bundle.ts'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import { DENO_PATH } from '../peers/runtimes.ts'
import { type ApiFolder, createApiFolder, onDeno } from '../support/api-process.ts'
import { workerScript } from '../support/worker-script.ts'
import type { World } from './world.ts'

/** The API on a runtime. */
export interface RunningApi {
  /** Without a trailing slash. */
  readonly url: string
  /** Lines of the log so far. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

/** Starts the API in a world. */
export type StartApi = (world: World) => Promise<RunningApi>

/** How the API is started on each runtime. */
export const RUNTIMES = {
  Node: (world) => startProcess(world, undefined),
  Deno: (world) => startProcess(world, onDeno(DENO_PATH)),
  workerd: startWorker,
} as const satisfies Record<string, StartApi>

const NO_RULES = { version: '1.0', rules: [] }

/** A KV namespace, as far as it is written here. */
interface Namespace {
  put(key: string, value: string): Promise<void>
}

async function startProcess(
  { emulator, configuration, trustBundle, extraCa }: World,
  command: readonly [string, ...string[]] | undefined,
): Promise<RunningApi> {
  const folder = await createApiFolder(command)
  const ca = extraCa === undefined ? undefined : await folder.write('extra-ca.pem', extraCa)
  const api = folder.start({
    ...emulator.environment,
    ...('sources' in configuration ? await signingBy(NO_RULES, folder) : {}),
    ...(ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca, DENO_CERT: ca }),
    CONFIG: await folder.write('config.json', configuration),
    TRUST_BUNDLE: await folder.write('trust-bundle.json', trustBundle),
  })
  return { url: await api.url, lines: api.lines, close: () => folder.close() }
}

/** What events want: rules, and a queue. */
async function signingBy(rules: object, folder: ApiFolder) {
  const SIGNING_RULES = await folder.write('signing-rules.json', rules)
  return { SIGNING_RULES, QUEUE_DIR: join(folder.path, 'queue') }
}

async function startWorker(world: World): Promise<RunningApi> {
  const lines: string[] = []
  const { emulator } = world
  const { key, cert } = openClientCredential(
    emulator.clientP12,
    emulator.clientP12Password,
    new Date(),
  )
  const worker = new Miniflare(
    miniflareOptions({
      script: await workerScript(),
      bindings: {
        CONFIG: JSON.stringify(world.configuration),
        SM_HOST: emulator.url,
        SM_API_KEY: emulator.apiKey,
      },
      stm: { key, cert, ca: emulator.tlsRootPem },
      configuration: 'sources' in world.configuration ? 'signing' : 'plain',
      ...(world.extraCa === undefined ? {} : { outbound: forwarding(world.extraCa) }),
      log: (line) => lines.push(line),
    }),
  )
  const namespace = (await worker.getKVNamespace('TRUST')) as unknown as Namespace
  await namespace.put('trust-bundle', JSON.stringify(world.trustBundle))
  await namespace.put('signing-rules', JSON.stringify(NO_RULES))
  return {
    url: (await worker.ready).origin,
    lines: () => lines.map((line) => JSON.parse(line)),
    close: () => worker.dispose(),
  }
}

/** A fetch in the Worker's place that trusts one CA: workerd cannot be told of one for its global fetch. */
function forwarding(ca: string): NonNullable<WorkerSetup['outbound']> {
  return async ({ url, method, headers }) => {
    const dispatcher = new Agent({ connect: { ca } })
    try {
      const answer = await fetch(url, {
        method,
        headers: Object.fromEntries(headers),
        redirect: 'manual',
        dispatcher,
      })
      return new Response(await answer.arrayBuffer(), { status: answer.status })
    } finally {
      await dispatcher.close()
    }
  }
}
