// What the built plugin says to requests that it cannot answer.

import { describe, expect, it } from 'vitest'
import { keyRequest, runPlugin, signatureRequest } from './plugin-process.ts'
import { useRefusalBench } from './refusal-bench.ts'

const bench = useRefusalBench()

describe('a request', () => {
  const key = keyRequest('ec-p256')
  const sign = signatureRequest('ec-p256', 'EC-256')
  const cases: readonly (readonly [string, string, object | string | Uint8Array, string])[] = [
    [
      'that is empty',
      'describe-key',
      '',
      'VALIDATION_ERROR: Input is not a valid JSON: Cannot read JSON',
    ],
    ['that is no JSON', 'get-plugin-metadata', '{', 'VALIDATION_ERROR: Input is not a valid JSON'],
    [
      'that is no UTF-8',
      'describe-key',
      Uint8Array.of(0xff),
      'VALIDATION_ERROR: Input is not a valid JSON',
    ],
    [
      'with a member twice',
      'describe-key',
      '{"keyId":"a","keyId":"b"}',
      'VALIDATION_ERROR: Input is not a valid JSON',
    ],
    [
      'that is a list',
      'describe-key',
      [],
      'VALIDATION_ERROR: Input is not a valid JSON: it is not an object',
    ],
    [
      'without version',
      'describe-key',
      { keyId: 'x' },
      'VALIDATION_ERROR: Input is not a valid JSON: contractVersion cannot be empty',
    ],
    [
      'of version 2.0',
      'describe-key',
      { ...key, contractVersion: '2.0' },
      'UNSUPPORTED_CONTRACT_VERSION: "2.0" is not a supported notary plugin contract version',
    ],
    [
      'without key',
      'describe-key',
      { ...key, keyId: '' },
      'VALIDATION_ERROR: Input is not a valid JSON: keyId cannot be empty',
    ],
    [
      'with a key that is a number',
      'describe-key',
      { ...key, keyId: 1 },
      'VALIDATION_ERROR: Input is not a valid JSON: keyId is not a string',
    ],
    [
      'without keySpec',
      'generate-signature',
      { ...sign, keySpec: undefined },
      'VALIDATION_ERROR: Input is not a valid JSON: keySpec cannot be empty',
    ],
    [
      'with another keySpec',
      'generate-signature',
      { ...sign, keySpec: 'EC-224' },
      'VALIDATION_ERROR: keySpec "EC-224" is not supported',
    ],
    [
      'without hash',
      'generate-signature',
      { ...sign, hashAlgorithm: null },
      'VALIDATION_ERROR: Input is not a valid JSON: hashAlgorithm cannot be empty',
    ],
    [
      'with another hash',
      'generate-signature',
      { ...sign, hashAlgorithm: 'SHA-512' },
      'VALIDATION_ERROR: hashAlgorithm "SHA-512" is not supported: a key of EC-256 signs SHA-256',
    ],
    [
      'without payload',
      'generate-signature',
      { ...sign, payload: '' },
      'VALIDATION_ERROR: Input is not a valid JSON: payload cannot be empty',
    ],
    [
      'with a payload in the other base64',
      'generate-signature',
      { ...sign, payload: '_-8=' },
      'VALIDATION_ERROR: Input is not a valid JSON: payload is not base64',
    ],
    [
      'whose keySpec is not the key',
      'generate-signature',
      signatureRequest('ec-p384', 'EC-256'),
      'VALIDATION_ERROR: Cannot sign with keypair "ec-p384": its key is EC-384, the request says EC-256',
    ],
    [
      'with a pluginConfig that is a list',
      'describe-key',
      { ...key, pluginConfig: [] },
      'VALIDATION_ERROR: Input is not a valid JSON: pluginConfig is not an object',
    ],
    [
      'with a pluginConfig of numbers',
      'get-plugin-metadata',
      { pluginConfig: { a: 1 } },
      'VALIDATION_ERROR: Input is not a valid JSON: pluginConfig "a" is not a string',
    ],
    [
      'with a setting that is not known',
      'describe-key',
      keyRequest('x', { ca_cert: 'f' }),
      'VALIDATION_ERROR: failed to setup STM client: cannot use pluginConfig "ca_cert": known are SM_HOST, ',
    ],
    [
      'for a command that is not known',
      'verify-signature',
      {},
      'VALIDATION_ERROR: Invalid command, valid commands are: <describe-key|generate-signature|get-plugin-metadata|version>',
    ],
  ]
  it.each(cases)('%s is refused: %s', async (_, command, request, message) => {
    expect(bench().shownError(await bench().run(command, request))).toContain(message)
    expect(bench().takeRequests()).not.toContain('sign 200')
  })

  it.each([[[]], [['describe-key', 'x']]])('with the arguments %j is refused', async (args) => {
    const result = await runPlugin({ args, env: bench().env })
    expect(bench().shownError(result)).toMatch(
      /^VALIDATION_ERROR: Invalid command, valid commands are: /,
    )
  })

  it('over the size limit is refused before it is read whole', async () => {
    const request = Buffer.alloc(64 * 1024 * 1024, ' ')
    for (const command of ['describe-key', 'get-plugin-metadata'])
      expect(bench().shownError(await bench().run(command, request))).toBe(
        'VALIDATION_ERROR: Cannot read the request: it has more than 4194304 bytes',
      )
  })

  it('may hold members that nobody knows', async () => {
    const request = { ...keyRequest('ec-p256', {}), future: { a: [1] } }
    const { exitCode } = await bench().run('describe-key', request)
    expect(exitCode).toBe(0)
  })
})
