import { afterEach, describe, expect, test, vi } from 'vitest'
import { EMPTY_CONFIGURATION } from '../../../functions/configuration.ts'
import { createWorkerSigners, type StmBindings } from '../../../functions/worker/stm-connection.ts'

const STM = { fetch: () => Promise.reject(new Error('internal error')) }
const ALL = { STM, SM_HOST: 'https://stm.example', SM_API_KEY: 'key' }
const create = (bindings: StmBindings) =>
  createWorkerSigners(bindings, EMPTY_CONFIGURATION.stm, () => new Date())

describe('createWorkerSigners()', () => {
  afterEach(() => vi.useRealTimers())

  test('gives none where nothing is bound', () => {
    expect(create({})).toBeUndefined()
  })

  test.each(['STM', 'SM_HOST', 'SM_API_KEY'] as const)(
    'names %s when it alone is missing',
    (name) => {
      const { [name]: _, ...bindings } = ALL
      expect(() => create(bindings)).toThrow(name)
    },
  )

  test('tells which setting to check when the service cannot be reached', async () => {
    // It is asked again and again, after pauses that pass at once here.
    vi.useFakeTimers().setTimerTickMode('nextTimerAsync')
    const signer = create(ALL)?.createSigner(() => {})
    await expect(signer?.describeKey('my-key')).rejects.toMatchObject({
      code: 'signer-unavailable',
      message: expect.stringContaining('check SM_HOST, and the certificate behind the binding STM'),
    })
  })
})
