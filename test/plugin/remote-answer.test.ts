import { constants, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseKeyRequest, parseSignatureRequest } from '../../plugin/protocol.ts'
import { parseKeyAnswer, toRemoteError, verifySignatureAnswer } from '../../plugin/remote-answer.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { isNotationError } from '../../shared/errors.ts'
import type { StmAnswer } from '../../shared/stm/transport.ts'
import { buildChain } from '../support/certificates.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { keyRequest, signatureRequest } from './plugin-process.ts'
import { chainValidNow, goodAnswer } from './remote-api.ts'

const ORIGIN = 'https://notary.example'
const UNUSABLE = `Cannot use the answer of ${ORIGIN}: `
const built = chainValidNow()
const wire = (request: object): Uint8Array => Buffer.from(JSON.stringify(request))
const REQUEST = parseSignatureRequest(wire(signatureRequest('my-key', 'EC-256')))
const GOOD = answerTo(signatureRequest('my-key', 'EC-256'))

function answerTo(request: object, chain = built): object {
  const body = JSON.stringify(request)
  return goodAnswer(
    { method: 'POST', url: '/v1/generate-signature', authorization: undefined, body },
    chain,
  )
}

function answer(body: unknown, status = 200, headers = {}): StmAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answer', status, headers, body: Buffer.from(text) }
}

function verify(body: unknown, request = REQUEST): ReturnType<typeof verifySignatureAnswer> {
  return verifySignatureAnswer(answer(body), request, ORIGIN, {
    crypto: nodeCrypto,
    now: new Date(),
  })
}

describe('parseKeyAnswer()', () => {
  const { keyId } = parseKeyRequest(wire(keyRequest('my-key')))

  it('gives the key spec', () => {
    const good = answer({ keyId, keySpec: 'RSA-3072', more: 1 })
    expect(parseKeyAnswer(good, keyId, ORIGIN).keySpec).toBe('RSA-3072')
  })

  it.each([
    ['a page', '<html>', 'it is not a JSON object'],
    ['a list', [], 'it is not a JSON object'],
    [
      'two key specs',
      '{"keyId":"my-key","keySpec":"EC-256","keySpec":"EC-384"}',
      'it is not a JSON object',
    ],
    [
      'another key',
      { keyId: 'My-Key', keySpec: 'EC-256' },
      'its "keyId" is not that of the request',
    ],
    ['no key spec', { keyId }, 'its "keySpec" is not known'],
    ['an unknown key spec', { keyId, keySpec: 'RSA-1024' }, 'its "keySpec" is not known'],
  ])('refuses %s', (_what, body, reason) => {
    expect(() => parseKeyAnswer(answer(body), keyId, ORIGIN)).toThrow(
      expect.objectContaining({ code: 'signer-answer-invalid', message: UNUSABLE + reason }),
    )
  })
})

describe('verifySignatureAnswer()', () => {
  it('gives signature and chain of a good answer', async () => {
    const { chain, signature } = await verify(GOOD)
    expect(chain).toEqual(built.certificates)
    expect(signature).toHaveLength(64)
  })

  const other = chainValidNow()
  const expired = buildChain({
    leaf: { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') },
  })
  it.each<[string, unknown, string | RegExp]>([
    ['another key', { ...GOOD, keyId: 'x' }, 'its "keyId" is not that of the request'],
    [
      'another algorithm',
      { ...GOOD, signingAlgorithm: 'ECDSA-SHA-384' },
      'its "signingAlgorithm" is not ECDSA-SHA-256',
    ],
    ['no chain', { ...GOOD, certificateChain: undefined }, /^its "certificateChain" is no list/],
    ['an empty chain', { ...GOOD, certificateChain: [] }, /^its "certificateChain" /],
    [
      'eleven certificates',
      { ...GOOD, certificateChain: Array(11).fill('AA==') },
      'its "certificateChain" is no list of at most 10',
    ],
    [
      'a chain that is not base64',
      { ...GOOD, certificateChain: ['%'] },
      'its "certificateChain" is not base64',
    ],
    [
      'a chain of no certificates',
      { ...GOOD, certificateChain: ['AAAA'] },
      /^its "certificateChain" cannot be used: /,
    ],
    [
      'a chain without its root',
      { ...GOOD, certificateChain: built.certificates.slice(0, 2).map(encodeBase64) },
      /^its "certificateChain" cannot be used: /,
    ],
    [
      'a chain that expired',
      answerTo(signatureRequest('my-key', 'EC-256'), expired),
      /^its "certificateChain" cannot be used: /,
    ],
    ['no signature', { ...GOOD, signature: undefined }, 'its "signature" is not base64'],
    [
      'a signature of other bytes',
      answerTo(signatureRequest('my-key', 'EC-256', 'something else')),
      "its signature is not ECDSA-SHA-256 by its certificate's key",
    ],
    [
      "another key's chain",
      { ...GOOD, certificateChain: other.certificates.map(encodeBase64) },
      "its signature is not ECDSA-SHA-256 by its certificate's key",
    ],
  ])('refuses %s', async (_what, body, reason) => {
    const words =
      typeof reason === 'string'
        ? UNUSABLE + reason
        : expect.stringMatching(new RegExp(UNUSABLE + reason.source.slice(1)))
    await expect(verify(body)).rejects.toMatchObject({
      code: 'signer-answer-invalid',
      message: words,
    })
  })

  it('refuses a chain for a key of another key spec', async () => {
    const request = parseSignatureRequest(wire(signatureRequest('my-key', 'EC-384')))
    const body = { ...GOOD, signingAlgorithm: 'ECDSA-SHA-384' }
    await expect(verify(body, request)).rejects.toMatchObject({
      message: `${UNUSABLE}its signature is not ECDSA-SHA-384 by its certificate's key`,
    })
  })

  it("refuses a longer key's signature with the hash of the request's key spec", async () => {
    const long = chainValidNow('rsa-3072')
    const wanted = signatureRequest('my-key', 'RSA-2048')
    const request = parseSignatureRequest(wire(wanted))
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const signature = sign('sha256', request.payload, { key: long.leafKey, ...padding })
    const body = {
      keyId: 'my-key',
      signature: signature.toString('base64'),
      signingAlgorithm: 'RSASSA-PSS-SHA-256',
      certificateChain: long.certificates.map(encodeBase64),
    }
    await expect(verify(body, request)).rejects.toMatchObject({
      message: `${UNUSABLE}its signature is not RSASSA-PSS-SHA-256 by its certificate's key`,
    })
  })

  it('reads any answer, or refuses it as one', async () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ signature: fc.base64String(), certificateChain: fc.array(fc.base64String()) })
        .map((members) => JSON.stringify({ ...GOOD, ...members })),
    )
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const outcome = await verify(body).catch((error: unknown) => error)
        expect(isNotationError(outcome, 'signer-answer-invalid')).toBe(true)
      }),
    )
  })
})

describe('toRemoteError()', () => {
  it.each([
    ['caller-unauthenticated', 401],
    ['caller-forbidden', 403],
    ['key-unknown', 404],
    ['signer-throttled', 503],
    ['signature-unaccounted', 502],
    ['issuer-unavailable', 503],
    ['internal', 500],
  ])('keeps the code %s of a problem document and its detail', (code, status) => {
    const problem = answer({ code, detail: 'Cannot\n do\u0000 this' }, status, {
      'retry-after': '7',
    })
    expect(toRemoteError(problem, ORIGIN, true)).toMatchObject({
      code,
      message: `${ORIGIN} answered ${status}: Cannot do this`,
      retryAfterSeconds: 7,
    })
  })

  it.each([
    [400, 'configuration-invalid'],
    [302, 'configuration-invalid'],
    [401, 'caller-unauthenticated'],
    [403, 'caller-forbidden'],
    [404, 'configuration-invalid'],
    [429, 'signer-throttled'],
    [500, 'signer-unavailable'],
    [502, 'signer-unavailable'],
    [503, 'signer-unavailable'],
    [504, 'signer-timeout'],
  ])('judges a foreign answer by its status %i', (status, code) => {
    for (const body of ['<html>', '', { code: 'planted', detail: 'x' }, { code: 1 }])
      expect(toRemoteError(answer(body, status), ORIGIN, false)).toMatchObject({
        code,
        message: `${ORIGIN} answered ${status}, and not as the signing API does; check STM_NOTARY_URL`,
      })
  })

  it.each([
    [500, 'signature-unaccounted'],
    [502, 'signature-unaccounted'],
    [504, 'signature-unaccounted'],
    [503, 'signer-unavailable'],
    [429, 'signer-throttled'],
  ])('takes a signature for spent when a gateway lost its answer, %i', (status, code) => {
    expect(toRemoteError(answer('<html>', status), ORIGIN, true).code).toBe(code)
  })
})
