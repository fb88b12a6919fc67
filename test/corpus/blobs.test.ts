import { describe, expect, it } from 'vitest'
import { blobVerdict, readBlobCases } from './blob-case.ts'

describe('the blobs of the corpus', () => {
  const cases = readBlobCases()

  it.each(cases)('verifyBlob() gives the verdict of $id', async ({ expected, ...input }) => {
    expect(await blobVerdict(input)).toEqual(expected)
  })

  it('none has a reference, and the rows about blobs are shown', () => {
    expect(cases.every(({ notationGo }) => notationGo === null)).toBe(true)
    const rows = new Set(cases.flatMap(({ shows }) => shows))
    expect([rows.has('row 8'), rows.has('row 22')]).toEqual([true, true])
  })
})
