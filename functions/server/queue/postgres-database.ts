// PostgreSQL, which several machines may share.

import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { NotationError } from '../../../shared/errors.ts'
import type { Database } from './database.ts'
import { createPoolStatements } from './pool-statements.ts'

/** Connections: one for each task at work would be too many for many machines, and they seldom wait. */
const MAX_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 10_000
/** One statement: whoever tells of an event waits for one. */
const STATEMENT_TIMEOUT_MS = 30_000
/** Between two attempts to listen again. */
const RECONNECT_MS = 1000

type Notify = (payload: string) => void

/** A connection that listens. */
interface Listener {
  readonly ended: Promise<void>
}

/** @throws {NotationError} `configuration-invalid` when it cannot be reached */
export async function openPostgresDatabase(connectionString: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
  })
  // An idle connection that breaks: the next statement opens another.
  pool.on('error', () => {})
  try {
    await pool.query('SELECT 1')
  } catch (cause) {
    await pool.end()
    // The connection string holds a password, and drivers' messages do not repeat it.
    const found = cause instanceof Error ? cause.message : String(cause)
    const message = `Cannot reach the PostgreSQL of QUEUE_URL: ${found}`
    throw new NotationError('configuration-invalid', message, { cause })
  }
  const listeners = new Set<pg.Client>()
  const closing = new AbortController()
  const connect = async (channel: string, onNotification: Notify): Promise<Listener> => {
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // It only waits: nothing else would tell that the other end is gone.
      keepAlive: true,
    })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.on('error', () => client.end().catch(() => {}))
    client.on('notification', ({ payload = '' }) => onNotification(payload))
    listeners.add(client)
    ended.then(() => listeners.delete(client))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
    } catch (cause) {
      listeners.delete(client)
      await client.end().catch(() => {})
      throw cause
    }
    onNotification('')
    return { ended }
  }
  const listen = async (channel: string, onNotification: Notify): Promise<void> => {
    let listener: Listener | undefined = await connect(channel, onNotification)
    const stayConnected = async (): Promise<void> => {
      while (!closing.signal.aborted) {
        await listener?.ended
        await pause(closing.signal)
        if (closing.signal.aborted) return
        listener = await connect(channel, onNotification).catch(() => undefined)
      }
    }
    stayConnected()
  }
  return {
    backend: 'postgres',
    // A pooler between may give each statement another connection: none is prepared.
    ...createPoolStatements(pool, () => undefined),
    listen,
    async close() {
      closing.abort()
      await Promise.all([...listeners].map((client) => client.end().catch(() => {})))
      await pool.end()
    },
  }
}

/** Before another attempt to listen; ends with what it is for. */
async function pause(signal: AbortSignal): Promise<void> {
  await wait(RECONNECT_MS, undefined, { signal, ref: false }).catch(() => {})
}
