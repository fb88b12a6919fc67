// OCSP and CRL servers for tests: a fetch that answers from a table and remembers what it was asked.

import { createHash } from 'node:crypto'
import type { RevocationDependencies } from '../../shared/revocation/check-revocation.ts'
import { createHostPolicy } from '../../shared/revocation/host-policy.ts'
import { createRevocationRound } from '../../shared/revocation/revocation-round.ts'
import { AT } from './certificates.ts'
import { nodeCrypto } from './node-crypto.ts'

/** What a server answers. */
export interface ServerAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
}

/** Answers by URL, or by the URL's beginning, as OCSP's GET needs it; a function answers each request anew. */
export type ServerTable = Readonly<
  Record<string, Uint8Array | ServerAnswer | Error | ((url: string) => ServerAnswer)>
>

/** A request that was made. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array | undefined
  readonly headers: Headers
}

/** A fetch over the table, and what it was asked. A URL that no key begins is refused like a closed port. */
export function startServers(table: ServerTable): {
  readonly fetch: RevocationDependencies['fetch']
  readonly seen: readonly SeenRequest[]
} {
  const seen: SeenRequest[] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const body = init.body instanceof Uint8Array ? init.body : undefined
    seen.push({ method: init.method ?? 'GET', url, body, headers: new Headers(init.headers) })
    init.signal?.throwIfAborted()
    const key = Object.keys(table).find((start) => url === start || url.startsWith(`${start}/`))
    const found = key === undefined ? new Error('connection refused') : table[key]
    const answer = typeof found === 'function' ? found(url) : found
    if (answer instanceof Error) throw answer
    const { status = 200, headers = {}, body: content } = bodyOf(answer)
    const bytes = content instanceof Uint8Array ? Uint8Array.from(content) : content
    return new Response(bytes ?? null, { status, headers })
  }
  return { fetch, seen }
}

/** SHA-1 by node:crypto. */
export function nodeSha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}

/** All that a check of a chain takes, around a table of servers, at AT. */
export function dependenciesOf(
  table: ServerTable,
  changes: Partial<RevocationDependencies> = {},
): RevocationDependencies & { readonly seen: readonly SeenRequest[] } {
  const { fetch, seen } = startServers(table)
  return {
    fetch,
    hostPolicy: createHostPolicy(),
    round: createRevocationRound(),
    now: AT,
    crypto: nodeCrypto,
    sha1: nodeSha1,
    ...changes,
    seen,
  }
}

function bodyOf(answer: Uint8Array | ServerAnswer | undefined): ServerAnswer {
  return answer instanceof Uint8Array ? { body: answer } : (answer ?? {})
}
