// Verifying signatures beside notation-go verifying the same ones, and beside the bare check of the leaf's
// signature: everything on one core, in turn, each signature seen for the first time.

import { spawnSync } from 'node:child_process'
import { constants, createPublicKey, verify } from 'node:crypto'
import { existsSync } from 'node:fs'
import { encodeBase64 } from '../shared/base64.ts'
import { nodeCrypto } from '../shared/node/node-crypto.ts'
import { parseTrustBundle, type TrustBundle } from '../shared/policy/trust-bundle.ts'
import { verifyArtifact } from '../shared/verify/verify-artifact.ts'
import { type ChainCache, createChainCache } from '../shared/x509/chain-cache.ts'
import { keySpecOfCertificate } from '../shared/x509/key-spec.ts'
import { peerPath } from '../test/peers/peers.ts'
import type { BuiltChain } from '../test/support/certificates.ts'
import { type Judge, type JudgeBundle, openJudge } from '../test/support/judge.ts'
import { median, type Ratio } from './ratio.ts'
import {
  ARTIFACT,
  type ChainSource,
  createChainSource,
  type PooledSignature,
  type PoolKeys,
  REFERENCE,
  signOnce,
} from './signature-pool.ts'

/** A kind of chain, and what is promised for it. */
interface Case extends PoolKeys {
  readonly name: string
  /** How many times faster than notation-go, at least. */
  readonly fasterThanReference: number
  /** Share of the bare check's speed, at least. */
  readonly shareOfBare: number
}

const CASES: readonly Case[] = [
  {
    name: 'RSA-3072/RSA-3072',
    leaf: 'rsa-3072',
    authorities: 'rsa-3072',
    fasterThanReference: 8,
    shareOfBare: 0.33,
  },
  {
    name: 'P-256/P-384',
    leaf: 'P-256',
    authorities: 'P-384',
    fasterThanReference: 15,
    shareOfBare: 0.45,
  },
  {
    name: 'P-256/P-256',
    leaf: 'P-256',
    authorities: 'P-256',
    fasterThanReference: 3,
    shareOfBare: 0.45,
  },
  {
    name: 'P-384/P-384',
    leaf: 'P-384',
    authorities: 'P-384',
    fasterThanReference: 5,
    shareOfBare: 0.75,
  },
]
const ROUNDS = 40
/** In all rounds together 20,000: what is timed was never seen, and no cache could have held it. */
const SIGNATURES_PER_ROUND = 500
/** notation-go takes some of them: all would take minutes. */
const REFERENCE_PER_ROUND = 20
const COLD_PER_ROUND = 10
/** A multiple of all AT_ONCE. */
const SIGNATURES_AT_ONCE = 100
/** Signatures of one artifact that are verified in one call. */
const AT_ONCE = [1, 5, 50]

/** All promises about verification. */
export async function run(): Promise<readonly Ratio[]> {
  if (!existsSync(peerPath('judge')))
    throw new Error('Cannot compare with notation-go: "npm run peers" builds it')
  pinToOneCore()
  const judge = openJudge(peerPath('judge'))
  try {
    const ratios: Ratio[] = []
    for (const one of CASES) ratios.push(...(await measure(one, judge)))
    return ratios
  } finally {
    await judge.close()
  }
}

/** This process and those that it starts from now on. */
function pinToOneCore(): void {
  const { status } = spawnSync('taskset', ['-acp', '0', String(process.pid)])
  if (status !== 0) console.log('  (there is no taskset: not on one core)')
}

async function measure(one: Case, judge: Judge): Promise<readonly Ratio[]> {
  const source = createChainSource(one)
  const bundle = await parseTrustBundle(source.trustBundle, nodeCrypto)
  const bench = { one, source, bundle, judge }
  const warm = await measureWarm(bench)
  const cold = await measureCold(bench)
  const { name, fasterThanReference, shareOfBare } = one
  return [
    ratio(`verify ${name} / notation-go`, warm.own, warm.reference, 1 / fasterThanReference),
    ratio(`verify ${name} / its leaf check alone`, warm.own, warm.bare, 1 / shareOfBare),
    ratio(`verify ${name}, chains not seen / notation-go`, cold.own, cold.reference, 1),
    ...warm.atOnce.map(({ count, own }) =>
      ratio(
        `each of ${count} at once, ${name} / notation-go`,
        own,
        warm.reference,
        1 / fasterThanReference,
      ),
    ),
  ]
}

interface Bench {
  readonly one: Case
  readonly source: ChainSource
  readonly bundle: TrustBundle
  readonly judge: Judge
}

/** Milliseconds for one signature, by chains that are known: one chain for all of them. */
async function measureWarm({ one, source, bundle, judge }: Bench) {
  const built = source.next()
  const chains = createChainCache()
  const samples = { own: [] as number[], bare: [] as number[], reference: [] as number[] }
  const atOnce = AT_ONCE.map((count) => ({ count, samples: [] as number[] }))
  let turn = 0
  const sign = async (count: number): Promise<readonly PooledSignature[]> => {
    const signed: PooledSignature[] = []
    for (let i = 0; i < count; i++) signed.push(await signOnce(built, turn++))
    return signed
  }
  for (let round = 0; round <= ROUNDS; round++) {
    const pool = await sign(SIGNATURES_PER_ROUND)
    const own = await timeEach(pool, 1, bundle, chains)
    const bare = timeBare(built, pool)
    const reference = await timeReference(
      one.name,
      source,
      pool.slice(0, REFERENCE_PER_ROUND),
      judge,
    )
    const times: number[] = []
    for (const { count } of atOnce)
      times.push(await timeEach(await sign(SIGNATURES_AT_ONCE), count, bundle, chains))
    // The first round is a warm-up.
    if (round === 0) continue
    samples.own.push(own)
    samples.bare.push(bare)
    samples.reference.push(reference)
    for (const [i, each] of atOnce.entries()) each.samples.push(times[i] ?? 0)
  }
  return {
    own: median(samples.own),
    bare: median(samples.bare),
    reference: median(samples.reference),
    atOnce: atOnce.map(({ count, samples: found }) => ({ count, own: median(found) })),
  }
}

/** Milliseconds for one signature, by chains that nobody has seen. */
async function measureCold({ one, source, bundle, judge }: Bench) {
  const samples = { own: [] as number[], reference: [] as number[] }
  const chains = createChainCache()
  for (let round = 0; round <= ROUNDS; round++) {
    const pool: PooledSignature[] = []
    for (let i = 0; i < COLD_PER_ROUND; i++) pool.push(await signOnce(source.next(), i))
    const own = await timeEach(pool, 1, bundle, chains)
    const reference = await timeReference(one.name, source, pool, judge)
    if (round === 0) continue
    samples.own.push(own)
    samples.reference.push(reference)
  }
  return { own: median(samples.own), reference: median(samples.reference) }
}

/** Milliseconds for one signature, so many of the artifact in each call. */
async function timeEach(
  pool: readonly PooledSignature[],
  atOnce: number,
  bundle: TrustBundle,
  chains: ChainCache,
): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < pool.length; i += atOnce) {
    const signatures = pool.slice(i, i + atOnce)
    const { verified } = await verifyArtifact(
      { reference: REFERENCE, descriptor: ARTIFACT, signatures },
      { bundle, chains, now: new Date(), crypto: nodeCrypto },
    )
    if (!verified) throw new Error('A signature of the bench does not verify')
  }
  return (performance.now() - start) / pool.length
}

/** Milliseconds for node:crypto's check of one signature alone, with the key at hand. */
function timeBare({ chain: [leaf] }: BuiltChain, pool: readonly PooledSignature[]): number {
  if (leaf === undefined) throw new RangeError('the chain has a leaf')
  const { scheme } = keySpecOfCertificate(leaf)
  const key = createPublicKey({ key: Buffer.from(leaf.spki), format: 'der', type: 'spki' })
  const options =
    scheme.name === 'ECDSA'
      ? { key, dsaEncoding: 'ieee-p1363' as const }
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltBytes }
  const start = performance.now()
  for (const { signingInput, signature } of pool)
    if (!verify(scheme.hash, signingInput, options, signature))
      throw new Error('A signature of the bench does not verify')
  return (performance.now() - start) / pool.length
}

/** Milliseconds that notation-go itself takes for one signature, without what surrounds it. */
async function timeReference(
  bundleId: string,
  { trustBundle }: ChainSource,
  pool: readonly PooledSignature[],
  judge: Judge,
): Promise<number> {
  let nanoseconds = 0
  for (const [i, { mediaType, envelope }] of pool.entries()) {
    const answer = await judge.ask({
      id: String(i),
      bundleId,
      ...(i === 0 ? { bundle: trustBundle as unknown as JudgeBundle } : {}),
      reference: REFERENCE,
      descriptor: ARTIFACT,
      mediaType,
      envelope: encodeBase64(envelope),
    })
    if (answer.error !== null) throw new Error(`notation-go refuses: ${answer.error}`)
    nanoseconds += answer.nanoseconds ?? 0
  }
  return nanoseconds / 1e6 / pool.length
}

function ratio(name: string, subject: number, baseline: number, atMost: number): Ratio {
  return { name, ratio: subject / baseline, atMost, subject, baseline }
}
