// PostgreSQL, which several machines may share.

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
  let isClosed = false
  const listeners = new Set<pg.Client>()
  const listen = async (
    channel: string,
    onNotification: (payload: string) => void,
  ): Promise<void> => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
    const again = (): void => {
      listeners.delete(client)
      if (isClosed) return
      setTimeout(() => {
        if (!isClosed) listen(channel, onNotification).catch(again)
      }, RECONNECT_MS).unref()
    }
    client.once('error', () => client.end().catch(() => {}))
    client.on('notification', ({ payload = '' }) => onNotification(payload))
    await client.connect()
    client.once('end', again)
    listeners.add(client)
    await client.query(`LISTEN ${channel}`)
    onNotification('')
  }
  return {
    backend: 'postgres',
    // A pooler between may give each statement another connection: none is prepared.
    ...createPoolStatements(pool, () => undefined),
    listen,
    async close() {
      isClosed = true
      await Promise.all([...listeners].map((client) => client.end().catch(() => {})))
      await pool.end()
    },
  }
}
