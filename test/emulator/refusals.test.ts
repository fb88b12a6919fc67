import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { ask, askToSign, FREE_PORTS, keypairOf } from './stm.ts'

const NOBODY = '6d9e30bc-0000-4000-8000-000000000000'

describe('the API refuses', () => {
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
  })
  afterEach(() => emulator.setProfile([]))
  afterAll(() => emulator.close())

  test.each(['', 'wrong'])('a request with the API key %j: 401', async (apiKey) => {
    const { status, json } = await ask(emulator, '/keypairs', { apiKey })
    expect(status).toBe(401)
    expect(json).toEqual({
      error: { status: 'invalid_api_key', message: 'Bad or missing API key' },
    })
  })

  test('the right API key with a byte more: 401', async () => {
    expect((await ask(emulator, '/keypairs', { apiKey: `${emulator.apiKey}0` })).status).toBe(401)
  })

  test('a certificate without the API key: 401', async () => {
    const answer = await askToSign(emulator, 'my-key', 'SHA256withRSA', { apiKey: '' })
    expect(answer.status).toBe(401)
  })

  test('to sign without the client certificate: 403 in the words of the service', async () => {
    const answer = await askToSign(emulator, 'my-key', 'SHA256withRSA', { isTwoFactor: false })
    expect(answer.status).toBe(403)
    expect(answer.json).toEqual({
      error: {
        status: 'access_denied',
        message:
          'User is not multi-factor authenticated. Missing Client Authentication Certificate. As per compliance rules, user needs to be authenticated using multi-factor for performing sign operation.',
      },
    })
  })

  test('to sign with another client certificate than its user’s: 403', async () => {
    const { id, certificates } = keypairOf(emulator, 'my-key')
    const response = await emulator.fetch(
      new Request(`https://stm.test/signingmanager/api/v1/keypairs/${id}/sign`, {
        method: 'POST',
        headers: { 'x-api-key': emulator.apiKey },
        body: '{}',
      }),
      { peerCertificate: certificates[0] ?? new Uint8Array() },
    )
    expect(response.status).toBe(403)
  })

  test('to create a keypair without the client certificate: 403', async () => {
    const answer = await ask(emulator, '/keypairs', {
      method: 'POST',
      body: { alias: 'never', key_alg: 'ECDSA', curve: 'P256' },
      isTwoFactor: false,
    })
    expect(answer.status).toBe(403)
    expect(answer.json.error?.message).toBe(
      'User is not multi-factor authenticated. As per compliance rules, user needs to be authenticated using multi-factor for performing generate operation.',
    )
  })

  test('nothing of the lists without the client certificate', async () => {
    expect((await ask(emulator, '/keypairs', { isTwoFactor: false })).status).toBe(200)
    expect((await ask(emulator, '/certificates', { isTwoFactor: false })).status).toBe(200)
  })

  test('to sign without the permission "signing": 403 that names it', async () => {
    emulator.setProfile('no-signing-permission')
    const answer = await askToSign(emulator, 'my-key', 'SHA256withRSA')
    expect(answer.status).toBe(403)
    expect(answer.json.error?.status).toBe('access_denied')
    expect(answer.json.error?.message).toContain('permission "signing"')
    expect((await ask(emulator, '/keypairs')).status).toBe(200)
  })

  test('certificates without the permission "View certificate": 403 that names it', async () => {
    emulator.setProfile('no-view-certificate-permission')
    const { id } = keypairOf(emulator, 'my-key')
    for (const path of ['/keypairs', `/keypairs/${id}`, '/certificates', `/certificates/${id}`]) {
      const answer = await ask(emulator, path)
      expect(answer.status).toBe(403)
      expect(answer.json.error?.message).toContain('permission "View certificate"')
    }
    expect((await askToSign(emulator, 'my-key', 'SHA256withRSA')).status).toBe(200)
  })

  test('to sign with an OFFLINE keypair: 403 in the words of the service', async () => {
    const answer = await askToSign(emulator, 'offline-key', 'SHA256withECDSA')
    expect(answer.status).toBe(403)
    expect(answer.json.error?.message).toBe(
      'Provided keypair is in OFFLINE state and cannot be used for signing. Please provide keypair in active state to be used for signing.',
    )
  })

  test('a keypair its user has no rights on: 403 that names user and keypair', async () => {
    const { id } = keypairOf(emulator, 'restricted-key')
    const user = (await ask(emulator, '/account/api/v1/user/me')).json.id
    const message = `User - ${user} does not have rights to access the keypair - ${id}`
    for (const answer of [
      await askToSign(emulator, 'restricted-key', 'SHA256withECDSA'),
      await ask(emulator, `/keypairs/${id}`),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.json.error?.message).toBe(message)
    }
  })

  test('a keypair of another team: 403 in the words of the service', async () => {
    const answer = await askToSign(emulator, 'team-key', 'SHA256withECDSA')
    expect(answer.status).toBe(403)
    expect(answer.json.error?.message).toBe(
      'You cannot access this keypair. This keypair is restricted to a team. To resolve this issue, ensure that the team is active and that you are part of the team.',
    )
  })

  test.each([
    ['GET', `/keypairs/${NOBODY}`],
    ['POST', `/keypairs/${NOBODY}/sign`],
    ['GET', '/keypairs/my-key'],
    ['POST', '/keypairs/my-key/sign'],
  ])('%s %s: 404 in the words of the service', async (method, path) => {
    const { status, json } = await ask(emulator, path, { method })
    const id = path.split('/')[2]
    expect(status).toBe(404)
    expect(json).toEqual({
      error: {
        status: 'invalid_input_field',
        message: `Keypair not present for given keypairId ${id}. Please provide correct keypairId.`,
      },
    })
  })

  test.each(['certificate', 'signature'])('an unknown %s: 404', async (resource) => {
    const { status, json } = await ask(emulator, `/${resource}s/${NOBODY}`)
    expect(status).toBe(404)
    expect(json.error?.message).toContain(`not present for given ${resource}Id ${NOBODY}`)
  })

  test('an unknown path: 404 in the gateway’s shape, whoever asks', async () => {
    for (const apiKey of ['', emulator.apiKey]) {
      const { status, json } = await ask(emulator, '/nowhere', { apiKey })
      expect(status).toBe(404)
      expect(json).toEqual({
        errors: [{ code: 'INTERNAL_SERVER_ERROR', message: 'Path not found' }],
      })
    }
  })

  test('a method that a path does not have: 405 in Spring’s shape', async () => {
    const { status, json } = await ask(emulator, '/keypairs', { method: 'DELETE' })
    expect(status).toBe(405)
    expect(json).toEqual({
      status: '405',
      error: 'Method Not Allowed',
      path: '/signingmanager/api/v1/keypairs',
    })
  })

  test.each(['/signingmanager/api/v1//keypairs', '//signingmanager/api/v1/keypairs'])(
    'the path %s with a page of HTML',
    async (path) => {
      const response = await emulator.fetch(
        new Request(`https://stm.test${path}`, { headers: { 'x-api-key': emulator.apiKey } }),
      )
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(await response.text()).toMatch(/^<!DOCTYPE html>/)
    },
  )

  test.each([
    ['no JSON', 'x', 'Request body is not a JSON object', 'invalid_request'],
    ['a list', '[]', 'Request body is not a JSON object', 'invalid_request'],
    ['no sig_alg', '{}', 'sig_alg is missing or no text', 'invalid_input_field'],
    [
      'an unknown sig_alg',
      '{"sig_alg":"MD5withRSA"}',
      'sig_alg "MD5withRSA" is not supported',
      'invalid_input_field',
    ],
    [
      'a sig_alg of another key',
      '{"sig_alg":"SHA256withECDSA"}',
      'sig_alg SHA256withECDSA does not fit a keypair of RSA',
      'invalid_input_field',
    ],
    [
      'no hash',
      '{"sig_alg":"SHA256withRSA"}',
      'hash is missing or not base64',
      'invalid_input_field',
    ],
    [
      'a hash that is no base64',
      '{"sig_alg":"SHA256withRSA","hash":"a-_="}',
      'hash is missing or not base64',
      'invalid_input_field',
    ],
    [
      'a hash of another length',
      '{"sig_alg":"SHA384withRSA","hash":"AAAA"}',
      'hash has 3 bytes, SHA384withRSA takes 48',
      'invalid_input_field',
    ],
  ])('to sign %s: 400', async (_what, rawBody, message, word) => {
    const { id } = keypairOf(emulator, 'rsa-2048')
    const { status, json } = await ask(emulator, `/keypairs/${id}/sign`, {
      method: 'POST',
      rawBody,
    })
    expect(status).toBe(400)
    expect(json).toEqual({ error: { status: word, message } })
  })

  test('a digest that does not fit into an RSA key: 400', async () => {
    const answer = await askToSign(emulator, 'rsa-1024', 'SHA512WithRSA/PSS')
    expect(answer.status).toBe(400)
    expect(answer.json.error?.message).toBe('hash does not fit into a signature of this keypair')
  })

  test.each([
    [{ key_alg: 'RSA', key_size: 2048 }, 'alias is not a text of 1 to 255 characters'],
    [{ alias: '', key_alg: 'RSA' }, 'alias is not a text of 1 to 255 characters'],
    [{ alias: 'x' }, 'key_alg is none of RSA, ECDSA, EdDSA'],
    [{ alias: 'x', key_alg: 'RSA' }, 'key_size is none of 1024, 2048, 3072, 4096'],
    [
      { alias: 'x', key_alg: 'RSA', key_size: '2048' },
      'key_size is none of 1024, 2048, 3072, 4096',
    ],
    [{ alias: 'x', key_alg: 'ECDSA', curve: 'P1' }, 'curve is none of P256, P384, P521'],
    [{ alias: 'x', key_alg: 'EdDSA' }, 'curve is not Ed25519'],
    [
      { alias: 'x', key_alg: 'EdDSA', curve: 'Ed25519', key_type: 'X' },
      'key_type is neither PRODUCTION nor TEST',
    ],
    [
      { alias: 'x', key_alg: 'EdDSA', curve: 'Ed25519', key_storage: 'X' },
      'key_storage is neither HSM nor DISK',
    ],
    [
      { alias: 'x', key_alg: 'EdDSA', curve: 'Ed25519', key_modal_type: 'X' },
      'key_modal_type is neither STATIC nor DYNAMIC',
    ],
  ])('to create the keypair %j: 400', async (body, message) => {
    const { status, json } = await ask(emulator, '/keypairs', { method: 'POST', body })
    expect(status).toBe(400)
    expect(json.error).toEqual({ status: 'invalid_input_field', message })
  })

  test('to create a keypair with an alias that exists: 409', async () => {
    const body = { alias: 'my-key', key_alg: 'ECDSA', curve: 'P256' }
    const { status, json } = await ask(emulator, '/keypairs', { method: 'POST', body })
    expect(status).toBe(409)
    expect(json.errors?.[0]).toEqual({
      code: 'duplicate_error',
      message: 'Alias my-key already exists. Enter a different alias.',
    })
  })

  test('the second of two keypairs that are created at once with one alias: 409', async () => {
    const body = { alias: 'at-once', key_alg: 'ECDSA', curve: 'P256' }
    const create = () => ask(emulator, '/keypairs', { method: 'POST', body })
    const answers = await Promise.all([create(), create()])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
  })

  test('a browser’s preflight: 403', async () => {
    const { status, text } = await ask(emulator, '/keypairs', { method: 'OPTIONS' })
    expect({ status, text }).toEqual({ status: 403, text: 'Invalid CORS request' })
  })

  test.each(['offset=-1', 'offset=x', 'limit=0', 'limit=1.5', 'limit=-1'])(
    'the page %s: 400',
    async (query) => {
      for (const list of ['keypairs', 'certificates']) {
        const { status, json } = await ask(emulator, `/${list}?${query}`)
        expect(status).toBe(400)
        expect(json.error?.message).toContain(`Parameter ${query.split('=')[0]} is not`)
      }
    },
  )

  test('a body above 64 KiB: 413', async () => {
    const { id } = keypairOf(emulator, 'my-key')
    const rawBody = JSON.stringify({ filler: 'x'.repeat(70_000) })
    const answer = await ask(emulator, `/keypairs/${id}/sign`, { method: 'POST', rawBody })
    expect(answer.status).toBe(413)
    expect(answer.json.error?.message).toBe('Request is too large')
  })
})
