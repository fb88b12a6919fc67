// The API's keypairs: list with filters and paging, one by id, creation.

import type { Context } from 'hono'
import { checkKeypairRights } from './access.ts'
import { type ApiEnv, parseJsonObject, type Route, refuse } from './api-context.ts'
import type { Emulation } from './emulation.ts'
import { authorityValidity } from './hierarchy.ts'
import { type CurveName, generateKey, type KeyKind } from './key-material.ts'
import { createKeypair, defaultSubject, type Keypair, withCertificate } from './keypair.ts'
import { DEFAULT_PAGE_ITEMS } from './limits.ts'
import { parsePage } from './paging.ts'
import { duplicateAlias, invalidField, keypairUnknown, type Refusal } from './refusals.ts'
import { keypairBody, pageBody } from './wire.ts'

/** Routes below the API's base path. */
export const KEYPAIR_ROUTES: readonly Route[] = [
  {
    operation: 'list-keypairs',
    method: 'GET',
    path: '/keypairs',
    // Its items hold certificates.
    requirements: { permission: 'View certificate' },
    respond: listKeypairs,
  },
  {
    operation: 'create-keypair',
    method: 'POST',
    path: '/keypairs',
    requirements: { secondFactor: 'generate' },
    respond: createKeypairOfRequest,
  },
  {
    operation: 'get-keypair',
    method: 'GET',
    path: '/keypairs/:id',
    requirements: { permission: 'View certificate' },
    respond: showKeypair,
  },
]

/** Query parameters that narrow the list, beside `alias`; unknown ones change nothing. */
const FILTERS: Readonly<Record<string, (keypair: Keypair) => string>> = {
  id: ({ id }) => id,
  key_alg: ({ kind }) => kind.algorithm,
  key_size: ({ kind }) => (kind.algorithm === 'RSA' ? String(kind.modulusBits) : ''),
  curve: ({ kind }) => (kind.algorithm === 'RSA' ? '' : kind.curve),
  key_status: ({ status }) => status,
}

/** The keypair that a path names: by id, and by alias where the profile lets it. */
export function findKeypair(reference: string, emulation: Emulation): Keypair | undefined {
  const { profile } = emulation.behaviour
  const found = emulation.store.keypair(reference, profile)
  if (found !== undefined || !profile.has('alias-in-path')) return found
  return emulation.store.keypairs(profile).find(({ alias }) => alias === reference)
}

function listKeypairs(c: Context<ApiEnv>, emulation: Emulation): Response {
  const { profile } = emulation.behaviour
  // Under this profile no limit may bring the exact alias onto page 1.
  const mostItems = profile.has('substring-filter') ? DEFAULT_PAGE_ITEMS : undefined
  const parsed = parsePage(
    { offset: c.req.query('offset'), limit: c.req.query('limit') },
    mostItems,
  )
  if ('refusal' in parsed) return refuse(c, parsed.refusal)
  const matches = filterByAlias(c.req.query('alias'), emulation).filter((keypair) =>
    Object.entries(FILTERS).every(([name, read]) => {
      const wanted = c.req.query(name)
      return wanted === undefined || wanted === read(keypair)
    }),
  )
  const { items, ...page } = pageBody(matches, parsed.page.offset, parsed.page.limit)
  return c.json({ ...page, items: items.map((keypair) => keypairBody(keypair, 'list', emulation)) })
}

function filterByAlias(alias: string | undefined, emulation: Emulation): readonly Keypair[] {
  const { profile } = emulation.behaviour
  if (alias === undefined) return emulation.store.keypairs(profile)
  if (profile.has('substring-filter')) return emulation.store.keypairsContaining(alias, profile)
  return emulation.store.keypairs(profile).filter((keypair) => keypair.alias === alias)
}

function showKeypair(c: Context<ApiEnv>, emulation: Emulation): Response {
  const id = c.req.param('id') ?? ''
  const keypair = findKeypair(id, emulation)
  if (keypair === undefined) return refuse(c, keypairUnknown(id))
  const refusal = checkKeypairRights(keypair, emulation)
  if (refusal !== undefined) return refuse(c, refusal)
  return c.json(keypairBody(keypair, 'single', emulation))
}

async function createKeypairOfRequest(c: Context<ApiEnv>, emulation: Emulation): Promise<Response> {
  const body = await parseJsonObject(c)
  if ('refusal' in body) return refuse(c, body.refusal)
  const request = parseKeypairRequest(body.members)
  if ('refusal' in request) return refuse(c, request.refusal)
  const { alias, kind } = request.keypair
  const now = emulation.now()
  let keypair = createKeypair(request.keypair, await generateKey(kind), now)
  if (request.hasCertificate) {
    const validity = authorityValidity(now)
    const template = { alias, subject: defaultSubject(alias), validity }
    const issuer = emulation.world.hierarchy.signingIntermediate
    keypair = withCertificate(keypair, template, issuer, now)
  }
  // Looked at last: while a key is made, another request may take its alias.
  const others = emulation.store.keypairs(emulation.behaviour.profile)
  if (others.some((other) => other.alias === alias)) return refuse(c, duplicateAlias(alias))
  await emulation.store.add(keypair)
  return c.json(keypairBody(keypair, 'single', emulation), 201)
}

const RSA_SIZES: readonly unknown[] = [1024, 2048, 3072, 4096]
const CURVES: readonly unknown[] = ['P256', 'P384', 'P521'] satisfies readonly CurveName[]
const MAX_ALIAS_CHARACTERS = 255

interface KeypairRequest {
  readonly keypair: Parameters<typeof createKeypair>[0]
  /** Inferred member `generate_cert`, after smctl's flag. */
  readonly hasCertificate: boolean
}

/** The request's members are the keypair's own (inferred: the body is not public). Unknown ones are let be. */
function parseKeypairRequest(
  members: Readonly<Record<string, unknown>>,
): { refusal: Refusal } | KeypairRequest {
  const { alias, generate_cert } = members
  if (typeof alias !== 'string' || alias === '' || alias.length > MAX_ALIAS_CHARACTERS)
    return {
      refusal: invalidField(`alias is not a text of 1 to ${MAX_ALIAS_CHARACTERS} characters`),
    }
  const kind = parseKeyKind(members)
  if (typeof kind === 'string') return { refusal: invalidField(kind) }
  const type = members.key_type ?? 'PRODUCTION'
  const storage = members.key_storage ?? 'HSM'
  const modalType = members.key_modal_type ?? 'STATIC'
  if (type !== 'PRODUCTION' && type !== 'TEST')
    return { refusal: invalidField('key_type is neither PRODUCTION nor TEST') }
  if (storage !== 'HSM' && storage !== 'DISK')
    return { refusal: invalidField('key_storage is neither HSM nor DISK') }
  if (modalType !== 'STATIC' && modalType !== 'DYNAMIC')
    return { refusal: invalidField('key_modal_type is neither STATIC nor DYNAMIC') }
  const keypair = { alias, kind, type, storage, modalType } as const
  return { keypair, hasCertificate: generate_cert === true }
}

/** The kind, or what is wrong with it. */
function parseKeyKind(members: Readonly<Record<string, unknown>>): KeyKind | string {
  const { key_alg, key_size, curve } = members
  if (key_alg === 'RSA')
    return RSA_SIZES.includes(key_size)
      ? { algorithm: key_alg, modulusBits: Number(key_size) }
      : `key_size is none of ${RSA_SIZES.join(', ')}`
  if (key_alg === 'ECDSA')
    return CURVES.includes(curve)
      ? { algorithm: key_alg, curve: curve as CurveName }
      : `curve is none of ${CURVES.join(', ')}`
  if (key_alg === 'EdDSA')
    return curve === 'Ed25519' ? { algorithm: key_alg, curve } : 'curve is not Ed25519'
  return 'key_alg is none of RSA, ECDSA, EdDSA'
}
