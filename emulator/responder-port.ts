// The revocation responders' port. It is open before anything is issued, because certificates name it.

import type { App } from './ports.ts'
import { listenPlain } from './ports.ts'
import { ownUrl, type ResponderPlan } from './responder-plan.ts'
import type { KeptService } from './world.ts'

/** The port, and what certificates are to name. */
export interface ResponderPort {
  readonly service: KeptService
  /** From here on this app answers; before, nobody knows of the port. */
  answerWith(app: App): void
  /** Lets running requests finish. */
  close(): Promise<void>
}

/**
 * Opens the port.
 *
 * @throws {SetupError} when it cannot be had
 */
export async function openResponderPort(plan: ResponderPlan, host: string): Promise<ResponderPort> {
  let answering: App = { fetch: () => new Response(null, { status: 503 }) }
  const app: App = { fetch: (request, bindings) => answering.fetch(request, bindings) }
  const listener = await listenPlain(app, {
    host,
    port: plan.port,
    flag: '--revocation-port',
    remedy: plan.isKept
      ? 'the certificates of the state folder name it: end what listens there, or use another state folder'
      : undefined,
  })
  const { port } = listener
  return {
    service: {
      url: plan.url ?? ownUrl(host, port),
      methods: plan.methods,
      port,
      isPublic: plan.isPublic,
    },
    answerWith(app) {
      answering = app
    },
    close: listener.close,
  }
}
