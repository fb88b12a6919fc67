// The API as a server whose files can be read anew: the application of now, the port it answers on, the port of
// its metrics.

import { isNotationError } from '../../shared/errors.ts'
import { createApp } from '../app.ts'
import { createSigningHandlers } from '../signing/create-handlers.ts'
import type { EngineHandlers } from '../signing/engine.ts'
import { createSigningMemory, isOwnManifest, type SigningMemory } from '../signing/signing-world.ts'
import { startSweep } from '../sweep/start-sweep.ts'
import { readFinding } from '../sweep/sweep-run.ts'
import { createServerDeps } from './deps.ts'
import { createGenerations, type Generation } from './generations.ts'
import { createLasting, type Lasting } from './lasting.ts'
import type { Handler, RunningServer } from './listening.ts'
import { createMetricsEndpoint } from './metrics-endpoint.ts'
import { openEngine } from './queue/open-engine.ts'
import type { RunningEngine } from './queue/pg-boss-engine.ts'
import type { Runtime } from './runtime.ts'
import type { Settings } from './settings.ts'
import { runTraced } from './traces/traced-calls.ts'

/** The running API. */
export interface RunningApi extends RunningServer {
  /** Of the metrics' port; undefined where there is none. */
  readonly metricsUrl: string | undefined
  /**
   * Reads every file that the settings name anew: CONFIG, trust, credentials, client certificate. All of it counts from
   * then on or, where one file is broken, none of it; either is told in one line of the log. Requests that run
   * finish as they began.
   */
  readonly reload: () => Promise<void>
}

/**
 * Starts the API.
 *
 * @param log - takes one line, JSON
 * @throws {NotationError} see createServerDeps and Runtime.startServer
 */
export async function startApi(
  settings: Settings,
  log: (line: string) => void,
  runtime: Runtime,
): Promise<RunningApi> {
  const lasting = await createLasting(settings, log, runtime)
  const memory = createSigningMemory()
  const engine = await openQueue(settings, lasting, {
    actor: (command, context) => generations.use(({ actor }) => actor(command, context)),
    perform: (task, attempt, self) =>
      runTraced(`task ${task.kind}`, lasting.traces, () =>
        generations.use(({ perform }) => perform(task, attempt, self)),
      ),
  })
  const createNext = (): Promise<Generation<Application>> =>
    createGeneration(settings, lasting, engine, memory)
  // An open database keeps a process alive that did not start.
  const giveUp = async (cause: unknown): Promise<never> => {
    await engine?.close()
    throw cause
  }
  const first = await createNext().catch(giveUp)
  const generations = createGenerations(first, (cause) =>
    tell(lasting, 'close-failed', { message: reasonOf(cause) }),
  )
  const handle: Handler = (request, sender) =>
    generations.use((application) => application.handle(request, sender))
  const answer = traceHandler(handle, lasting)
  const { server, metrics } = await startServers(settings, answer, lasting).catch(giveUp)
  const reload = async (): Promise<void> => {
    try {
      generations.replace(await createNext())
      tell(lasting, 'reloaded', {})
    } catch (cause) {
      tell(lasting, 'reload-failed', { message: reasonOf(cause) })
    }
  }
  engine?.start()
  await engine?.schedule(settings.queue.sweepMinutes, () => generations.use(({ sweep }) => sweep()))
  return {
    url: server.url,
    metricsUrl: metrics?.url,
    reload: oneAfterAnother(reload),
    async close() {
      await server.close()
      await engine?.close()
      await generations.close()
      await lasting.traces?.close()
      await metrics?.close()
    },
  }
}

/** What answers requests and does the tasks of the queue, as the files say now. */
interface Application extends Pick<EngineHandlers, 'actor' | 'perform'> {
  readonly handle: Handler
  /** Starts a sweep where there are rules. */
  readonly sweep: () => Promise<void>
}

async function createGeneration(
  settings: Settings,
  lasting: Lasting,
  engine: RunningEngine | undefined,
  memory: SigningMemory,
): Promise<Generation<Application>> {
  const signing = engine && {
    engine,
    isOwnManifest: (digest: string) => isOwnManifest(digest, memory),
  }
  const deps = await createServerDeps(settings, lasting, signing)
  const app = createApp(deps)
  const handlers = createSigningHandlers({
    readDeps: () => deps,
    readRules: () => deps.signing?.rules ?? { rules: [] },
    // Keys of another account may have the same names.
    memory: { ...memory, knownKeys: new Map() },
  })
  const handle: Handler = (request, sender) => app.fetch(request, sender)
  const sweep = async (): Promise<void> => {
    const { signing, now } = deps
    if (signing === undefined || signing.rules.rules.length === 0) return
    await startSweep({ ...signing, now, dryRun: false })
  }
  return { value: { handle, sweep, ...handlers }, close: deps.close }
}

async function openQueue(
  { queue: { place, concurrency } }: Settings,
  lasting: Lasting,
  handlers: Pick<EngineHandlers, 'actor' | 'perform'>,
): Promise<RunningEngine | undefined> {
  if (place === undefined) return undefined
  const { crypto, now } = lasting.deps
  const log = (event: string, details: object): void => tell(lasting, event, details)
  const engine = await openEngine(place, { ...handlers, concurrency, crypto, now, log })
  for (const state of ['queued', 'active', 'dead'] as const)
    lasting.metrics?.read(
      'stm_notary_signing_tasks',
      { state },
      async () => (await engine.depth())[state],
    )
  lasting.metrics?.read('stm_notary_sweep_finished_timestamp_seconds', {}, async () => {
    const finding = await readFinding(engine)
    if (finding === undefined) throw new Error('no sweep has ended')
    return Date.parse(finding.finishedAt) / 1000
  })
  return engine
}

/** The API's, and that of its metrics: both or none. */
async function startServers(
  { address, metrics: metricsAddress }: Settings,
  handle: Handler,
  { metrics, runtime }: Lasting,
): Promise<{ readonly server: RunningServer; readonly metrics: RunningServer | undefined }> {
  const server = await runtime.startServer(address, handle)
  if (metricsAddress === undefined || metrics === undefined) return { server, metrics: undefined }
  try {
    const endpoint = createMetricsEndpoint(metrics)
    return { server, metrics: await runtime.startServer(metricsAddress, endpoint) }
  } catch (cause) {
    await server.close()
    throw cause
  }
}

function traceHandler(handle: Handler, { traces }: Lasting): Handler {
  if (traces === undefined) return handle
  return (request, sender) => traces.serve(request, async () => handle(request, sender))
}

/** Two reloads at once could end with the files of the first. */
function oneAfterAnother(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(work)
    return last
  }
}

function reasonOf(cause: unknown): string {
  if (isNotationError(cause)) return cause.message
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}

function tell({ log, deps }: Lasting, event: string, details: object): void {
  log(JSON.stringify({ time: deps.now().toISOString(), event, ...details }))
}
