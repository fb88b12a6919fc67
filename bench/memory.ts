// A long run: whether memory stays flat over a million verifications of 20,000 chains, which no cache holds.
//
//   node --expose-gc bench/memory.ts [--verifications 1000000] [--chains 20000]

import { parseArgs } from 'node:util'
import { nodeCrypto } from '../shared/node/node-crypto.ts'
import { parseTrustBundle } from '../shared/policy/trust-bundle.ts'
import { verifyArtifact } from '../shared/verify/verify-artifact.ts'
import { createChainCache } from '../shared/x509/chain-cache.ts'
import {
  ARTIFACT,
  createChainSource,
  type PooledSignature,
  REFERENCE,
  signOnce,
} from './signature-pool.ts'

const REPORTS = 20
/** What the heap may grow by after the first tenth of the run: caches are full by then. */
const MAX_GROWTH = 1.1
const MIB = 1024 * 1024

const { values } = parseArgs({
  options: {
    verifications: { type: 'string', default: '1000000' },
    chains: { type: 'string', default: '20000' },
  },
})
process.exitCode = await main(Number(values.verifications), Number(values.chains))

async function main(verifications: number, chainCount: number): Promise<number> {
  const source = createChainSource({ leaf: 'P-256', authorities: 'P-256' })
  const bundle = await parseTrustBundle(source.trustBundle, nodeCrypto)
  const pool: PooledSignature[] = []
  for (let i = 0; i < chainCount; i++) pool.push(await signOnce(source.next(), i))
  console.log(`${chainCount} chains made; verifying ${verifications} times`)
  const chains = createChainCache()
  const heaps: number[] = []
  for (let i = 1; i <= verifications; i++) {
    const { mediaType, envelope } = pool[i % chainCount] as PooledSignature
    const { verified } = await verifyArtifact(
      { reference: REFERENCE, descriptor: ARTIFACT, signatures: [{ mediaType, envelope }] },
      { bundle, chains, now: new Date(), crypto: nodeCrypto },
    )
    if (!verified) throw new Error('A signature of the run does not verify')
    if (i % (verifications / REPORTS) === 0) heaps.push(report(i))
  }
  const [settled = 0, ...later] = heaps.slice(REPORTS / 10)
  const growth = Math.max(...later) / settled
  const holds = growth <= MAX_GROWTH
  console.log(
    `${holds ? 'holds ' : 'MISSED'} largest heap / heap after a tenth: ${growth.toFixed(3)} (at most ${MAX_GROWTH})`,
  )
  return holds ? 0 : 1
}

/** Prints and gives the bytes of the heap that are in use. */
function report(done: number): number {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  console.log(
    `${done}: heap ${(heapUsed / MIB).toFixed(1)} MiB, resident ${(rss / MIB).toFixed(0)} MiB`,
  )
  return heapUsed
}
