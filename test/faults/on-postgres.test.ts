// Two processes of the API that share one PostgreSQL, one of which is killed; and one whose connections are cut off.

import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiProcess } from '../support/api-process.ts'
import { recordFault } from '../support/fault-table.ts'
import { createNotation, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { describePostgres } from '../support/postgres.ts'
import {
  countVerified,
  kill,
  type SigningStack,
  startSigningStack,
  until,
} from './signing-on-node.ts'

const IMAGES = 30
/** Tasks at once in each process: one that is killed takes so many sign requests with it at most. */
const CONCURRENCY = 4
/** So slow that both are at it, with a backlog, when one is killed. */
const SLOW_SIGN = { on: 'sign', answer: 'slow', delayMs: 1000 } as const
/** Then fast, but for whoever looks at what is at work. */
const LESS_SLOW_SIGN = { ...SLOW_SIGN, delayMs: 250 } as const
/** Of each process, before one is killed, and between two cuts. */
const FIRST_SIGNATURES = 3
/** Each meets other statements. */
const CUTS = 5

describePeers('signing on Node', ['distribution', 'notation'], (binaries) =>
  describePostgres('two processes on one PostgreSQL', (databaseUrl) => {
    let stack: SigningStack
    let notation: Notation

    beforeAll(async () => {
      stack = await startSigningStack(binaries.distribution)
      notation = await createNotation(binaries.notation)
      await notation.addCertificate('ca', 'stm', stack.stm.emulator.signingRootPem)
      await notation.setPolicy({ trustStores: ['ca:stm'], override: { revocation: 'skip' } })
    }, 60_000)
    afterAll(async () => {
      await notation?.close()
      await stack?.close()
    })

    function startApi(port: number): ApiProcess {
      return stack.startApi({
        PORT: String(port),
        QUEUE_URL: databaseUrl(),
        SIGNING_CONCURRENCY: String(CONCURRENCY),
      })
    }

    it('both sign what one is told of, and one what the other leaves behind', async () => {
      const [one, other] = [startApi(stack.apiPort), startApi(0)]
      const [, url] = await Promise.all([one.url, other.url])
      stack.stm.emulator.setFaults([SLOW_SIGN])
      const images = await stack.push('team/shared', IMAGES)
      await until(() => stack.isAllKnown(url, images))
      await until(() => Math.min(countSigned(one), countSigned(other)) >= FIRST_SIGNATURES)
      await kill(one)
      stack.stm.emulator.setFaults([LESS_SLOW_SIGN])
      const backlog = (await stack.listJobs(url, 'queued')).length
      const killedAt = performance.now()
      await until(async () => (await countGivenAgain(url)) > 0)
      const again = await countGivenAgain(url)
      const seconds = Math.round((performance.now() - killedAt) / 1000)
      const settled = await stack.settle(url, images)
      other.signal('SIGTERM')
      const { exitCode } = await other.ended

      recordFault({
        fault: 'one API of two killed',
        engine: 'PostgreSQL',
        ...settled,
        requeued: again,
        note: `${countSigned(one)} signed by it, ${countSigned(other)} by the other; its own again after ${seconds} s`,
      })
      expect(settled).toMatchObject({ images: IMAGES, signatures: IMAGES, dead: 0 })
      expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
      expect(exitCode).toBe(0)
      expect(backlog).toBeGreaterThan(0)
      expect(again).toBeGreaterThan(0)
      expect(again).toBeLessThanOrEqual(CONCURRENCY)
      expect(settled.signRequests).toBeGreaterThanOrEqual(IMAGES)
      expect(settled.signRequests).toBeLessThanOrEqual(IMAGES + CONCURRENCY)
    }, 60_000)

    it('connections that are all cut off while it signs cost no process, and no task', async () => {
      const api = startApi(stack.apiPort)
      const url = await api.url
      stack.stm.emulator.setFaults([LESS_SLOW_SIGN])
      const images = await stack.push('team/cut-off', IMAGES)
      await until(() => stack.isAllKnown(url, images))
      let cut = 0
      for (let i = 1; i <= CUTS; i += 1) {
        await until(() => countSigned(api) >= i * FIRST_SIGNATURES)
        cut += await cutConnections(databaseUrl())
      }
      const settled = await stack.settle(url, images)
      api.signal('SIGTERM')
      const { exitCode } = await api.ended

      const note = `${cut} connections in ${CUTS} cuts`
      recordFault({ fault: 'connections cut off', engine: 'PostgreSQL', ...settled, note })
      expect(cut).toBeGreaterThan(0)
      expect(settled).toMatchObject({ images: IMAGES, signatures: IMAGES, dead: 0 })
      expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
      expect(exitCode).toBe(0)
      expect(settled.signRequests).toBeGreaterThanOrEqual(IMAGES)
      expect(settled.signRequests).toBeLessThanOrEqual(IMAGES + CUTS * CONCURRENCY)
    }, 120_000)

    /** Tasks at work whose first worker has died. */
    async function countGivenAgain(url: string): Promise<number> {
      const active = await stack.listJobs(url, 'active')
      return active.filter(({ attempts }) => attempts > 0).length
    }
  }),
)

/** Those of everybody else to the same database, as a failover does. @returns how many there were */
async function cutConnections(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rowCount } = await client.query(`
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()`)
  await client.end()
  return rowCount ?? 0
}

/** Signatures that a process says it has made. */
function countSigned(api: ApiProcess): number {
  return api.lines().filter(({ event, outcome }) => event === 'sign-by-rule' && outcome === 'done')
    .length
}
