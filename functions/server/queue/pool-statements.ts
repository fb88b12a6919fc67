// Statements and transactions over a pool of node-postgres, as every database of the engine has them.

import type pg from 'pg'
import type { Database, Row, Statements } from './database.ts'

/**
 * Creates them.
 *
 * @param nameOf - under which name a statement stays prepared on its connection; undefined: under none
 */
export function createPoolStatements(
  pool: pg.Pool,
  nameOf: (text: string) => string | undefined,
): Pick<Database, 'executeSql' | 'transaction'> {
  const statementsOf = (client: pg.PoolClient): Statements => ({
    executeSql: async (text, values = []) => {
      const name = nameOf(text)
      const config = { text, ...(name === undefined ? {} : { name }) }
      // With values, even none, it would have to be one statement.
      const hasValues = values.length > 0 || name !== undefined
      return { rows: rowsOf(await client.query<Row>(hasValues ? { ...config, values } : config)) }
    },
  })
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    // The pool hears of idle connections alone. What is cut off fails its statement, too, and nobody else needs to know.
    client.on('error', ignore)
    let isBroken = false
    try {
      return await work(client)
    } catch (error) {
      // A text of several statements may have begun a transaction. A connection whose transaction cannot be
      // undone is of no use to anybody else.
      await client.query('ROLLBACK').catch(() => {
        isBroken = true
      })
      throw error
    } finally {
      client.release(isBroken)
      // One that the pool has ended may still tell of it.
      if (!isBroken) client.off('error', ignore)
    }
  }
  return {
    executeSql: (text, values) =>
      withClient((client) => statementsOf(client).executeSql(text, values)),
    transaction: (work) =>
      withClient(async (client) => {
        await client.query('BEGIN')
        const result = await work(statementsOf(client))
        await client.query('COMMIT')
        return result
      }),
  }
}

function ignore(): void {}

function rowsOf(result: pg.QueryResult<Row> | readonly pg.QueryResult<Row>[]): Row[] {
  return Array.isArray(result)
    ? result.flatMap(({ rows }) => rows)
    : (result as pg.QueryResult<Row>).rows
}
