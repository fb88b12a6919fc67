import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { addUserMetadata } from '../../../shared/sign/user-metadata.ts'
import { TARGET_ARTIFACT } from '../../support/envelopes.ts'

describe('addUserMetadata()', () => {
  test('adds to the annotations and leaves the descriptor alone', () => {
    const descriptor = { ...TARGET_ARTIFACT, annotations: { a: '1' } }
    expect(addUserMetadata(descriptor, { b: '2' })).toEqual({
      ...TARGET_ARTIFACT,
      annotations: { a: '1', b: '2' },
    })
    expect(descriptor.annotations).toEqual({ a: '1' })
  })

  test('gives no annotations where there are none', () => {
    expect(addUserMetadata(TARGET_ARTIFACT, {})).toEqual(TARGET_ARTIFACT)
    expect(addUserMetadata({ ...TARGET_ARTIFACT, annotations: {} }, {})).toEqual(TARGET_ARTIFACT)
  })

  test.each(['io.cncf.notary', 'io.cncf.notary.build', 'io.cncf.notaryx'])(
    'refuses the reserved key %s',
    (key) => {
      expect(() => addUserMetadata(TARGET_ARTIFACT, { [key]: '1' })).toThrow(
        new NotationError(
          'request-invalid',
          `error adding user metadata: metadata key ${key} has reserved prefix io.cncf.notary`,
        ),
      )
    },
  )

  test('refuses a key that the artifact has', () => {
    const descriptor = { ...TARGET_ARTIFACT, annotations: { build: '41' } }
    expect(() => addUserMetadata(descriptor, { build: '42' })).toThrow(
      new NotationError(
        'request-invalid',
        'error adding user metadata: metadata key build is already present in the target artifact',
      ),
    )
  })

  test('takes __proto__ for a key like any other', () => {
    const added = addUserMetadata(TARGET_ARTIFACT, { ['__proto__']: '1' })
    expect(Object.entries(added.annotations ?? {})).toEqual([['__proto__', '1']])
  })
})
