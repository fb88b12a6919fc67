// What is used of Deno's own API, declared: the project has no type package for it.

/** A client with its own TLS settings, for fetch's option `client`. */
export interface DenoHttpClient {
  close(): void
}

/** How to make a client. */
export interface DenoHttpClientOptions {
  /** PEM: the client's certificate and those above it. */
  readonly cert?: string
  /** PEM, PKCS#8. */
  readonly key?: string
  /** PEM, beside those that Deno trusts. */
  readonly caCerts?: readonly string[]
  readonly proxy?: {
    readonly url: string
    readonly basicAuth?: { readonly username: string; readonly password: string }
  }
}

/** A server that answers. */
export interface DenoServer {
  readonly addr: { readonly port: number }
  /** Takes no more requests and resolves when those that run are answered. */
  shutdown(): Promise<void>
}

/** The global `Deno`, as far as it is used. */
export interface DenoApi {
  createHttpClient(options: DenoHttpClientOptions): DenoHttpClient
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: (
      request: Request,
      info: { readonly remoteAddr: { readonly hostname: string } },
    ) => Response | Promise<Response>,
  ): DenoServer
}
