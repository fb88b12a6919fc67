// The fetch that asks revocation servers from a process of ours: over plain HTTP, never through a proxy, and only
// to addresses that were checked.

import type { LookupAddress } from 'node:dns'
import { lookup as resolve } from 'node:dns/promises'
import { Agent, type ClientRequest, type IncomingMessage, request as send } from 'node:http'
import { Readable } from 'node:stream'
import type { RevocationFetch } from '../../shared/revocation/fetch-revocation.ts'
import { checkResolvedAddress, type HostPolicy } from '../../shared/revocation/host-policy.ts'

/** The fetch, with connections to end. */
export interface RevocationConnections {
  readonly fetch: RevocationFetch
  readonly close: () => void
}

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>

type LookupCallback = (
  error: Error | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** Connections to one server that are kept; a verification asks each about a few certificates. */
const MAX_IDLE_PER_SERVER = 2
/** Servers close what rests longer. */
const MAX_IDLE_MS = 4000

/**
 * Creates the fetch.
 *
 * A proxy would resolve names itself, out of our sight, so none is used: where only a proxy leads out, the servers
 * cannot be reached, and revocation stays unknown.
 *
 * @param policy - which addresses that are not public may be asked
 * @param resolveName - the system's resolver unless given
 */
export function createRevocationFetch(
  policy: HostPolicy,
  resolveName: ResolveName = (hostname) => resolve(hostname, { all: true }),
): RevocationConnections {
  const agent = new Agent({
    keepAlive: true,
    maxFreeSockets: MAX_IDLE_PER_SERVER,
    timeout: MAX_IDLE_MS,
  })
  return {
    fetch: (text, init) => exchange(new URL(text), init, { agent, policy, resolveName }),
    close: () => agent.destroy(),
  }
}

interface Connecting {
  readonly agent: Agent
  readonly policy: HostPolicy
  readonly resolveName: ResolveName
}

async function exchange(
  url: URL,
  { method = 'GET', headers, body, signal }: RequestInit,
  { agent, policy, resolveName }: Connecting,
): Promise<Response> {
  const answer = await new Promise<IncomingMessage>((settle, fail) => {
    const request: ClientRequest = send(url, {
      agent,
      method,
      headers: Object.fromEntries(new Headers(headers)),
      // Node asks it for names alone; addresses in URLs have passed checkHost.
      lookup: (hostname, options, callback: LookupCallback) => {
        lookUp(url, hostname, policy, resolveName).then(
          (addresses) => give(addresses, options.all === true, callback),
          (error: Error) => callback(error, []),
        )
      },
      ...(signal ? { signal } : {}),
    })
    request.on('response', settle).on('error', fail)
    request.end(body instanceof Uint8Array ? body : undefined)
  })
  return toResponse(answer)
}

/** Those of a name's addresses that may be connected to. */
async function lookUp(
  url: URL,
  hostname: string,
  policy: HostPolicy,
  resolveName: ResolveName,
): Promise<readonly LookupAddress[]> {
  const addresses = await resolveName(hostname)
  const refusals = addresses.map(({ address }) => checkResolvedAddress(url, address, policy))
  const checked = addresses.filter((_, i) => refusals[i] === undefined)
  if (checked.length > 0) return checked
  throw new Error(refusals[0] ?? `host "${url.hostname}" has no address`)
}

function give(
  addresses: readonly LookupAddress[],
  wantsAll: boolean,
  callback: LookupCallback,
): void {
  const [first] = addresses
  if (wantsAll) callback(null, [...addresses])
  else if (first !== undefined) callback(null, first.address, first.family)
}

function toResponse(answer: IncomingMessage): Response {
  const { statusCode: status = 0, headers } = answer
  // Response takes no other status; nobody looks at a body of these.
  if (status < 200 || status > 599) {
    answer.destroy()
    throw new Error(`the server answers with status ${status}`)
  }
  const isEmpty = status === 204 || status === 205 || status === 304
  if (isEmpty) answer.resume()
  const single = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
  return new Response(body, { status, headers: single })
}
