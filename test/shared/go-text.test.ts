import { describe, expect, test } from 'vitest'
import { formatGoTime, quoteGo } from '../../shared/go-text.ts'

describe('go-text', () => {
  // The names in test/vectors/x509/names.json, quoted by Go, cover the rest of quoteGo().
  test.each([
    ['', '""'],
    ['plain text', '"plain text"'],
    ['say "hi" \\ there', '"say \\"hi\\" \\\\ there"'],
    ['\u0000\u001f\u007f', '"\\x00\\x1f\\x7f"'],
    ['\u00a0\ufeff\u{e0001}', '"\\u00a0\\ufeff\\U000e0001"'],
    ['日本 🔒', '"日本 🔒"'],
  ])('quoteGo() writes %j as %%q does', (text, quoted) => {
    expect(quoteGo(text)).toBe(quoted)
  })

  test.each([
    ['2030-01-02T03:04:05.000Z', '2030-01-02 03:04:05 +0000 UTC'],
    ['2030-01-02T03:04:05.120Z', '2030-01-02 03:04:05.12 +0000 UTC'],
    ['2030-01-02T03:04:00.007Z', '2030-01-02 03:04:00.007 +0000 UTC'],
    ['2030-01-02T03:04:00.100Z', '2030-01-02 03:04:00.1 +0000 UTC'],
  ])('formatGoTime() writes %s without trailing zeros', (instant, text) => {
    expect(formatGoTime(new Date(instant))).toBe(text)
  })
})
