// What the built plugin says of services that it cannot reach or trust, or that refuse.

import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { FaultAnswer } from '../../emulator/faults.ts'
import { keyRequest, signatureRequest } from './plugin-process.ts'
import { PLANTED, useRefusalBench } from './refusal-bench.ts'

const bench = useRefusalBench()

describe('a service', () => {
  it('that is not trusted is named with SM_CA_FILE', async () => {
    const words = "the server's certificate is issued by a CA that is not trusted here"
    expect(await bench().describeError({ SM_CA_FILE: '' })).toMatch(
      new RegExp(`${words} \\(\\w+\\); set SM_CA_FILE to`),
    )
    expect(
      await bench().describeError({
        SM_CA_FILE: bench().write('other.pem', bench().emulator.signingRootPem),
      }),
    ).toContain(words)
  })

  it('is asked all the same with SM_TLS_SKIP_VERIFY, and the log says so', async () => {
    const env = { SM_CA_FILE: '', SM_TLS_SKIP_VERIFY: 'True' }
    const { exitCode, stderr } = await bench().run('describe-key', keyRequest('ec-p256'), env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(bench().log()).toContain('WARN  [')
  })

  it('is not made trusted by NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    const error = await bench().describeError({ SM_CA_FILE: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(error).toContain('is issued by a CA that is not trusted here')
  })

  it('under another name than its certificate is named', async () => {
    const { port } = new URL(bench().emulator.url)
    const error = await bench().describeError({
      SM_HOST: `https://localhost.localdomain:${port}`,
      HTTPS_PROXY: '',
    })
    expect(error).toMatch(/another name \(ERR_TLS_CERT_ALTNAME_INVALID\)|no host of this name/)
  })

  it.each(['SM_CA_FILE', 'ca_certs'])(
    'with a %s that holds no certificate is not asked',
    async (name) => {
      const path = bench().write('no.pem', 'no certificate')
      const request = name === 'ca_certs' ? keyRequest('x', { ca_certs: path }) : keyRequest('x')
      const env: Record<string, string> = name === 'ca_certs' ? {} : { [name]: path }
      expect(bench().shownError(await bench().run('describe-key', request, env))).toContain(
        `VALIDATION_ERROR: failed to setup STM client: ${name} "${path}": Cannot read certificates: `,
      )
      expect(bench().takeRequests()).toEqual([])
    },
  )

  it('that does not listen is named', async () => {
    expect(await bench().describeError({ SM_HOST: 'https://localhost:1' })).toBe(
      'ERROR: failed to get keypair: cannot reach https://localhost:1: the connection was refused (ECONNREFUSED)',
    )
  })

  it('that does not exist is named', async () => {
    const error = await bench().describeError({ SM_HOST: 'https://stm.invalid' })
    expect(error).toMatch(
      /cannot reach https:\/\/stm\.invalid: (there is no host of this name|the name server)/,
    )
  })

  it('that speaks plain HTTP is named', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const error = await bench().describeError({ SM_HOST: `https://127.0.0.1:${port}` })
    server.close()
    expect(error).toContain('the server does not speak TLS as it should')
  })

  it('that never shakes hands is given up in time', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const error = await bench().describeError({
      SM_HOST: `https://127.0.0.1:${port}`,
      SM_CONN_TIMEOUT: '100',
    })
    server.close()
    expect(error).toMatch(/^TIMEOUT: failed to get keypair: .* did not answer within 100 ms/)
  })

  it('that does not know the API key shows the words of the guide', async () => {
    expect(await bench().describeError({ SM_API_KEY: PLANTED.apiKey })).toMatch(
      /^ACCESS_DENIED: failed to setup STM client: 401 Unauthorized: .*: check SM_API_KEY: it must be unexpired/,
    )
  })

  it('that does not know the alias shows the words of the guide and those that differ by case', async () => {
    expect(await bench().describeError({}, 'no-such-key')).toMatch(
      /^VALIDATION_ERROR: failed to get keypair: 404 Not Found: no keypair that you may see has the alias or id "no-such-key"; list yours/,
    )
    expect(await bench().describeError({}, 'EC-P256 ')).toContain(
      'aliases are case-sensitive: did you mean "ec-p256"?',
    )
  })

  const answers: readonly (readonly [FaultAnswer, string])[] = [
    ['unauthorized', 'ACCESS_DENIED: failed to setup STM client: 401 Unauthorized'],
    ['forbidden', 'ACCESS_DENIED: failed to get keypair: 403 Forbidden'],
    ['not-found', 'VALIDATION_ERROR: failed to get keypair: 404 Not Found'],
    ['html', 'with HTML instead of JSON: check that SM_HOST is the address'],
    ['truncated', 'it is not JSON, or it was cut off'],
    ['cut-off', 'the connection broke'],
  ]
  it.each(answers)('that answers %s is quoted', async (answer, message) => {
    bench().emulator.setFaults([{ on: 'list-keypairs', answer }])
    expect(await bench().describeError({})).toContain(message)
  })

  const permissions: readonly (readonly [
    'no-signing-permission' | 'no-view-certificate-permission',
    RegExp,
  ])[] = [
    [
      'no-signing-permission',
      /^ACCESS_DENIED: failed to sign: 403 Forbidden: access_denied: .*: give the user/,
    ],
    [
      'no-view-certificate-permission',
      /^ACCESS_DENIED: failed to get keypair: 403 Forbidden: access_denied: /,
    ],
  ]
  it.each(permissions)('that misses a permission is quoted: %s', async (profile, message) => {
    bench().emulator.setProfile([profile])
    const request = signatureRequest('ec-p256', 'EC-256')
    expect(bench().shownError(await bench().run('generate-signature', request))).toMatch(message)
  })

  const keys: readonly (readonly [string, RegExp])[] = [
    ['expired-key', /has no active certificate \(found: EXPIRED\)/],
    ['rsa-1024', /rsa key size 1024 bits is not supported; the Notary Project signs with RSA-2048/],
    ['ed25519', /unsupported public key type; the Notary Project signs with/],
  ]
  it.each(keys)('that has an unfit key is told: %s', async (keyId, message) => {
    expect(await bench().describeError({}, keyId)).toMatch(message)
  })

  const denied: readonly (readonly [string, RegExp])[] = [
    ['offline-key', /OFFLINE state.*: an OFFLINE keypair signs only in an approved release window/],
    ['restricted-key', /does not have rights to access the keypair/],
    ['team-key', /restricted to a team.*: ask an administrator to make you a member/],
  ]
  it.each(denied)('that lets nobody sign with %s is quoted', async (keyId, message) => {
    const error = bench().shownError(
      await bench().run('generate-signature', signatureRequest(keyId, 'EC-256')),
    )
    expect(error).toMatch(
      /^ACCESS_DENIED: failed to (sign|get keypair): 403 Forbidden: access_denied: /,
    )
    expect(error).toMatch(message)
  })
})
