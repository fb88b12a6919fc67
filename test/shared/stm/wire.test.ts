import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { parseKeypairAnswer, parseKeypairPage, parseSignAnswer } from '../../../shared/stm/wire.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value), 'utf8')

describe('parseKeypairAnswer()', () => {
  it('keeps what is used and lets the rest be', () => {
    const certificate = {
      cert: 'AA==',
      certificate_status: 'ACTIVE',
      default_cert: true,
      chain: [{ blob: 'AQ==' }],
      x: 1,
    }
    expect(
      parseKeypairAnswer(
        bytes({ id: 'i', alias: 'a', public_key: null, certificates: [certificate, null], y: [] }),
      ),
    ).toEqual({
      id: 'i',
      alias: 'a',
      publicKey: undefined,
      certificates: [{ status: 'ACTIVE', isDefault: true, leaf: 'AA==', chain: ['AQ=='] }],
    })
  })
})

describe('parseSignAnswer()', () => {
  it('takes base64 with line breaks, as some encoders write it', () => {
    expect(parseSignAnswer(bytes({ id: 'i', signature: 'AQ\r\nID\n' })).signature).toEqual(
      Uint8Array.of(1, 2, 3),
    )
  })

  it.each([
    {},
    { signature: '' },
    { signature: 1 },
    { signature: 'A' },
    { id: 'i', signature: null },
    [],
  ])('refuses %j', (value) => {
    expect(() => parseSignAnswer(bytes(value))).toThrow(NotationError)
  })
})

describe('every parser', () => {
  it.each([parseKeypairAnswer, parseKeypairPage, parseSignAnswer])(
    'reads or refuses any bytes: %o',
    (parse) => {
      const member = fc.oneof(
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(
          fc.dictionary(fc.constantFrom('id', 'alias', 'chain', 'cert', 'blob'), fc.jsonValue()),
        ),
      )
      const answer = fc.dictionary(
        fc.constantFrom('id', 'alias', 'items', 'total', 'certificates', 'signature'),
        member,
      )
      const body = fc.oneof(fc.uint8Array(), answer.map(bytes))
      fc.assert(
        fc.property(body, (input) => {
          try {
            parse(input)
          } catch (error) {
            expect(error).toMatchObject({ name: 'NotationError', code: 'signer-answer-invalid' })
          }
        }),
      )
    },
  )
})
