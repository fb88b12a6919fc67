import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeSequence,
  encodeUnsignedInteger,
  encodeUtf8String,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { parseTimestampResponse } from '../../../shared/timestamp/response.ts'
import { buildResponse } from '../../support/timestamps.ts'

const TOKEN = encodeSequence(encodeUnsignedInteger(1))

function refusalOf(bytes: Uint8Array): string {
  try {
    parseTimestampResponse(bytes)
  } catch (error) {
    if (isNotationError(error, 'timestamp-invalid')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('response', () => {
  test.each([0, 1])('parseTimestampResponse() takes the token of status %d', (status) => {
    expect(parseTimestampResponse(buildResponse(TOKEN, status))).toEqual(TOKEN)
  })

  test('parseTimestampResponse() passes over free text', () => {
    const status = encodeSequence(
      encodeUnsignedInteger(0),
      encodeSequence(encodeUtf8String('fine')),
    )
    expect(parseTimestampResponse(encodeSequence(status, TOKEN))).toEqual(TOKEN)
  })

  // The texts are tspclient-go's (pki/errors_test.go, pki/pki_test.go).
  test.each<[number, number[] | undefined, string]>([
    [2, undefined, '2: rejected'],
    [2, [0], '2: rejected. Failure info: unrecognized or unsupported Algorithm Identifier'],
    [
      2,
      [2, 5],
      '2: rejected. Failure info: transaction not permitted or supported; the data submitted has the wrong format',
    ],
    [
      2,
      [14, 15, 16],
      "2: rejected. Failure info: the TSA's time source is not available; the requested TSA policy is not supported by the TSA; the requested extension is not supported by the TSA",
    ],
    [
      2,
      [17, 25],
      '2: rejected. Failure info: the additional information requested could not be understood or is not available; the request cannot be handled due to system failure',
    ],
    [2, [1], '2: rejected'],
    [
      3,
      undefined,
      '3: the request body part has not yet been processed, expect to hear more later',
    ],
    [4, undefined, '4: warning: a revocation is imminent'],
    [5, undefined, '5: a revocation has occurred'],
    [6, undefined, '6: unknown PKIStatus 6'],
  ])('parseTimestampResponse() tells why: status %d, failure bits %j', (status, bits, text) => {
    expect(refusalOf(buildResponse(undefined, status, bits))).toBe(
      `invalid response with status code ${text}`,
    )
  })

  test('parseTimestampResponse() refuses a granted response without a token', () => {
    expect(refusalOf(buildResponse(undefined))).toBe(
      'Cannot use timestamp response: it is granted and holds no token',
    )
  })

  test('parseTimestampResponse() refuses bytes behind the response', () => {
    expect(refusalOf(Uint8Array.of(...buildResponse(TOKEN), 0))).toMatch(
      /^Cannot read timestamp response: bytes follow where it should end \(/,
    )
  })

  test('parseTimestampResponse() reads any bytes or throws timestamp-invalid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          parseTimestampResponse(bytes)
        } catch (error) {
          expect(isNotationError(error, 'timestamp-invalid')).toBe(true)
        }
      }),
    )
  })
})
