// The page as people meet it: the API on loopback with a registry in memory and a fixed clock, and envelopes
// with all the moments that a picture of them can have.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { readPageFiles } from '../../functions/server/page-files.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createRegistry } from '../../shared/registry/client.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { createTestApi, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'
import type { CertificateOptions } from '../support/certificate-encoding.ts'
import { AT, type BuiltChain, buildChain } from '../support/certificates.ts'
import { makeJws } from '../support/envelopes.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { accuracyOf, buildToken } from '../support/timestamps.ts'

const JWS = 'application/jose+json'
const TIMESTAMP = 'io.cncf.notary.timestampSignature'
const NAME: CertificateOptions['subject'] = [
  ['C', 'US'],
  ['ST', 'Utah'],
  ['L', 'Lehi'],
  ['O', 'Acme, Inc.'],
]

/** Chains with validities as certificate authorities give them. */
export const SIGNER = buildChain({
  leaf: validFor('2029-03-01', '2032-02-29', 'Acme Container Signing'),
  intermediate: validFor('2026-01-15', '2041-01-14', 'Acme Issuing CA G2'),
  root: validFor('2021-04-29', '2046-04-28', 'Acme Trusted Root G4'),
})
export const TSA = buildChain({
  purpose: 'timestamping',
  leaf: validFor('2028-09-04', '2039-12-03', 'Acme SHA-256 Timestamp Responder 2028'),
  intermediate: validFor('2026-05-07', '2041-01-14', 'Acme Timestamping CA'),
  root: validFor('2021-04-29', '2046-04-28', 'Acme Trusted Root G4'),
})

/** What an envelope is to say. */
export interface EnvelopeOptions {
  readonly chain?: BuiltChain
  readonly signedAt?: Date
  readonly expiresAt?: Date
  /** Digits of a GeneralizedTime; without them there is no timestamp. */
  readonly stampedAt?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** A JWS envelope over an artifact. */
export function makeEnvelope(
  { mediaType, digest, size }: Pick<PushedImage, 'mediaType' | 'digest' | 'size'>,
  { chain = SIGNER, signedAt, expiresAt, stampedAt, annotations }: EnvelopeOptions = {},
): Uint8Array {
  return makeJws({
    chain,
    payload: JSON.stringify({
      targetArtifact: { mediaType, digest, size, ...(annotations && { annotations }) },
    }),
    header: {
      'io.cncf.notary.signingTime': written(signedAt ?? AT),
      ...(expiresAt && {
        crit: ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry'],
        'io.cncf.notary.expiry': written(expiresAt),
      }),
    },
    members: (members) => {
      if (stampedAt === undefined) return members
      const signature = Buffer.from(String(members.signature), 'base64url')
      const token = Buffer.from(tokenOver(signature, stampedAt)).toString('base64')
      return { ...members, header: { ...(members.header as object), [TIMESTAMP]: token } }
    },
  })
}

/** The API behind a port, and what it has. */
export interface PageWorld {
  readonly url: string
  readonly api: TestApi
  /** An image with signatures, in the order in which they are listed. */
  push(tag: string, envelopes: readonly EnvelopeOptions[]): Promise<PushedImage>
  close(): Promise<void>
}

/** Starts it. Its repository is public; its policy wants a timestamp to be looked at. */
export async function startPageWorld(
  overrides: Parameters<typeof createTestApi>[0] = {},
): Promise<PageWorld> {
  const trustBundle = await bundleOfLevel('strict')
  const readPageFile = await readPageFiles()
  const publicRepositories = [REPOSITORY]
  const api = await createTestApi({
    trustBundle,
    readPageFile,
    publicRepositories,
    ...overrides,
  })
  const server = createServer(
    getRequestListener(async (request) => {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      const body = method === 'POST' ? { body: await request.arrayBuffer() } : {}
      const answer = await api.request(`${pathname}${search}`, { method, headers, ...body })
      const dated = new Response(answer.body, answer)
      dated.headers.set('date', AT.toUTCString())
      return dated
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api,
    push: (tag, envelopes) => push(api, tag, envelopes),
    close: () => close(server),
  }
}

/** What is trusted, with a statement of the given level. */
export function bundleOfLevel(level: 'strict' | 'skip'): Promise<TrustBundle> {
  const trusted = {
    trustStores: ['ca:acme', 'tsa:acme'],
    trustedIdentities: ['x509.subject: C=US, ST=Utah, O=Acme\\, Inc.'],
  }
  const statement = {
    name: 'production-images',
    registryScopes: [`${REGISTRY}/${REPOSITORY}`],
    signatureVerification: { level },
    ...(level === 'skip' ? {} : trusted),
  }
  const document = {
    trustPolicy: { version: '1.0', trustPolicies: [statement] },
    trustStores: { 'ca:acme': [rootOf(SIGNER)], 'tsa:acme': [rootOf(TSA)] },
  }
  return parseTrustBundle(document, nodeCrypto)
}

async function push(
  api: TestApi,
  tag: string,
  envelopes: readonly EnvelopeOptions[],
): Promise<PushedImage> {
  const image = await pushImage(REGISTRY, REPOSITORY, tag, api.fetch)
  const { mediaType, digest, size } = image
  const registry = createRegistry({
    host: REGISTRY,
    plainHttp: false,
    trustedRealms: [],
    fetch: api.fetch,
    crypto: nodeCrypto,
  })
  for (const options of envelopes)
    await registry.pushSignature({
      repository: REPOSITORY,
      subject: { mediaType, digest, size },
      mediaType: JWS,
      envelope: makeEnvelope(image, options),
      chain: (options.chain ?? SIGNER).chain,
      createdAt: AT,
    })
  return image
}

function tokenOver(signature: Uint8Array, time: string): Uint8Array {
  const [signer] = TSA.issued
  if (signer === undefined) throw new Error('The chain is empty')
  const { certificates } = TSA
  return buildToken({ signer, certificates, signature, time, accuracy: accuracyOf(1) })
}

function validFor(from: string, until: string, commonName: string): CertificateOptions {
  return {
    subject: [...(NAME ?? []), ['CN', commonName]],
    notBefore: new Date(from),
    notAfter: new Date(until),
  }
}

function rootOf({ certificates }: BuiltChain): string {
  return encodePem('CERTIFICATE', certificates.at(-1) ?? new Uint8Array())
}

function written(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
