import { expect, it } from 'vitest'
import { equalSecrets } from '../../../../functions/events/authentication/equal-secrets.ts'
import { webCrypto } from '../../../../shared/web-crypto.ts'

it.each([
  ['secret', 'secret', true],
  ['Secret', 'secret', false],
  ['secret ', 'secret', false],
  ['', 'secret', false],
  [undefined, 'secret', false],
  // Nothing that was sent is not the empty text.
  [undefined, '', false],
])('equalSecrets(%j, %j) is %j', async (sent, secret, expected) => {
  expect(await equalSecrets(sent, secret, webCrypto)).toBe(expected)
})
