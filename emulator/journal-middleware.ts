// Notes each request of an app in the journal and logs its line.

import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api-context.ts'
import type { Emulation } from './emulation.ts'

/** The first middleware of API, TSA and responders; handlers find their entry as `entry`. */
export function journalled(emulation: Emulation): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedMs = performance.now()
    const { pathname, search } = new URL(c.req.url)
    const entry = emulation.journal.begin(c.req.method, `${pathname}${search}`)
    c.set('entry', entry)
    await next()
    emulation.journal.end(entry, c.res.status, startedMs)
  }
}
