// The control port's app: health, the environment, profile, faults and revocation. It answers only what comes from
// this machine: a name that points here (DNS rebinding) and a web page elsewhere are refused.

import { type Context, Hono } from 'hono'
import { ENVIRONMENT_FORMATS, type Environment, isEnvironmentFormat } from './environment.ts'
import type { Fault } from './faults.ts'
import { MAX_CONTROL_REQUEST_BYTES } from './limits.ts'
import type { ProfileName } from './profiles.ts'
import { CLOSE_CONNECTION, readBody } from './request-body.ts'
import type { ListedCertificate } from './revocation-book.ts'
import { SetupError } from './setup-error.ts'

/** What can be seen and set. */
export interface Controls {
  environment(): Environment
  profile(): readonly ProfileName[]
  /** @throws {SetupError} */
  setProfile(value: unknown): void
  faults(): readonly Fault[]
  /** @throws {SetupError} */
  setFaults(value: unknown): void
  revocation(): readonly ListedCertificate[]
  /** @throws {SetupError} */
  setRevocation(value: unknown): Promise<void>
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** The control port of one emulator. */
export function createControlApp(controls: Controls): Hono {
  const app = new Hono()
  app.use(async (c, next) => refusalOf(c) ?? (await next()))
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/env', (c) => environmentAnswer(c, controls))
  app.get('/profile', (c) => c.json(controls.profile()))
  app.put('/profile', (c) => change(c, (value) => controls.setProfile(value)))
  app.get('/faults', (c) => c.json(controls.faults()))
  app.put('/faults', (c) => change(c, (value) => controls.setFaults(value)))
  app.get('/revocation', (c) => c.json(controls.revocation()))
  app.post('/revocation', (c) => change(c, (value) => controls.setRevocation(value)))
  app.notFound((c) =>
    problem(c, 404, 'Cannot find this: there are /health, /env, /profile, /faults and /revocation'),
  )
  return app
}

function environmentAnswer(c: Context, controls: Controls): Response {
  const format = c.req.query('format') ?? 'sh'
  if (!isEnvironmentFormat(format)) {
    const known = Object.keys(ENVIRONMENT_FORMATS).join(', ')
    return problem(c, 400, `Cannot write this format: known are ${known}`)
  }
  const type = format === 'json' ? 'application/json' : 'text/plain; charset=utf-8'
  return c.body(ENVIRONMENT_FORMATS[format](controls.environment()), 200, {
    'content-type': type,
    'cache-control': 'no-store',
  })
}

/** A web page can send text without asking, but no JSON. */
async function change(
  c: Context,
  set: (value: unknown) => void | Promise<void>,
): Promise<Response> {
  const [type] = (c.req.header('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/json')
    return problem(c, 415, 'Cannot read the request: its content type is not application/json')
  const body = await readBody(c.req.raw, MAX_CONTROL_REQUEST_BYTES)
  if (body === undefined) {
    c.header('connection', CLOSE_CONNECTION.connection)
    return problem(
      c,
      413,
      `Cannot read the request: it is above ${MAX_CONTROL_REQUEST_BYTES} bytes`,
    )
  }
  try {
    await set(JSON.parse(Buffer.from(body).toString()))
    return c.body(null, 204)
  } catch (error) {
    if (error instanceof SetupError) return problem(c, 400, error.message)
    if (error instanceof SyntaxError)
      return problem(c, 400, 'Cannot read the request: its body is not JSON')
    throw error
  }
}

function refusalOf(c: Context): Response | undefined {
  const host = c.req.header('host') ?? ''
  if (!LOCAL_NAMES.includes(host.replace(/:\d+$/, '').toLowerCase()))
    return problem(c, 403, 'Cannot answer: the Host header does not name this machine')
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== `http://${host}`)
    return problem(c, 403, 'Cannot answer: the request comes from a page of another origin')
  return undefined
}

function problem(c: Context, status: 400 | 403 | 404 | 413 | 415, error: string): Response {
  return c.json({ error }, status)
}
