import { describe, expect, test } from 'vitest'
import { judgeConnection } from '../../../functions/deno/connection-failure.ts'

const judge = judgeConnection({ origin: 'https://stm.example', proxy: undefined })

/** As Deno 2.9 throws it. */
function fetchFailed(reason: string): Error {
  return new TypeError('fetch failed', {
    cause: new Error(`error sending request for url (https://stm.example/): ${reason}`),
  })
}

describe('judgeConnection()', () => {
  test.each([
    [
      'dns error: failed to lookup address information: Name or service not known',
      'configuration-invalid',
      'there is no host of this name',
    ],
    [
      'tcp connect error: Connection refused (os error 111)',
      'signer-unavailable',
      'the connection was refused',
    ],
    [
      'invalid peer certificate: UnknownIssuer',
      'configuration-invalid',
      'issued by a CA that is not trusted here',
    ],
    [
      'received corrupt message of type InvalidContentType',
      'configuration-invalid',
      'does not speak TLS',
    ],
  ])('says that nothing was sent for %s', (reason, code, text) => {
    expect(judge(fetchFailed(`client error (Connect): ${reason}`))).toMatchObject({
      sent: false,
      error: { code, message: expect.stringContaining(text) },
    })
  })

  test.each([
    'client error (SendRequest): connection closed before message completed',
    'some words that a later version has',
  ])('says that the request may have been read for %s', (reason) => {
    expect(judge(fetchFailed(reason))).toMatchObject({
      sent: true,
      error: { code: 'signer-unavailable' },
    })
  })

  test('takes what is no error for a broken connection', () => {
    expect(judge('planted')).toMatchObject({ sent: true, error: { code: 'signer-unavailable' } })
  })
})
