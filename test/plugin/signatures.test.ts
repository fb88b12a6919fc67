// The built plugin against the emulator: what it answers, what that costs, and what it survives.

import { constants, verify, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultAnswer } from '../../emulator/faults.ts'
import type { ProfileName } from '../../emulator/profiles.ts'
import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../../shared/algorithm.ts'
import {
  errorOf,
  keyRequest,
  openBench,
  type PluginBench,
  type PluginResult,
  signatureRequest,
} from './plugin-process.ts'

const ALIASES: Readonly<Record<string, string>> = {
  'RSA-2048': 'rsa-2048',
  'RSA-3072': 'rsa-3072',
  'RSA-4096': 'rsa-4096',
  'EC-256': 'ec-p256',
  'EC-384': 'ec-p384',
  'EC-521': 'ec-p521',
}
const UUID_ALIAS = 'c0ffee00-1234-4abc-8def-0123456789ab'

interface SignatureAnswer {
  readonly keyId: string
  readonly signature: string
  readonly signingAlgorithm: string
  readonly certificateChain: readonly string[]
}

describe('the plugin and Software Trust Manager', () => {
  let bench: PluginBench

  beforeAll(async () => {
    bench = await openBench()
  })
  beforeEach(() => {
    bench.emulator.setProfile([])
    bench.emulator.setFaults([])
    bench.takeRequests()
  })
  afterAll(() => bench.close())

  const idOf = (alias: string): string =>
    bench.emulator.keypairs.find((keypair) => keypair.alias === alias)?.id ?? ''

  it.each(KEY_SPEC_ENTRIES)('describes and signs with $keySpec by alias', async (entry) => {
    const alias = ALIASES[entry.keySpec] ?? ''
    expect(answerOf(await bench.run('describe-key', keyRequest(alias)))).toEqual({
      keyId: alias,
      keySpec: entry.keySpec,
    })
    expect(bench.takeRequests()).toEqual(['list-keypairs 200'])
    const signed = await bench.run('generate-signature', signatureRequest(alias, entry.keySpec))
    expectSignature(answerOf(signed), alias, entry)
    expect(bench.takeRequests()).toEqual(['list-keypairs 200', 'sign 200'])
  })

  it.each(KEY_SPEC_ENTRIES)('describes and signs with $keySpec by UUID', async (entry) => {
    const id = idOf(ALIASES[entry.keySpec] ?? '')
    expect(answerOf(await bench.run('describe-key', keyRequest(id)))).toEqual({
      keyId: id,
      keySpec: entry.keySpec,
    })
    expect(bench.takeRequests()).toEqual(['get-keypair 200'])
    const signed = await bench.run('generate-signature', signatureRequest(id, entry.keySpec))
    expectSignature(answerOf(signed), id, entry)
    expect(bench.takeRequests()).toEqual(['get-keypair 200', 'sign 200'])
  })

  it('finds a UUID in capital letters and repeats it as it was written', async () => {
    const id = idOf('ec-p256').toUpperCase()
    expect(answerOf(await bench.run('describe-key', keyRequest(id)))).toEqual({
      keyId: id,
      keySpec: 'EC-256',
    })
  })

  const variants: readonly (readonly [ProfileName, string, readonly string[]])[] = [
    ['list-without-chain', 'ec-p256', ['list-keypairs 200', 'get-keypair 200', 'sign 200']],
    ['list-without-certificates', 'ec-p256', ['list-keypairs 200', 'get-keypair 200', 'sign 200']],
    ['substring-filter', 'ec-p256', ['list-keypairs 200', 'list-keypairs 200', 'sign 200']],
    ['uuid-alias', UUID_ALIAS, ['get-keypair 404', 'list-keypairs 200', 'sign 200']],
    ['cross-signed', 'ec-p256', ['list-keypairs 200', 'sign 200']],
    ['shuffled-chain', 'ec-p256', ['list-keypairs 200', 'sign 200']],
    ['raw-ecdsa', 'ec-p256', ['list-keypairs 200', 'sign 200']],
    ['tls-refusal', 'ec-p256', ['list-keypairs 200', 'sign 200']],
    ['signature-by-id', 'ec-p256', ['list-keypairs 200', 'sign 200', 'get-signature 200']],
  ]
  it.each(variants)('signs where the service is as in %s', async (profile, keyId, requests) => {
    bench.emulator.setProfile([profile])
    const { keySpec } = answerOf(await bench.run('describe-key', keyRequest(keyId))) as {
      keySpec: string
    }
    bench.takeRequests()
    const signed = await bench.run('generate-signature', signatureRequest(keyId, keySpec))
    const entry = KEY_SPEC_ENTRIES.find((candidate) => candidate.keySpec === keySpec)
    expectSignature(answerOf(signed), keyId, entry as KeySpecEntry)
    expect(bench.takeRequests()).toEqual(requests)
  })

  it('completes a chain without its root from ca_certs', async () => {
    bench.emulator.setProfile(['root-absent'])
    const pluginConfig = { ca_certs: bench.write('root.pem', bench.emulator.signingRootPem) }
    const request = signatureRequest('ec-p384', 'EC-384', 'x', pluginConfig)
    const answer = answerOf(await bench.run('generate-signature', request)) as SignatureAnswer
    expect(answer.certificateChain.length).toBeGreaterThan(1)
  })

  it('refuses a chain without its root and names ca_certs', async () => {
    bench.emulator.setProfile(['root-absent'])
    const result = await bench.run('generate-signature', signatureRequest('ec-p384', 'EC-384'))
    const { errorCode, errorMessage } = errorOf(result)
    expect(errorCode).toBe('VALIDATION_ERROR')
    expect(errorMessage).toMatch(
      /^Cannot sign with keypair "ec-p384": .* does not end in a self-signed root; .* --plugin-config ca_certs=FILE$/,
    )
    expect(bench.takeRequests()).not.toContain('sign 200')
  })

  it('asks for an algorithm by the name that a setting gives it', async () => {
    bench.emulator.setProfile(['pss-named-mgf1'])
    const name = { 'signature_algorithm_RSASSA-PSS-SHA-256': 'SHA256withRSAandMGF1' }
    const request = signatureRequest('rsa-2048', 'RSA-2048', 'x', name)
    expect(answerOf(await bench.run('generate-signature', request))).toMatchObject({
      signingAlgorithm: 'RSASSA-PSS-SHA-256',
    })
    const refused = await bench.run('generate-signature', signatureRequest('rsa-2048', 'RSA-2048'))
    expect(errorOf(refused).errorMessage).toContain('signature_algorithm_…')
  })

  it('repeats reads that fail for the moment', async () => {
    bench.emulator.setFaults([
      { on: 'list-keypairs', answer: 'server-error', next: 1 },
      { on: 'list-keypairs', answer: 'reset', next: 1 },
      { on: 'list-keypairs', answer: 'throttled', next: 1, retryAfterSeconds: 1 },
    ])
    const result = await bench.run('describe-key', keyRequest('ec-p256'))
    expect(answerOf(result)).toEqual({ keyId: 'ec-p256', keySpec: 'EC-256' })
    expect(bench.takeRequests()).toEqual([
      'list-keypairs 500',
      'list-keypairs no answer',
      'list-keypairs 429',
      'list-keypairs 200',
    ])
  })

  it.each(['throttled', 'unavailable'] as const)(
    'repeats a sign request that was %s',
    async (answer) => {
      bench.emulator.setFaults([
        { on: 'sign', answer, next: 1, retryAfterSeconds: 1, retryAfterForm: 'http-date' },
      ])
      const result = await bench.run('generate-signature', signatureRequest('ec-p256', 'EC-256'))
      expect(answerOf(result)).toMatchObject({ keyId: 'ec-p256' })
      expect(bench.takeRequests().filter((line) => line.startsWith('sign'))).toHaveLength(2)
    },
  )

  const spent: readonly (readonly [FaultAnswer, string])[] = [
    ['reset', 'the connection broke'],
    ['cut-off', 'the connection broke'],
    ['server-error', '500 Internal Server Error'],
    ['html', 'HTML instead of JSON'],
    ['truncated', 'it is not JSON, or it was cut off'],
    ['hang', 'did not answer within 700 ms'],
  ]
  it.each(spent)(
    'asks for a signature once when the answer is %s, and says that one may be spent',
    async (answer, words) => {
      bench.emulator.setFaults([{ on: 'sign', answer }])
      const request = signatureRequest('ec-p256', 'EC-256')
      const result = await bench.run('generate-signature', request, { SM_CONN_TIMEOUT: '700' })
      const { errorCode, errorMessage } = errorOf(result)
      expect(errorCode).toBe('ERROR')
      expect(errorMessage).toContain(words)
      expect(errorMessage).toContain('a signature may have been spent')
      expect(bench.takeRequests().filter((line) => line.startsWith('sign'))).toHaveLength(1)
    },
  )

  it.each(['wrong-signature', 'short-signature', 'wrong-salt'] as const)(
    'hands over no signature that is a %s',
    async (answer) => {
      bench.emulator.setFaults([{ on: 'sign', answer }])
      const result = await bench.run('generate-signature', signatureRequest('rsa-2048', 'RSA-2048'))
      expect(errorOf(result)).toEqual({
        errorCode: 'ERROR',
        errorMessage: expect.stringMatching(
          /^failed to sign: the signature that keypair "rsa-2048" made as "SHA256WithRSA\/PSS" does not verify: it is not RSASSA-PSS-SHA-256 by the certificate's key with a salt of 32 bytes; it was spent/,
        ),
      })
    },
  )

  it('gives up a read that is never answered, in time', async () => {
    bench.emulator.setFaults([{ on: 'list-keypairs', answer: 'hang' }])
    const result = await bench.run('describe-key', keyRequest('ec-p256'), {
      SM_CONN_TIMEOUT: '200',
    })
    expect(errorOf(result)).toEqual({
      errorCode: 'TIMEOUT',
      errorMessage: expect.stringMatching(
        /^failed to get keypair: https:\/\/localhost:\d+ did not answer within 200 ms; SM_CONN_TIMEOUT sets/,
      ),
    })
  })

  it('gives up at once when the service asks to wait longer than there is time', async () => {
    bench.emulator.setFaults([
      { on: 'list-keypairs', answer: 'throttled', retryAfterSeconds: 3600 },
    ])
    const { errorCode, errorMessage } = errorOf(
      await bench.run('describe-key', keyRequest('ec-p256')),
    )
    expect(errorCode).toBe('THROTTLED')
    expect(errorMessage).toMatch(
      /^failed to get keypair: 429 Too Many Requests: .*the service asks to wait 3600 s$/,
    )
    expect(bench.takeRequests()).toEqual(['list-keypairs 429'])
  })

  it('logs each signature with its id, and no secret', async () => {
    await bench.run('generate-signature', signatureRequest('ec-p256', 'EC-256'))
    const log = bench.log()
    expect(log).toMatch(
      /INFO .* signed with keypair [0-9a-f-]{36} as SHA256WithECDSA, signature id [0-9a-f-]{36}\n/,
    )
    expect(log).not.toContain(bench.emulator.apiKey)
    expect(log).not.toContain(bench.emulator.clientP12Password)
  })
})

function answerOf({ exitCode, stdout, stderr }: PluginResult): unknown {
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout)
}

/** Checked with node:crypto alone, over the bytes that were sent. */
function expectSignature(answer: unknown, keyId: string, entry: KeySpecEntry): void {
  const { signature, certificateChain, ...rest } = answer as SignatureAnswer
  expect(rest).toEqual({ keyId, signingAlgorithm: entry.signingAlgorithm })
  const chain = certificateChain.map((text) => new X509Certificate(Buffer.from(text, 'base64')))
  expect(chain.length).toBeGreaterThan(1)
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate
    expect(certificate.verify(issuer.publicKey)).toBe(true)
  }
  const key = chain[0]?.publicKey
  const options =
    entry.scheme.name === 'RSA-PSS'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: entry.scheme.saltBytes }
      : { dsaEncoding: 'ieee-p1363' as const }
  const bytes = Buffer.from(signature, 'base64')
  expect(bytes).toHaveLength(entry.signatureBytes)
  const message = Buffer.from('to be signed', 'utf8')
  expect(
    verify(entry.hash, message, { key: key as NonNullable<typeof key>, ...options }, bytes),
  ).toBe(true)
}
