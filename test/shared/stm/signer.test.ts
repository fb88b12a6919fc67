// What a signer asks of Software Trust Manager, in which order, and what it makes of the answers.

import { constants, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KEY_SPEC_ENTRIES } from '../../../shared/algorithm.ts'
import { toDerSignature } from '../../../shared/ecdsa.ts'
import { NotationError } from '../../../shared/errors.ts'
import { createStmSigner } from '../../../shared/stm/signer.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { AT, buildChain, issueCertificate } from '../../support/certificates.ts'
import { localSigner } from '../../support/local-signer.ts'
import {
  base64,
  certificate,
  failed,
  json,
  keypair,
  page,
  type Reply,
  scriptedService,
  text,
} from './scripted-service.ts'

const ID = 'ea936a8f-0000-4000-8000-000000000001'
const MESSAGE = Buffer.from('a message', 'utf8')
const CHAIN = buildChain({})
const LISTED = page([keypair(CHAIN)])

async function errorOf(attempt: () => unknown): Promise<NotationError> {
  try {
    await attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(NotationError)
    return error as NotationError
  }
  throw new Error('it did not fail')
}

function describeKey(replies: readonly Reply[], keyId = 'my-key') {
  const service = scriptedService(replies)
  return { service, result: async () => createStmSigner(service.options).describeKey(keyId) }
}

async function signed(): Promise<Reply> {
  const signature = await localSigner(CHAIN).signMessage('', MESSAGE)
  return json({ id: 'sig-1', signature: base64(toDerSignature(signature)) })
}

describe('describeKey()', () => {
  it('asks once for an alias, percent-encoded, and answers with its chain in order', async () => {
    const { service, result } = describeKey(
      [page([keypair(CHAIN, { alias: 'a b&c/é' })])],
      'a b&c/é',
    )
    expect(await result()).toEqual({
      keyId: 'a b&c/é',
      keySpec: 'EC-256',
      chain: CHAIN.certificates,
    })
    expect(service.asked).toEqual(['GET /keypairs?alias=a%20b%26c%2F%C3%A9&limit=100'])
    expect(service.requests[0]?.headers).toMatchObject({ 'x-api-key': 'scripted-key' })
  })

  it('takes the one keypair whose alias is the same byte for byte, on whatever page', async () => {
    const others = Array.from({ length: 100 }, (_, i) => keypair(CHAIN, { alias: `my-key-${i}` }))
    const { service, result } = describeKey([
      page([...others.slice(1), keypair(CHAIN, { alias: 'MY-KEY' })], 101),
      page([keypair(CHAIN)], 101, 100),
    ])
    expect(await result()).toMatchObject({ keyId: 'my-key' })
    expect(service.asked[1]).toBe('GET /keypairs?alias=my-key&limit=100&offset=100')
  })

  it('asks for a UUID at its own address, and for an alias of that shape after a 404', async () => {
    const notFound = json(
      { error: { status: 'invalid_input_field', message: 'Keypair not present' } },
      404,
    )
    const { service, result } = describeKey([notFound, page([keypair(CHAIN, { alias: ID })])], ID)
    await result()
    expect(service.asked).toEqual([`GET /keypairs/${ID}`, `GET /keypairs?alias=${ID}&limit=100`])
  })

  it('asks for the keypair itself when the list leaves out certificates or their chain', async () => {
    const incomplete = [
      { certificates: undefined },
      { certificates: [] },
      { certificates: [certificate(CHAIN, { chain: undefined })] },
    ]
    for (const changes of incomplete) {
      const { service, result } = describeKey([
        page([keypair(CHAIN, changes)]),
        json(keypair(CHAIN)),
      ])
      expect(await result()).toMatchObject({ chain: CHAIN.certificates })
      expect(service.asked[1]).toBe(`GET /keypairs/${ID}`)
    }
  })

  it('orders a shuffled chain and leaves strangers out', async () => {
    const stranger = buildChain({}).certificates
    const blobs = [...stranger, ...CHAIN.certificates.slice(1).toReversed()]
    const chain = blobs.map((der) => ({ blob: base64(der) }))
    const { result } = describeKey([
      page([keypair(CHAIN, { certificates: [certificate(CHAIN, { chain })] })]),
    ])
    expect(await result()).toMatchObject({ chain: CHAIN.certificates })
  })

  it('takes the default certificate, else the newest that is valid', async () => {
    const [, issuer] = CHAIN.issued
    const key = CHAIN.leafKey
    const leafAt = (notBefore: string, notAfter: string) =>
      issueCertificate(
        {
          key,
          notBefore: new Date(notBefore),
          notAfter: new Date(notAfter),
          keyUsage: ['digitalSignature'],
          basicConstraints: null,
        },
        issuer,
      ).der
    const older = leafAt('2029-01-01T00:00:00Z', '2031-01-01T00:00:00Z')
    const newer = leafAt('2029-06-01T00:00:00Z', '2031-01-01T00:00:00Z')
    const expired = leafAt('2028-01-01T00:00:00Z', '2029-12-31T00:00:00Z')
    const item = (leaf: Uint8Array, changes: object = {}) =>
      certificate(CHAIN, { cert: base64(leaf), default_cert: false, ...changes })
    const leafOf = async (certificates: readonly unknown[]) => {
      const { result } = describeKey([page([keypair(CHAIN, { certificates })])])
      return (await result()).chain[0]
    }
    expect(await leafOf([item(newer), item(older, { default_cert: true })])).toEqual(older)
    expect(await leafOf([item(older), item(newer), item(expired)])).toEqual(newer)
    expect(await leafOf([item(older), item(expired, { default_cert: true })])).toEqual(older)
    expect(await leafOf([item(newer, { certificate_status: 'REVOKED' }), item(older)])).toEqual(
      older,
    )
    const { result } = describeKey([page([keypair(CHAIN, { certificates: [item(expired)] })])])
    expect(await errorOf(result)).toMatchObject({
      code: 'chain-invalid',
      message: expect.stringMatching(
        /^Cannot sign with keypair "my-key": its certificate ".*" expired on 2029-12-31T00:00:00\.000Z; renew it/,
      ),
    })
  })

  const refused: readonly (readonly [string, readonly Reply[], string, RegExp])[] = [
    [
      'a keypair without certificate',
      [page([keypair(CHAIN, { certificates: [] })]), json(keypair(CHAIN, { certificates: [] }))],
      'key-unsupported',
      /has no active certificate that you may see/,
    ],
    [
      'a certificate of another key',
      [page([keypair(CHAIN, { public_key: base64(buildChain({}).chain[0]?.spki) })])],
      'signer-answer-invalid',
      /is not for the key of keypair "my-key"$/,
    ],
    [
      'a certificate that is not base64',
      [page([keypair(CHAIN, { certificates: [certificate(CHAIN, { cert: '!' })] })])],
      'signer-answer-invalid',
      /its "cert" is not base64$/,
    ],
    [
      'a certificate that is not one',
      [page([keypair(CHAIN, { certificates: [certificate(CHAIN, { cert: 'AAAA' })] })])],
      'signer-answer-invalid',
      /its "cert" is not a certificate/,
    ],
    [
      'a leaf that may not sign',
      [page([keypair(buildChain({ leaf: { keyUsage: ['keyEncipherment'] } }))])],
      'chain-invalid',
      /^Cannot sign with keypair "my-key": .*Digital Signature/,
    ],
    [
      'a key that is none of the six',
      [page([keypair(buildChain({ leaf: { key: 'Ed25519' } }))])],
      'key-unsupported',
      /unsupported public key type; the Notary Project signs with RSA-2048/,
    ],
    [
      'two keypairs of one alias',
      [page([keypair(CHAIN), keypair(CHAIN)])],
      'key-unknown',
      /several keypairs have the alias "my-key"; use a keypair's UUID$/,
    ],
    [
      'a list that is none',
      [json({ total: 1 })],
      'signer-answer-invalid',
      /it has no list "items"$/,
    ],
    [
      'a keypair without id',
      [page([keypair(CHAIN, { id: 7 })])],
      'signer-answer-invalid',
      /it has no text "id"$/,
    ],
    [
      'an answer that is no JSON',
      [text('{')],
      'signer-answer-invalid',
      /it is not JSON, or it was cut off$/,
    ],
    [
      'HTML',
      [text('<!DOCTYPE html><p>x')],
      'signer-answer-invalid',
      /^failed to get keypair: .* answered 200 with HTML instead of JSON: check that SM_HOST/,
    ],
    [
      'a redirect',
      [text('', 302)],
      'signer-answer-invalid',
      /^failed to get keypair: 302: a redirect is not followed; check SM_HOST$/,
    ],
  ]
  it.each(refused)('refuses %s', async (_, replies, code, message) => {
    const { result } = describeKey(replies)
    expect(await errorOf(result)).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses another keypair than the one that was asked for', async () => {
    const { result } = describeKey([json(keypair(CHAIN, { id: ID.replace('1', '2') }))], ID)
    expect((await errorOf(result)).code).toBe('signer-answer-invalid')
  })

  it('names aliases that differ by case or white space, and hides no 404 when there is no list', async () => {
    const similar = page([
      keypair(CHAIN, { alias: 'My-Key' }),
      keypair(CHAIN, { alias: ' my-key' }),
      keypair(CHAIN, { alias: 'x' }),
    ])
    const hinted = await errorOf(describeKey([page([]), similar]).result)
    expect(hinted).toMatchObject({
      code: 'key-unknown',
      message:
        'failed to get keypair: 404 Not Found: no keypair that you may see has the alias or id "my-key"; aliases are case-sensitive: did you mean "My-Key" or " my-key"?',
    })
    const { message } = await errorOf(describeKey([page([]), text('', 403)]).result)
    expect(message).toMatch(
      /^failed to get keypair: 404 Not Found: no keypair .*; list yours with "smctl keypair list"$/,
    )
  })

  it('names a host that takes no client certificates', async () => {
    const body = {
      error: { status: 'access_denied', message: 'User is not multi-factor authenticated.' },
    }
    const service = scriptedService([json(body, 403)], { host: 'https://one.digicert.com' })
    const error = await errorOf(() => createStmSigner(service.options).describeKey('my-key'))
    expect(error.message).toMatch(
      /SM_HOST is https:\/\/one\.digicert\.com, which does not take client certificates: use https:\/\/clientauth\.one\.digicert\.com$/,
    )
  })
})

describe('signMessage()', () => {
  it.each(KEY_SPEC_ENTRIES)(
    'asks for the digest of $keySpec by the name of its algorithm',
    async (entry) => {
      const key =
        entry.scheme.name === 'ECDSA' ? entry.scheme.namedCurve : (`rsa-${entry.bits}` as const)
      const built = buildChain({ leaf: { key: key as 'P-256' } })
      const raw = await localSigner(built).signMessage('', MESSAGE)
      const isEc = entry.scheme.name === 'ECDSA'
      for (const sent of isEc ? [toDerSignature(raw), raw] : [raw]) {
        const service = scriptedService([
          page([keypair(built)]),
          json({ id: 's', signature: base64(sent) }),
        ])
        expect(await createStmSigner(service.options).signMessage('my-key', MESSAGE)).toEqual(raw)
        const digest = await webCrypto.digest(entry.hash, MESSAGE)
        expect(JSON.parse(service.requests[1]?.body ?? '')).toEqual({
          sig_alg: isEc
            ? `SHA${entry.hash.slice(4)}WithECDSA`
            : `SHA${entry.hash.slice(4)}WithRSA/PSS`,
          hash: base64(digest),
        })
      }
    },
  )

  it('looks a key up once for its description and its signature, and tells who made what', async () => {
    const made: unknown[] = []
    const service = scriptedService([LISTED, await signed()], {
      onSignature: (record) => made.push(record),
    })
    const signer = createStmSigner(service.options)
    await signer.describeKey('my-key')
    await signer.signMessage('my-key', MESSAGE)
    expect(service.asked).toEqual([
      'GET /keypairs?alias=my-key&limit=100',
      `POST /keypairs/${ID}/sign`,
    ])
    expect(made).toEqual([
      { keypairId: ID, signatureAlgorithm: 'SHA256WithECDSA', signatureId: 'sig-1' },
    ])
  })

  it('fetches a signature that comes by its id', async () => {
    const service = scriptedService([LISTED, json({ id: 'sig/1' }), await signed()])
    await createStmSigner(service.options).signMessage('my-key', MESSAGE)
    expect(service.asked[2]).toBe('GET /signatures/sig%2F1')
  })

  it('tells a signature of the older RSA scheme by its name', async () => {
    const built = buildChain({ leaf: { key: 'rsa-2048' } })
    const signature = sign('sha256', MESSAGE, {
      key: built.leafKey,
      padding: constants.RSA_PKCS1_PADDING,
    })
    const service = scriptedService([
      page([keypair(built)]),
      json({ signature: base64(signature) }),
    ])
    const error = await errorOf(() =>
      createStmSigner(service.options).signMessage('my-key', MESSAGE),
    )
    expect(error).toMatchObject({
      code: 'signer-answer-invalid',
      message: expect.stringMatching(
        /does not verify: it is RSASSA-PKCS1-v1_5, wanted is RSASSA-PSS-SHA-256; it was spent and is not used\. .* set signature_algorithm_RSASSA-PSS-SHA-256$/,
      ),
    })
  })

  it('hands over no signature of another message', async () => {
    const service = scriptedService([LISTED, await signed()])
    const error = await errorOf(() =>
      createStmSigner(service.options).signMessage('my-key', Buffer.from('another')),
    )
    expect(error.code).toBe('signer-answer-invalid')
  })

  it('spends no signature on a chain that breaks the rules', async () => {
    const service = scriptedService([
      page([keypair(buildChain({ leaf: { keyUsage: null } }))]),
      await signed(),
    ])
    await errorOf(() => createStmSigner(service.options).signMessage('my-key', MESSAGE))
    expect(service.asked).toHaveLength(1)
  })

  const unaccounted: readonly (readonly [string, readonly Reply[]])[] = [
    ['a connection that broke after the request', [failed(true)]],
    ['a timeout after the request', [failed(true, 'signer-timeout')]],
    ['a 500', [text('', 500)]],
    ['a 502', [text('', 502)]],
    ['an answer without a signature', [json({})]],
    ['an answer that is cut off', [text('{"signature":"AA')]],
    ['HTML', [text('<html>')]],
    ['an id under which nothing is found', [json({ id: 'x' }), text('', 404)]],
  ]
  it.each(unaccounted)(
    'does not repeat a request that met %s, and says that a signature may be spent',
    async (_, replies) => {
      const service = scriptedService([LISTED, ...replies])
      const error = await errorOf(() =>
        createStmSigner(service.options).signMessage('my-key', MESSAGE),
      )
      expect(error.code).toBe('signature-unaccounted')
      expect(error.message).toMatch(
        /^failed to sign: .*a signature may have been spent, so the request was not repeated; look in the signature log/,
      )
      expect(service.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
    },
  )

  const repeatable: readonly (readonly [string, Reply])[] = [
    ['a connection that was never made', failed(false)],
    ['a 429', text('', 429)],
    ['a 503', text('', 503)],
  ]
  it.each(repeatable)('repeats a request that met %s', async (_, reply) => {
    const service = scriptedService([LISTED, reply, reply, await signed()])
    await createStmSigner(service.options).signMessage('my-key', MESSAGE)
    expect(service.sleeps).toHaveLength(2)
  })

  it('runs out of time from its creation on', async () => {
    const service = scriptedService([text('', 503)], { totalTimeoutMs: 500, callTimeoutMs: 400 })
    const error = await errorOf(() => createStmSigner(service.options).describeKey('my-key'))
    expect(error.code).toBe('signer-unavailable')
    expect(service.requests[0]?.timeoutMs).toBe(400)
    expect(service.requests.at(-1)?.timeoutMs).toBeLessThan(400)
    expect(service.options.now().getTime() - AT.getTime()).toBeLessThan(500)
  })
})
