// The API as a server whose files can be read anew: the application of now, the port it answers on, the port of
// its metrics.

import { isNotationError } from '../../shared/errors.ts'
import { createApp } from '../app.ts'
import { createServerDeps } from './deps.ts'
import { createGenerations, type Generation } from './generations.ts'
import { createLasting, type Lasting } from './lasting.ts'
import type { Handler, RunningServer } from './listening.ts'
import { createMetricsEndpoint } from './metrics-endpoint.ts'
import type { Runtime } from './runtime.ts'
import type { Settings } from './settings.ts'

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
  const generations = createGenerations(await createGeneration(settings, lasting), (cause) =>
    tell(lasting, 'close-failed', { message: reasonOf(cause) }),
  )
  const handle: Handler = (request, sender) => generations.use((answer) => answer(request, sender))
  const { server, metrics } = await startServers(settings, handle, lasting)
  const reload = async (): Promise<void> => {
    try {
      generations.replace(await createGeneration(settings, lasting))
      tell(lasting, 'reloaded', {})
    } catch (cause) {
      tell(lasting, 'reload-failed', { message: reasonOf(cause) })
    }
  }
  return {
    url: server.url,
    metricsUrl: metrics?.url,
    reload: oneAfterAnother(reload),
    async close() {
      await server.close()
      await generations.close()
      await metrics?.close()
    },
  }
}

async function createGeneration(
  settings: Settings,
  lasting: Lasting,
): Promise<Generation<Handler>> {
  const deps = await createServerDeps(settings, lasting)
  const app = createApp(deps)
  return { value: (request, sender) => app.fetch(request, sender), close: deps.close }
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
