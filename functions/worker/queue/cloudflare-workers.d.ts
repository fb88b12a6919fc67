// The runtime's own module, as far as it is used: the class that Durable Objects are of.

declare module 'cloudflare:workers' {
  /** Its public methods can be called through a namespace. */
  export abstract class DurableObject<Env = unknown> {
    protected readonly ctx: { readonly storage: import('./platform.ts').ObjectStorage }
    protected readonly env: Env
    constructor(ctx: unknown, env: Env)
  }
}
