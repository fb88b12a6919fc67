// What the API sends, under spans: each way out, wrapped. Without traces each is as it was.

import type { RevocationFetch } from '../../../shared/revocation/fetch-revocation.ts'
import type { StmTransport } from '../../../shared/stm/transport.ts'
import type { Traces } from './traces.ts'

/** To registries, timestamp authorities and callers' issuers; the span ends with the head of the answer. */
export function traceFetch(
  fetch: typeof globalThis.fetch,
  traces: Traces | undefined,
): typeof fetch {
  if (traces === undefined) return fetch
  return (input, init) => {
    const isRequest = input instanceof Request
    const method = init?.method ?? (isRequest ? input.method : 'GET')
    const url = isRequest ? input.url : input
    return traces.call({ method, url }, () => fetch(input, init))
  }
}

/** To OCSP and CRL servers. */
export function traceRevocation(
  fetch: RevocationFetch,
  traces: Traces | undefined,
): RevocationFetch {
  if (traces === undefined) return fetch
  return (url, init) => {
    const target = { method: init.method ?? 'GET', url, peer: 'revocation' }
    return traces.call(target, () => fetch(url, init))
  }
}

/** To Software Trust Manager; the span ends with the answer. */
export function traceStm(transport: StmTransport, traces: Traces | undefined): StmTransport {
  if (traces === undefined) return transport
  return async (request) => {
    const { method, url } = request
    const target = { method, url, peer: 'software-trust-manager' }
    const { outcome } = await traces.call(target, async () => {
      const outcome = await transport(request)
      return { outcome, status: outcome.kind === 'answer' ? outcome.status : undefined }
    })
    return outcome
  }
}

/** Work that no request asked for; see Traces.run. */
export function runTraced<T>(
  name: string,
  traces: Traces | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return traces === undefined ? work() : traces.run(name, work)
}
