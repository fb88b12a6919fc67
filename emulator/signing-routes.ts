// The API's signing of a digest, and the signatures it remembers.

import type { Context } from 'hono'
import { decodeBase64, encodeBase64 } from '../shared/base64.ts'
import { checkKeypairRights } from './access.ts'
import { type ApiEnv, parseJsonObject, type Route, refuse } from './api-context.ts'
import type { Emulation } from './emulation.ts'
import type { Fault } from './faults.ts'
import { HASHES } from './hashes.ts'
import type { Keypair } from './keypair.ts'
import { findKeypair } from './keypair-routes.ts'
import {
  invalidField,
  KEYPAIR_OFFLINE,
  keypairUnknown,
  type Refusal,
  resourceUnknown,
} from './refusals.ts'
import { KeyTooShortError } from './rsa-signature.ts'
import {
  findSignatureAlgorithm,
  type SignatureAlgorithm,
  signDigest,
} from './signature-algorithms.ts'
import { instant } from './wire.ts'

/** Routes below the API's base path. */
export const SIGNING_ROUTES: readonly Route[] = [
  {
    operation: 'sign',
    method: 'POST',
    path: '/keypairs/:id/sign',
    requirements: { permission: 'signing', secondFactor: 'sign' },
    respond: signDigestOfRequest,
  },
  {
    operation: 'get-signature',
    method: 'GET',
    path: '/signatures/:id',
    requirements: {},
    respond: showSignature,
  },
]

/** Salt of the fault `wrong-salt`: OpenSSL's old default of no salt differs from every hash. */
const WRONG_SALT_BYTES = 0

async function signDigestOfRequest(
  c: Context<ApiEnv>,
  emulation: Emulation,
  fault: Fault | undefined,
): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const keypair = findKeypair(id, emulation)
  if (keypair === undefined) return refuse(c, keypairUnknown(id))
  const refusal =
    checkKeypairRights(keypair, emulation) ??
    (keypair.status === 'OFFLINE' ? KEYPAIR_OFFLINE : undefined)
  if (refusal !== undefined) return refuse(c, refusal)
  const body = await parseJsonObject(c)
  if ('refusal' in body) return refuse(c, body.refusal)
  const request = parseSignRequest(body.members, keypair, emulation)
  if ('refusal' in request) return refuse(c, request.refusal)
  const signature = signWith(keypair, request, emulation, fault)
  if (signature === undefined)
    return refuse(c, invalidField('hash does not fit into a signature of this keypair'))
  const kept = emulation.store.addSignature({
    keypairId: keypair.id,
    signatureAlgorithm: request.name,
    hash: encodeBase64(request.digest),
    signature: encodeBase64(signature),
    createdOn: emulation.now().toISOString(),
  })
  if (emulation.behaviour.profile.has('signature-by-id')) return c.json({ id: kept.id })
  return c.json({ id: kept.id, signature: kept.signature })
}

/** Its members are inferred but for id and signature. */
function showSignature(c: Context<ApiEnv>, emulation: Emulation): Response {
  const id = c.req.param('id') ?? ''
  const kept = emulation.store.signature(id)
  if (kept === undefined) return refuse(c, resourceUnknown('signature', id))
  return c.json({
    id: kept.id,
    signature: kept.signature,
    sig_alg: kept.signatureAlgorithm,
    hash: kept.hash,
    keypair: { id: kept.keypairId },
    created_on: instant(kept.createdOn),
  })
}

interface SignRequest {
  readonly name: string
  readonly algorithm: SignatureAlgorithm
  readonly digest: Uint8Array
}

/** `account`, `metadata` and members that nobody knows are let be. */
function parseSignRequest(
  members: Readonly<Record<string, unknown>>,
  keypair: Keypair,
  emulation: Emulation,
): { refusal: Refusal } | SignRequest {
  const { sig_alg: name, hash } = members
  if (typeof name !== 'string') return { refusal: invalidField('sig_alg is missing or no text') }
  const algorithm = findSignatureAlgorithm(name, emulation.behaviour.profile)
  if (algorithm === undefined)
    return { refusal: invalidField(`sig_alg ${JSON.stringify(name)} is not supported`) }
  if (algorithm.key !== keypair.kind.algorithm)
    return {
      refusal: invalidField(`sig_alg ${name} does not fit a keypair of ${keypair.kind.algorithm}`),
    }
  const digest = parseDigest(hash)
  if (digest === undefined) return { refusal: invalidField('hash is missing or not base64') }
  const wantedBytes = algorithm.hash === undefined ? digest.length : HASHES[algorithm.hash].bytes
  if (digest.length !== wantedBytes)
    return {
      refusal: invalidField(`hash has ${digest.length} bytes, ${name} takes ${wantedBytes}`),
    }
  return { name, algorithm, digest }
}

function parseDigest(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  try {
    return decodeBase64(value)
  } catch {
    return undefined
  }
}

/** The signature, or one that a fault spoils; undefined when the key is too short for the digest. */
function signWith(
  keypair: Keypair,
  { algorithm, digest }: SignRequest,
  emulation: Emulation,
  fault: Fault | undefined,
): Uint8Array | undefined {
  // A good signature of something else has the right shape and verifies nowhere.
  const signed = fault?.answer === 'wrong-signature' ? digest.map((byte) => byte ^ 0xff) : digest
  const isRaw = emulation.behaviour.profile.has('raw-ecdsa')
  const saltBytes = fault?.answer === 'wrong-salt' ? { saltBytes: WRONG_SALT_BYTES } : {}
  try {
    const signature = signDigest(keypair, algorithm, signed, { isRaw, ...saltBytes })
    return fault?.answer === 'short-signature' ? signature.subarray(1) : signature
  } catch (error) {
    if (error instanceof KeyTooShortError) return undefined
    throw error
  }
}
