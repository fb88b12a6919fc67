import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneLine, readProblemBody } from '../../../shared/stm/problem-body.ts'

const read = (text: string) => readProblemBody(Buffer.from(text, 'utf8'))

describe('readProblemBody()', () => {
  it.each([
    [
      '{"error":{"status":"access_denied","message":"No."}}',
      { format: 'json', word: 'access_denied', message: 'No.' },
    ],
    ['{"error":{"code":"c","message":"m"}}', { format: 'json', word: 'c', message: 'm' }],
    [
      '{"errors":[{"code":"request_limit_exceeded","message":"Slow."}]}',
      { format: 'json', word: 'request_limit_exceeded', message: 'Slow.' },
    ],
    [
      '{"status":"500","error":"Internal Server Error","path":"/x"}',
      { format: 'json', message: 'Internal Server Error' },
    ],
    [
      '{"status":"500","error":"Bad","message":"because"}',
      { format: 'json', message: 'Bad: because' },
    ],
    ['{"error":"just text"}', { format: 'json', message: 'just text' }],
    ['"just text"', { format: 'json', message: 'just text' }],
    ['{"message":"flat"}', { format: 'json', message: 'flat' }],
    ['{"error":{"status":"only_word"}}', { format: 'json', word: 'only_word' }],
    ['{"unforeseen":1}', { format: 'json', message: '{"unforeseen":1}' }],
    ['{"errors":[]}', { format: 'json', message: '{"errors":[]}' }],
    ['[1]', { format: 'json', message: '[1]' }],
    ['upstream\nfailed', { format: 'text', message: 'upstream failed' }],
    [' <!DOCTYPE html><html>', { format: 'html' }],
    ['<HTML>', { format: 'html' }],
    [' \n', { format: 'empty' }],
  ])('reads %s', (text, problem) => {
    expect(read(text)).toEqual(problem)
  })

  it('shows bytes that are no text as such, on one line and short', () => {
    const { message = '' } = readProblemBody(Uint8Array.from({ length: 5000 }, (_, i) => i % 256))
    expect(message.length).toBeLessThan(402)
    expect(message).not.toMatch(/\p{Cc}/u)
  })

  it('reads any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => readProblemBody(bytes).format.length > 0))
    fc.assert(fc.property(fc.json(), (text) => read(text).format.length > 0))
  })
})

describe('oneLine()', () => {
  it('has no line break, no control character and at most 401 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (text) => {
        expect(oneLine(text)).toMatch(/^[^\p{C}]{0,401}$/u)
      }),
    )
  })
})
