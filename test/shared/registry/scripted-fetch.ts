// A fetch that answers by a script and remembers what it was asked.

import type { Fetch } from '../../../shared/registry/exchange.ts'

/** One request as it was made. */
export interface MadeRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A scripted fetch with its journal. */
export interface ScriptedFetch {
  readonly fetch: Fetch
  readonly requests: readonly MadeRequest[]
  /** `METHOD url` of every request, in order. */
  lines(): readonly string[]
}

/** An answer, or what makes one of the request and of how often it was made before. */
export type Scripted = Response | ((request: MadeRequest, times: number) => Response)

/** Answers each `METHOD url` of the script; anything else with 404. */
export function scriptedFetch(script: Readonly<Record<string, Scripted>>): ScriptedFetch {
  const requests: MadeRequest[] = []
  return {
    requests,
    lines: () => requests.map(({ method, url }) => `${method} ${url}`),
    fetch: async (url, { method = 'GET', headers, body }) => {
      const bytes = new Uint8Array((body as Uint8Array | undefined) ?? [])
      const request = { method, url, headers: new Headers(headers), body: bytes }
      const times = requests.filter((made) => made.method === method && made.url === url).length
      requests.push(request)
      const answer = script[`${method} ${url}`] ?? new Response(null, { status: 404 })
      return typeof answer === 'function' ? answer(request, times) : answer.clone()
    },
  }
}

/** Everything that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
