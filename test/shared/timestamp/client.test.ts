import { describe, expect, test } from 'vitest'
import { DER_TAG } from '../../../shared/der.ts'
import { encodeUnsignedInteger } from '../../../shared/der-encode.ts'
import { NotationError } from '../../../shared/errors.ts'
import { TIMESTAMP_AUTHORITIES } from '../../../shared/timestamp/authorities.ts'
import { fetchTimestamp, type TimestampDependencies } from '../../../shared/timestamp/client.ts'
import { AT, buildChain, type ChainOptions } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import {
  type Answer,
  REPLY,
  type Request,
  readRequest,
  stamping,
  tsa,
} from '../../support/timestamp-authority.ts'
import {
  buildResponse,
  buildToken,
  encodeImprint,
  SIGNATURE,
  type TokenOptions,
} from '../../support/timestamps.ts'

const URL_TEXT = 'http://user:secret@tsa.example/path?token=secret'
const PLACE = '"http://tsa.example/path"'

/** Asks an authority that answers so, and keeps what it was asked. */
async function ask(
  answer: Answer,
  roots = tsa.chain.slice(-1),
  requests: Request[] = [],
  changes: Partial<TimestampDependencies> = {},
) {
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request = { url, init, ...readRequest(init.body as Uint8Array) }
    requests.push(request)
    return answer(request)
  }
  return fetchTimestamp(
    { url: URL_TEXT, roots, hash: 'SHA-256', signature: SIGNATURE },
    { fetch, crypto: nodeCrypto, now: () => AT, timeoutMs: 50, ...changes },
  )
}

async function refusalOf(answer: Answer, roots = tsa.chain.slice(-1)): Promise<string> {
  try {
    await ask(answer, roots)
  } catch (error) {
    if (error instanceof NotationError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('Nothing was refused')
}

/** What is said of an authority whose chain deviates so. */
function refusalUnder(options: ChainOptions): Promise<string> {
  const chain = buildChain({ purpose: 'timestamping', ...options })
  return refusalOf(stamping({}, chain), chain.chain.slice(-1))
}

describe('client', () => {
  test('fetchTimestamp() answers the token as the authority made it', async () => {
    const requests: Request[] = []
    let sent = new Uint8Array()
    const token = await ask(
      async (request) => {
        const response = await stamping()(request)
        sent = new Uint8Array(await response.clone().arrayBuffer())
        return response
      },
      undefined,
      requests,
    )
    expect(Buffer.from(sent).includes(token)).toBe(true)
    expect(requests.length).toBe(1)
    expect(requests[0]?.url).toBe(URL_TEXT)
    expect(requests[0]?.init).toMatchObject({
      method: 'POST',
      headers: { 'Content-Type': 'application/timestamp-query' },
      redirect: 'manual',
    })
    expect(requests[0]?.imprint).toEqual(encodeImprint('SHA-256', SIGNATURE))
  })

  test.each<[string, () => Response, string]>([
    [
      '500',
      () => new Response('', { status: 500 }),
      `timestamp-unavailable: POST ${PLACE}: https response bad status: 500`,
    ],
    [
      '503',
      () => new Response('', { status: 503 }),
      `timestamp-unavailable: POST ${PLACE}: https response bad status: 503`,
    ],
    [
      '429',
      () => new Response('', { status: 429 }),
      `timestamp-unavailable: POST ${PLACE}: https response bad status: 429`,
    ],
    [
      '404',
      () => new Response('', { status: 404 }),
      `timestamp-invalid: POST ${PLACE}: https response bad status: 404`,
    ],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { Location: 'http://x' } }),
      `timestamp-invalid: POST ${PLACE}: https response bad status: 302`,
    ],
    [
      '204',
      () => new Response(null, { status: 204 }),
      `timestamp-invalid: POST ${PLACE}: https response bad status: 204`,
    ],
    [
      'HTML',
      () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
      `timestamp-invalid: POST ${PLACE}: unexpected response content type: "text/html"`,
    ],
    [
      'a media type with parameters',
      () => new Response('', { headers: { 'Content-Type': 'application/timestamp-reply; v=1' } }),
      `timestamp-invalid: POST ${PLACE}: unexpected response content type: "application/timestamp-reply; v=1"`,
    ],
    [
      'no media type',
      () => new Response(new Uint8Array(1)),
      `timestamp-invalid: POST ${PLACE}: unexpected response content type: ""`,
    ],
    [
      'an empty body',
      () => new Response(null, { headers: REPLY }),
      'timestamp-invalid: Cannot read timestamp response: it ends where another value should stand (byte 0)',
    ],
    [
      'a rejection',
      () => new Response(Uint8Array.from(buildResponse(undefined, 2, [5])), { headers: REPLY }),
      'timestamp-invalid: invalid response with status code 2: rejected. Failure info: the data submitted has the wrong format',
    ],
  ])('fetchTimestamp() refuses %s', async (_, answer, message) => {
    expect(await refusalOf(answer)).toBe(message)
  })

  test('fetchTimestamp() gives up a body that is too large before it has read it all', async () => {
    let parts = 0
    let isCancelled = false
    const body = new ReadableStream({
      pull(controller) {
        parts++
        controller.enqueue(new Uint8Array(64 * 1024))
      },
      cancel() {
        isCancelled = true
      },
    })
    expect(await refusalOf(() => new Response(body, { headers: REPLY }))).toBe(
      `timestamp-invalid: POST ${PLACE}: unexpected large http response, max response body size allowed is 1 MiB`,
    )
    expect(parts).toBeLessThan(20)
    expect(isCancelled).toBe(true)
  })

  test('fetchTimestamp() says when the authority cannot be reached', async () => {
    const refusal = await refusalOf(() => {
      throw new TypeError('fetch failed')
    })
    expect(refusal).toBe(
      `timestamp-unavailable: Cannot get a timestamp from ${PLACE}: it could not be reached`,
    )
  })

  test('fetchTimestamp() says when the authority takes too long', async () => {
    const refusal = await refusalOf(
      ({ init }) =>
        new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        }),
    )
    expect(refusal).toBe(
      `timestamp-unavailable: Cannot get a timestamp from ${PLACE}: no whole answer within 50 ms`,
    )
  })

  test.each<[string, Partial<TokenOptions>, string]>([
    [
      'another nonce',
      { nonce: encodeUnsignedInteger(1) },
      'timestamp-invalid: invalid timestamping response: nonce in response does not match nonce in request',
    ],
    [
      'an imprint of another signature',
      { imprint: encodeImprint('SHA-256', Uint8Array.of(1)) },
      'timestamp-invalid: invalid timestamping response: message imprint in response does not match with request',
    ],
    [
      'an imprint by another hash',
      { imprint: encodeImprint('SHA-512', SIGNATURE) },
      'timestamp-invalid: invalid timestamping response: message imprint in response does not match with request',
    ],
    [
      'no certificates',
      { certificates: [] },
      'timestamp-invalid: failed to verify signed token: signing certificate not found in the timestamp token',
    ],
  ])('fetchTimestamp() refuses %s', async (_, options, message) => {
    expect(await refusalOf(stamping(options))).toBe(message)
  })

  test('fetchTimestamp() refuses a token without a nonce', async () => {
    const answer: Answer = ({ imprint }) => {
      const token = buildToken({
        signer: tsa.issued[0] as never,
        certificates: tsa.certificates,
        imprint,
      })
      return new Response(Uint8Array.from(buildResponse(token)), { headers: REPLY })
    }
    expect(await refusalOf(answer)).toBe(
      'timestamp-invalid: invalid timestamping response: nonce in response does not match nonce in request',
    )
  })

  test('fetchTimestamp() refuses a token under a root that is not the one given', async () => {
    const other = buildChain({ purpose: 'timestamping' }).chain
    expect(await refusalOf(stamping(), other.slice(-1))).toMatch(
      /^timestamp-invalid: failed to verify signed token: .*x509: certificate signed by unknown authority/,
    )
  })

  test('fetchTimestamp() verifies the path now, not at the time that the token says', async () => {
    expect(await refusalUnder({ leaf: { notAfter: new Date(AT.getTime() - 1000) } })).toMatch(
      /^timestamp-invalid: .* is not valid at 2030-01-02T03:04:05\.000Z/,
    )
  })

  test.each<[string, ChainOptions, string]>([
    [
      'a leaf that names an OCSP server',
      { leaf: { ocspUrls: ['http://o.example'] } },
      'CN=Test Timestamp Signer,O=Acme\\\\, Inc.,L=Lehi,ST=UT,C=US',
    ],
    [
      'an intermediate that names a CRL',
      { intermediate: { crlUrls: ['http://c.example'] } },
      'CN=Test Issuing CA 1,O=Test CA,C=US',
    ],
  ])('fetchTimestamp() cannot check revocation of %s', async (_, options, subject) => {
    expect(await refusalUnder(options)).toBe(
      `check-unsupported: Cannot check revocation of timestamping certificate with subject "${subject}": it names an OCSP or CRL server, and none are asked here`,
    )
  })

  test.each([
    ['ok', undefined],
    ['revoked', 'timestamp-invalid: Cannot use the timestamp: what was found'],
    ['unknown', 'timestamp-unavailable: Cannot use the timestamp: what was found'],
  ] as const)('fetchTimestamp() has the chain checked: %s', async (status, refusal) => {
    const chain = buildChain({ purpose: 'timestamping', leaf: { ocspUrls: ['http://o.example'] } })
    const asked: unknown[] = []
    const checkRevocation: TimestampDependencies['checkRevocation'] = async (given) => {
      asked.push(given.map(({ raw }) => raw))
      return { status, message: 'what was found' }
    }
    const answer = ask(stamping({}, chain), chain.chain.slice(-1), [], { checkRevocation })
    const outcome = await answer.then(
      () => undefined,
      ({ code, message }) => `${code}: ${message}`,
    )
    expect(outcome).toBe(refusal)
    expect(asked).toEqual([chain.chain.map(({ raw }) => raw)])
  })

  test('fetchTimestamp() passes a root that names a CRL, which nobody checks', async () => {
    const chain = buildChain({ purpose: 'timestamping', root: { crlUrls: ['http://c.example'] } })
    expect((await ask(stamping({}, chain), chain.chain.slice(-1))).length).toBeGreaterThan(0)
  })

  test.each(['', 'tsa.example', 'ftp://tsa.example', 'file:///etc/passwd'])(
    'fetchTimestamp() refuses the URL %j',
    async (url) => {
      const fetch = () => Promise.reject(new Error('It was fetched'))
      const order = { url, roots: [], hash: 'SHA-256', signature: SIGNATURE } as const
      const asked = fetchTimestamp(order, { fetch, crypto: nodeCrypto, now: () => AT })
      await expect(asked).rejects.toMatchObject({
        code: 'configuration-invalid',
        message: 'Cannot ask timestamp authority: its URL is not an http or https URL',
      })
    },
  )

  test('fetchTimestamp() reads a body that comes in parts', async () => {
    const token = await ask(async (request) => {
      const bytes = new Uint8Array(await (await stamping()(request)).arrayBuffer())
      const body = new ReadableStream({
        start(controller) {
          for (const part of [bytes.slice(0, 1), bytes.slice(1, 300), bytes.slice(300)])
            controller.enqueue(part)
          controller.close()
        },
      })
      return new Response(body, { headers: REPLY })
    })
    expect(token[0]).toBe(DER_TAG.sequence)
  })

  test('the presets are the URLs that the signing guide lists', () => {
    expect(TIMESTAMP_AUTHORITIES).toEqual({
      digicert: 'http://timestamp.digicert.com',
      microsoft: 'http://timestamp.acs.microsoft.com',
      globalsign: 'http://timestamp.globalsign.com/scripts/timstamp.dll',
    })
  })
})
