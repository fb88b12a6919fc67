// Requests to one registry: signs in when asked to, follows redirects by hand, and never sends
// credentials anywhere but to the registry's own origin.

import { NotationError } from '../errors.ts'
import { MAX_REGISTRY_REDIRECTS, REGISTRY_TIMEOUT_MS } from '../limits.ts'
import { parseChallenges } from './challenge.ts'
import { type Answer, exchange, type Fetch } from './exchange.ts'
import { authorizationFor, type Credentials } from './token.ts'

/** Which registry, and how it is reached. */
export interface TransportOptions {
  /** As references write it: `registry.example.com`, `localhost:5000`. */
  readonly host: string
  /** True only for a registry that was named insecure: credentials and content are then readable on the way. */
  readonly plainHttp: boolean
  readonly fetch: Fetch
  /** Or what gives them: asked when the registry wants them, not before. */
  readonly credentials?: Credentials | (() => Promise<Credentials | undefined>)
  /** Hosts of token servers, besides the registry's own, that get the credentials. */
  readonly trustedRealms?: readonly string[]
  /** For each exchange. Default REGISTRY_TIMEOUT_MS. */
  readonly timeoutMs?: number
}

/** One request to a registry. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  /** A path, or a URL that the registry gave. */
  readonly url: string | URL
  readonly repository: string
  /** `catalog` is of the registry as a whole; `repository` is empty then. */
  readonly access: 'pull' | 'pull,push' | 'catalog'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Bytes of the answer's body. */
  readonly maxBytes: number
}

/** Sends a request; gives the answer of any status but a redirect. */
export type Transport = (request: RegistryRequest) => Promise<Answer>

/** Tokens that are remembered, one for each repository and access: of a client that outlives a request 2 MiB at most. */
const MAX_AUTHORIZATIONS = 1000
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** A transport that remembers the tokens it was given until the registry asks for new ones. */
export function createTransport(options: TransportOptions): Transport {
  const { host, plainHttp, fetch, trustedRealms = [] } = options
  const timeoutMs = options.timeoutMs ?? REGISTRY_TIMEOUT_MS
  // Docker Hub's references name another host than its registry's.
  const home = new URL(
    `${plainHttp ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`,
  )
  const authorizations = new Map<string, string>()
  return async (request) => {
    const { url } = request
    const target = new URL(url, home)
    const scope = scopeOf(request)
    const remembered = authorizations.get(scope)
    const route = { fetch, home, target, timeoutMs }
    const answer = await follow(request, { ...route, authorization: remembered })
    // A challenge from elsewhere is not answered: credentials are the registry's alone.
    if (answer.status !== 401 || answer.url.origin !== home.origin) return answer
    const challenges = parseChallenges(answer.headers.get('www-authenticate') ?? '')
    const credentials = await credentialsOf(options)
    const login = { fetch, home, credentials, trustedRealms, timeoutMs }
    const authorization = await authorizationFor(challenges, scope, login)
    if (authorization === undefined) return answer
    if (authorizations.size === MAX_AUTHORIZATIONS) authorizations.clear()
    authorizations.set(scope, authorization)
    return follow(request, { ...route, authorization })
  }
}

/** As token servers write it (distribution, docs/spec/auth/scope.md). */
function scopeOf({ repository, access }: RegistryRequest): string {
  return access === 'catalog' ? 'registry:catalog:*' : `repository:${repository}:${access}`
}

async function credentialsOf({ credentials }: TransportOptions): Promise<Credentials | undefined> {
  return typeof credentials === 'function' ? credentials() : credentials
}

interface Route {
  readonly fetch: Fetch
  readonly home: URL
  readonly target: URL
  readonly timeoutMs: number
  readonly authorization: string | undefined
}

/** Follows redirects; what has left the registry's origin once gets no credentials again. */
async function follow(request: RegistryRequest, route: Route): Promise<Answer> {
  const { fetch, home, timeoutMs, authorization } = route
  const { method, body, maxBytes } = request
  let url = route.target
  let isAway = false
  for (let hops = 0; hops <= MAX_REGISTRY_REDIRECTS; hops++) {
    isAway ||= url.origin !== home.origin
    checkTarget(url, home)
    const headers = {
      // Compressed, a HEAD's Content-Length would not be the content's.
      'accept-encoding': 'identity',
      ...request.headers,
      ...(authorization === undefined || isAway ? {} : { authorization }),
    }
    const answer = await exchange(fetch, { method, url, headers, body, maxBytes, timeoutMs })
    const location = answer.headers.get('location')
    if (!REDIRECTS.includes(answer.status) || location === null) return answer
    url = redirectTarget(request, answer, location)
  }
  throw new NotationError(
    'registry-answer-invalid',
    `Cannot reach registry "${home.host}": it redirects more than ${MAX_REGISTRY_REDIRECTS} times`,
  )
}

function redirectTarget({ method }: RegistryRequest, answer: Answer, location: string): URL {
  const target = URL.parse(location, answer.url)
  // 301 to 303 turn a POST or PUT into a GET (RFC 9110 §15.4): nothing would be pushed.
  const keepsMethod = answer.status >= 307 || method === 'GET' || method === 'HEAD'
  if (target !== null && keepsMethod) return target
  throw new NotationError(
    'registry-answer-invalid',
    `Cannot follow the redirect of "${answer.url.host}": status ${answer.status} does not fit ${method}`,
  )
}

/** Elsewhere only https will do: a registry must not make this client speak to plain-HTTP hosts near it. */
function checkTarget(url: URL, home: URL): void {
  const isOpen = url.protocol === 'https:' || url.origin === home.origin
  if (isOpen && url.username === '' && url.password === '') return
  throw new NotationError(
    'registry-answer-invalid',
    `Cannot go where registry "${home.host}" points: "${url.protocol}//${url.host}" is neither the registry nor https`,
  )
}
