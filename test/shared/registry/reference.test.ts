import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isNotationError } from '../../../shared/errors.ts'
import { encodeReference, parseReference } from '../../../shared/registry/reference.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`

it.each([
  ['localhost:5000/a/b:v1', { registry: 'localhost:5000', repository: 'a/b', tag: 'v1' }],
  [`docker.io/alpine@${DIGEST}`, { registry: 'docker.io', repository: 'alpine', digest: DIGEST }],
  ['[::1]:5000/a:v1', { registry: '[::1]:5000', repository: 'a', tag: 'v1' }],
  ['r.example/a__b/c.d/e---f:V_1.x-y', undefined],
])('parseReference() reads %s', (text, reference) => {
  if (reference !== undefined) expect(parseReference(text)).toEqual(reference)
  expect(encodeReference(parseReference(text))).toBe(text)
})

it('parseReference() drops a tag beside a digest, as notation does', () => {
  expect(parseReference(`r.example/a:v1@${DIGEST}`)).toEqual({
    registry: 'r.example',
    repository: 'a',
    digest: DIGEST,
  })
})

it.each([
  [
    'r.example/a',
    'no tag or digest. Expecting <registry>/<repo>:<tag> or <registry>/<repo>@<digest>',
  ],
  [
    'r.example/a:',
    'no tag or digest. Expecting <registry>/<repo>:<tag> or <registry>/<repo>@<digest>',
  ],
  ['alpine', 'missing registry or repository'],
  ['http://r.example/a:v1', 'invalid registry "http:"'],
  ['user@r.example/a:v1', 'invalid registry "user@r.example"'],
  ['r.example/A:v1', 'invalid repository "A"'],
  ['r.example/../a:v1', 'invalid repository "../a"'],
  ['r.example//a:v1', 'invalid repository "/a"'],
  ['r.example/a?b:v1', 'invalid repository "a?b"'],
  ['r.example/a:v 1', 'invalid tag "v 1"'],
  ['r.example/a:.v1', 'invalid tag ".v1"'],
  [`r.example/a:${'v'.repeat(129)}`, `invalid tag "${'v'.repeat(129)}"`],
  ['r.example/a@sha256:ab', 'invalid digest "sha256:ab"'],
  [`r.example/a@${DIGEST.toUpperCase()}`, `invalid digest "${DIGEST.toUpperCase()}"`],
  [`r.example/a@${DIGEST}@${DIGEST}`, `invalid digest "${DIGEST}@${DIGEST}"`],
])('parseReference() refuses %s', (text, found) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({
      code: 'reference-invalid',
      message: `Cannot read reference ${JSON.stringify(text)}: invalid reference: ${found}`,
    }),
  )
})

it('parseReference() reads what encodeReference() writes of any text that it reads', () => {
  const piece = fc.stringMatching(/^[a-zA-Z0-9._:@/ -]{1,40}$/)
  fc.assert(
    fc.property(piece, (text) => {
      try {
        const reference = parseReference(text)
        expect(parseReference(encodeReference(reference))).toEqual(reference)
      } catch (error) {
        expect(isNotationError(error, 'reference-invalid')).toBe(true)
      }
    }),
  )
})
