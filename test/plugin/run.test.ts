// The plugin as a function, with a signer that a test makes up.

import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { holdKeys, type KeyHolder } from '../../plugin/key-holder.ts'
import { PLUGIN_METADATA } from '../../plugin/metadata.ts'
import { toPluginError } from '../../plugin/plugin-error.ts'
import { type RunDeps, run } from '../../plugin/run.ts'
import { type ErrorCode, NotationError } from '../../shared/errors.ts'
import type { Signer } from '../../shared/signer.ts'
import { keyRequest, signatureRequest } from './plugin-process.ts'

const SIGNER: Signer = {
  describeKey: (keyId) => ({
    keyId,
    keySpec: 'EC-256',
    chain: [Uint8Array.of(1), Uint8Array.of(2)],
  }),
  signMessage: () => Uint8Array.of(3, 4),
}

function runWith(
  argv: readonly string[],
  request: unknown,
  changes: Partial<RunDeps> = {},
): ReturnType<typeof run> {
  return run(argv, {
    openKeys: () => holdKeys(SIGNER),
    readRequest: async () => Buffer.from(JSON.stringify(request), 'utf8'),
    onFailure: () => {},
    redact: (text) => text,
    ...changes,
  })
}

describe('run()', () => {
  it('answers get-plugin-metadata with all that notation asks for, without a signer', async () => {
    const { stdout } = await runWith(
      ['get-plugin-metadata'],
      {},
      {
        openKeys: () => {
          throw new Error('opened')
        },
      },
    )
    expect(JSON.parse(stdout)).toEqual(PLUGIN_METADATA)
    expect(PLUGIN_METADATA).toMatchObject({
      name: 'digicert-stm',
      version: packageJson.version,
      supportedContractVersions: ['1.0'],
      capabilities: ['SIGNATURE_GENERATOR.RAW'],
    })
  })

  it('answers describe-key with the key id as it was written', async () => {
    const keyId = ' Ключ "1" '
    expect(await runWith(['describe-key'], keyRequest(keyId))).toEqual({
      exitCode: 0,
      stdout: `${JSON.stringify({ keyId, keySpec: 'EC-256' })}\n`,
      stderr: '',
    })
  })

  it('answers generate-signature with signature, algorithm and chain', async () => {
    const { stdout } = await runWith(['generate-signature'], signatureRequest('k', 'EC-256'))
    expect(JSON.parse(stdout)).toEqual({
      keyId: 'k',
      signature: 'AwQ=',
      signingAlgorithm: 'ECDSA-SHA-256',
      certificateChain: ['AQ==', 'Ag=='],
    })
  })

  it('gives the signer the settings of the request', async () => {
    const seen: unknown[] = []
    const openKeys = (config: unknown): KeyHolder => {
      seen.push(config)
      return holdKeys(SIGNER)
    }
    await runWith(['describe-key'], keyRequest('k', { SM_HOST: 'h' }), { openKeys })
    await runWith(['describe-key'], { ...keyRequest('k'), pluginConfig: null }, { openKeys })
    expect(seen).toEqual([{ SM_HOST: 'h' }, {}])
  })

  it('spends no signature when the key is of another kind than the request says', async () => {
    const signer: Signer = {
      ...SIGNER,
      signMessage: () => {
        throw new Error('signed')
      },
    }
    const { stderr } = await runWith(['generate-signature'], signatureRequest('k', 'EC-384'), {
      openKeys: () => holdKeys(signer),
    })
    expect(JSON.parse(stderr)).toEqual({
      errorCode: 'VALIDATION_ERROR',
      errorMessage: 'Cannot sign with keypair "k": its key is EC-256, the request says EC-384',
    })
  })

  it('shows no secret, and no stack of what it did not foresee', async () => {
    const failures: unknown[] = []
    const result = await runWith(['describe-key'], keyRequest('k'), {
      openKeys: () => {
        throw new TypeError('planted is not a function')
      },
      redact: (text) => text.replaceAll('planted', '[redacted]'),
      onFailure: (error) => failures.push(error),
    })
    const error = {
      errorCode: 'ERROR',
      errorMessage:
        'Cannot go on: the plugin met an error that it does not know (TypeError: [redacted] is not a function); please report it with the log file',
    }
    expect(result).toEqual({ exitCode: 1, stdout: '', stderr: `${JSON.stringify(error)}\n` })
    expect(failures).toEqual([error])
  })
})

describe('toPluginError()', () => {
  const codes: readonly (readonly [ErrorCode, string])[] = [
    ['request-invalid', 'VALIDATION_ERROR'],
    ['configuration-invalid', 'VALIDATION_ERROR'],
    ['key-unknown', 'VALIDATION_ERROR'],
    ['contract-version-unsupported', 'UNSUPPORTED_CONTRACT_VERSION'],
    ['signer-denied', 'ACCESS_DENIED'],
    ['credential-invalid', 'ACCESS_DENIED'],
    ['signer-timeout', 'TIMEOUT'],
    ['signer-throttled', 'THROTTLED'],
    ['signer-unavailable', 'ERROR'],
    // Neither TIMEOUT nor THROTTLED, which would invite to another try.
    ['signature-unaccounted', 'ERROR'],
  ]
  it.each(codes)('gives %s as %s', (code, errorCode) => {
    expect(toPluginError(new NotationError(code, 'words'))).toEqual({
      errorCode,
      errorMessage: 'words',
    })
  })

  it.each([undefined, 'text', null])('takes %j, which is no error object', (thrown) => {
    expect(toPluginError(thrown)).toMatchObject({ errorCode: 'ERROR' })
  })
})
