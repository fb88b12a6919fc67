import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createSpanId,
  createTraceId,
  parseTraceparent,
} from '../../../../functions/server/traces/trace-context.ts'
import { nodeCrypto } from '../../../support/node-crypto.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('parseTraceparent()', () => {
  test('reads ids and the flag', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      isSampled: true,
    })
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)?.isSampled).toBe(false)
  })

  test('reads a later version as far as it knows it', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE)
  })

  test.each([
    null,
    '',
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
  ])('takes %j for none', (header) => {
    expect(parseTraceparent(header)).toBeUndefined()
  })

  test('any text is a context or none', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTraceparent(text)))
  })

  test('ids that are made can be read', () => {
    const header = `00-${createTraceId(nodeCrypto)}-${createSpanId(nodeCrypto)}-01`
    expect(parseTraceparent(header)?.isSampled).toBe(true)
  })
})
