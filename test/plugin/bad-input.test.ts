// What the built plugin says to wrong requests, settings, files and services: one JSON error with the right code,
// that names the thing and the remedy, and never a secret.

import { createPrivateKey } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultAnswer } from '../../emulator/faults.ts'
import { openClientCredential } from '../../plugin/pkcs12/client-credential.ts'
import { parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { assemblePkcs12, opensslFile, PASSWORD } from './pkcs12/files.ts'
import {
  errorOf,
  keyRequest,
  openBench,
  type PluginBench,
  type PluginResult,
  runPlugin,
  signatureRequest,
} from './plugin-process.ts'

/** Stand in settings under test; none of them may be shown anywhere. */
const PLANTED = ['planted-api-key-7f3a', 'planted password 91c2', 'MIIplantedFileContent'] as const
const [PLANTED_KEY, PLANTED_PASSWORD, PLANTED_FILE] = PLANTED

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

/** The error of a run, and proof that nothing of what is secret was shown or logged. */
function shownError(result: PluginResult): string {
  const { errorCode, errorMessage } = errorOf(result)
  const everything = result.stdout + result.stderr + bench.log()
  for (const secret of [...PLANTED, bench.emulator.apiKey, bench.emulator.clientP12Password])
    expect(everything).not.toContain(secret)
  expect(errorMessage).not.toMatch(/\n| at .*:\d+:\d+/)
  return `${errorCode}: ${errorMessage}`
}

async function describeError(
  env: Readonly<Record<string, string>>,
  keyId = 'ec-p256',
): Promise<string> {
  return shownError(await bench.run('describe-key', keyRequest(keyId), env))
}

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
    expect(shownError(await bench.run(command, request))).toContain(message)
    expect(bench.takeRequests()).not.toContain('sign 200')
  })

  it.each([[[]], [['describe-key', 'x']]])('with the arguments %j is refused', async (args) => {
    const result = await runPlugin({ args, env: bench.env })
    expect(shownError(result)).toMatch(/^VALIDATION_ERROR: Invalid command, valid commands are: /)
  })

  it('over the size limit is refused before it is read whole', async () => {
    const request = Buffer.alloc(64 * 1024 * 1024, ' ')
    for (const command of ['describe-key', 'get-plugin-metadata'])
      expect(shownError(await bench.run(command, request))).toBe(
        'VALIDATION_ERROR: Cannot read the request: it has more than 4194304 bytes',
      )
  })

  it('may hold members that nobody knows', async () => {
    const request = { ...keyRequest('ec-p256', {}), future: { a: [1] } }
    const { exitCode } = await bench.run('describe-key', request)
    expect(exitCode).toBe(0)
  })
})

describe('a setting', () => {
  it.each(['SM_HOST', 'SM_API_KEY', 'SM_CLIENT_CERT_FILE', 'SM_CLIENT_CERT_PASSWORD'])(
    '%s that is missing is named',
    async (name) => {
      expect(await describeError({ [name]: ' ' })).toMatch(
        new RegExp(
          `^VALIDATION_ERROR: failed to setup STM client: ${name} is not set; set ${name} to `,
        ),
      )
    },
  )

  it('that is missing is named with all others that are', async () => {
    const result = await runPlugin({
      args: ['describe-key'],
      request: keyRequest('x'),
      env: { SM_HOME: bench.folder },
    })
    expect(shownError(result)).toContain(
      'failed to setup STM client: SM_HOST, SM_API_KEY, SM_CLIENT_CERT_FILE, SM_CLIENT_CERT_PASSWORD are not set; set SM_HOST to the address of your region',
    )
  })

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'SM_HOST',
      'clientauth.one.digicert.com',
      'cannot use SM_HOST: it does not start with https://',
    ],
    ['SM_HOST', 'http://localhost', 'cannot use SM_HOST: it starts with http://'],
    ['SM_HOST', 'https://', 'cannot use SM_HOST: it is not a URL'],
    [
      'SM_HOST',
      `https://user:${PLANTED_KEY}@localhost`,
      'cannot use SM_HOST: it holds a user or a password',
    ],
    [
      'SM_HOST',
      'https://localhost/signingmanager',
      'cannot use SM_HOST: it has more than a host: "/signingmanager"',
    ],
    ['SM_API_KEY', `${PLANTED_KEY}\nx`, 'SM_API_KEY holds a space, a line break'],
    ['SM_TLS_SKIP_VERIFY', 'maybe', 'SM_TLS_SKIP_VERIFY is neither TRUE nor FALSE'],
    [
      'SM_CONN_TIMEOUT',
      '30s',
      'SM_CONN_TIMEOUT is not a number of milliseconds from 1 to 2147483647',
    ],
    [
      'SM_CLIENT_CERT_FILE',
      '/nowhere/client.p12',
      'cannot read SM_CLIENT_CERT_FILE "/nowhere/client.p12": there is no such file',
    ],
    ['SM_CLIENT_CERT_FILE', '/', 'cannot read SM_CLIENT_CERT_FILE "/": it is not a file'],
    [
      'SM_CLIENT_CERT_FILE',
      `${PLANTED_FILE}${'A'.repeat(2000)}`,
      'cannot read SM_CLIENT_CERT_FILE (a value of 2021 characters): reading it failed (ENAMETOOLONG); it looks like the content of a file',
    ],
    [
      'SM_CA_FILE',
      '/nowhere/ca.pem',
      'cannot read SM_CA_FILE "/nowhere/ca.pem": there is no such file',
    ],
  ]
  it.each(wrong)('%s that is wrong is named: %j', async (name, value, message) => {
    expect(await describeError({ [name]: value })).toContain(
      `VALIDATION_ERROR: failed to setup STM client: ${message}`,
    )
  })

  it('may stand in quotes, with a slash or white space behind it', async () => {
    const { exitCode, stderr } = await bench.run('describe-key', keyRequest('ec-p256'), {
      SM_HOST: ` "${bench.emulator.url}/" `,
      SM_API_KEY: `${bench.emulator.apiKey}\n`,
      SM_CLIENT_CERT_FILE: `"${bench.env.SM_CLIENT_CERT_FILE ?? ''}"`,
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  it('may come from the file of saved credentials, for key and password', async () => {
    const saved = `# saved\nSM_API_KEY=${bench.emulator.apiKey}\r\nSM_CLIENT_CERT_PASSWORD = no\nSM_CLIENT_CERT_PASSWORD=${bench.emulator.clientP12Password}\n`
    bench.write('ssm-config.properties', saved)
    const env = { SM_API_KEY: '', SM_CLIENT_CERT_PASSWORD: '' }
    const { exitCode, stderr } = await bench.run('describe-key', keyRequest('ec-p256'), env)
    bench.write('ssm-config.properties', '')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  it('in pluginConfig goes before the environment', async () => {
    const request = keyRequest('ec-p256', { ...bench.env, TSA_URL: undefined })
    const env = {
      SM_HOST: 'https://nowhere.invalid',
      SM_API_KEY: PLANTED_KEY,
      SM_CA_FILE: '/nowhere',
    }
    const { exitCode, stderr } = await bench.run('describe-key', request, env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})

describe('a client certificate file', () => {
  const files: readonly (readonly [string, () => Uint8Array | string, string, string])[] = [
    ['that is empty', () => '', PASSWORD, 'wanted a PKCS#12 file, it is empty'],
    ['that is PEM', () => bench.emulator.tlsRootPem, PASSWORD, 'it is PEM; join'],
    [
      'that is base64',
      () => Buffer.from(opensslFile('aes256')).toString('base64'),
      PASSWORD,
      'it is base64 text; decode it first',
    ],
    [
      'that is cut off',
      () => opensslFile('aes256').subarray(0, 400),
      PASSWORD,
      'it is cut off; copy the whole file again',
    ],
    [
      'with RC2',
      () => opensslFile('rc2'),
      PASSWORD,
      'it is encrypted with RC2-40, which is not supported; create it again in DigiCert ONE with AES',
    ],
    [
      'with another password',
      () => opensslFile('aes256'),
      PLANTED_PASSWORD,
      'SM_CLIENT_CERT_PASSWORD is not its password',
    ],
    ['without a key', () => opensslFile('noKey'), PASSWORD, 'it holds no private key'],
    [
      'that is a certificate',
      () => opensslFile('certificate'),
      PASSWORD,
      'it is DER of another kind',
    ],
  ]
  it.each(files)('%s is named with the remedy', async (_, content, password, message) => {
    const path = bench.write('wrong.p12', content())
    const error = await describeError({
      SM_CLIENT_CERT_FILE: path,
      SM_CLIENT_CERT_PASSWORD: password,
    })
    expect(error).toContain(
      `ACCESS_DENIED: failed to setup STM client: SM_CLIENT_CERT_FILE "${path}": Cannot `,
    )
    expect(error).toContain(message)
  })

  it('of a stranger may look up keys and not sign, as the service says', async () => {
    const path = bench.write('stranger.p12', opensslFile('aes256'))
    const env = { SM_CLIENT_CERT_FILE: path, SM_CLIENT_CERT_PASSWORD: PASSWORD }
    const result = await bench.run('generate-signature', signatureRequest('ec-p256', 'EC-256'), env)
    expect(shownError(result)).toMatch(
      /^ACCESS_DENIED: failed to sign: 403 Forbidden: access_denied: User is not multi-factor authenticated\. .*: SM_HOST must be the host that takes client certificates \(its name starts with "clientauth\."\), and SM_CLIENT_CERT_FILE/,
    )
  })

  it('that the server drops the connection for is suspected', async () => {
    bench.emulator.setProfile(['tls-refusal'])
    const path = bench.write('stranger.p12', opensslFile('aes256'))
    const error = await describeError({
      SM_CLIENT_CERT_FILE: path,
      SM_CLIENT_CERT_PASSWORD: PASSWORD,
    })
    expect(error).toMatch(
      /^ERROR: failed to get keypair: .* the connection broke \(ECONNRESET\); if it does so each time, the server may refuse the client certificate/,
    )
  })

  it('with the CA of the server in it does not make the server trusted', async () => {
    const { key } = openClientCredential(
      bench.emulator.clientP12,
      bench.emulator.clientP12Password,
      new Date(),
    )
    const pkcs8 = new Uint8Array(createPrivateKey(key).export({ type: 'pkcs8', format: 'der' }))
    const [ca = new Uint8Array()] = parseCertificatesPemOrDer(
      Buffer.from(bench.emulator.tlsRootPem),
    )
    const path = bench.write(
      'with-ca.p12',
      assemblePkcs12([pkcs8], [bench.emulator.clientCertificate, ca]),
    )
    expect(await describeError({ SM_CLIENT_CERT_FILE: path, SM_CA_FILE: '' })).toContain(
      'VALIDATION_ERROR: failed to setup STM client: cannot reach https://localhost:',
    )
    const { exitCode } = await bench.run('describe-key', keyRequest('ec-p256'), {
      SM_CLIENT_CERT_FILE: path,
    })
    expect(exitCode).toBe(0)
  })
})

describe('a service', () => {
  it('that is not trusted is named with SM_CA_FILE', async () => {
    const words = "the server's certificate is issued by a CA that is not trusted here"
    expect(await describeError({ SM_CA_FILE: '' })).toMatch(
      new RegExp(`${words} \\(\\w+\\); set SM_CA_FILE to`),
    )
    expect(
      await describeError({ SM_CA_FILE: bench.write('other.pem', bench.emulator.signingRootPem) }),
    ).toContain(words)
  })

  it('is asked all the same with SM_TLS_SKIP_VERIFY, and the log says so', async () => {
    const env = { SM_CA_FILE: '', SM_TLS_SKIP_VERIFY: 'True' }
    const { exitCode, stderr } = await bench.run('describe-key', keyRequest('ec-p256'), env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(bench.log()).toContain('WARN  [')
  })

  it('is not made trusted by NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    const error = await describeError({ SM_CA_FILE: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(error).toContain('is issued by a CA that is not trusted here')
  })

  it('under another name than its certificate is named', async () => {
    const { port } = new URL(bench.emulator.url)
    const error = await describeError({
      SM_HOST: `https://localhost.localdomain:${port}`,
      HTTPS_PROXY: '',
    })
    expect(error).toMatch(/another name \(ERR_TLS_CERT_ALTNAME_INVALID\)|no host of this name/)
  })

  it.each(['SM_CA_FILE', 'ca_certs'])(
    'with a %s that holds no certificate is not asked',
    async (name) => {
      const path = bench.write('no.pem', 'no certificate')
      const request = name === 'ca_certs' ? keyRequest('x', { ca_certs: path }) : keyRequest('x')
      const env: Record<string, string> = name === 'ca_certs' ? {} : { [name]: path }
      expect(shownError(await bench.run('describe-key', request, env))).toContain(
        `VALIDATION_ERROR: failed to setup STM client: ${name} "${path}": Cannot read certificates: `,
      )
      expect(bench.takeRequests()).toEqual([])
    },
  )

  it('that does not listen is named', async () => {
    expect(await describeError({ SM_HOST: 'https://localhost:1' })).toBe(
      'ERROR: failed to get keypair: cannot reach https://localhost:1: the connection was refused (ECONNREFUSED)',
    )
  })

  it('that does not exist is named', async () => {
    const error = await describeError({ SM_HOST: 'https://stm.invalid' })
    expect(error).toMatch(
      /cannot reach https:\/\/stm\.invalid: (there is no host of this name|the name server)/,
    )
  })

  it('that speaks plain HTTP is named', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const error = await describeError({ SM_HOST: `https://127.0.0.1:${port}` })
    server.close()
    expect(error).toContain('the server does not speak TLS as it should')
  })

  it('that never shakes hands is given up in time', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const error = await describeError({
      SM_HOST: `https://127.0.0.1:${port}`,
      SM_CONN_TIMEOUT: '100',
    })
    server.close()
    expect(error).toMatch(/^TIMEOUT: failed to get keypair: .* did not answer within 100 ms/)
  })

  it('that does not know the API key shows the words of the guide', async () => {
    expect(await describeError({ SM_API_KEY: PLANTED_KEY })).toMatch(
      /^ACCESS_DENIED: failed to setup STM client: 401 Unauthorized: .*: check SM_API_KEY: it must be unexpired/,
    )
  })

  it('that does not know the alias shows the words of the guide and those that differ by case', async () => {
    expect(await describeError({}, 'no-such-key')).toMatch(
      /^VALIDATION_ERROR: failed to get keypair: 404 Not Found: no keypair that you may see has the alias or id "no-such-key"; list yours/,
    )
    expect(await describeError({}, 'EC-P256 ')).toContain(
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
    bench.emulator.setFaults([{ on: 'list-keypairs', answer }])
    expect(await describeError({})).toContain(message)
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
    bench.emulator.setProfile([profile])
    const request = signatureRequest('ec-p256', 'EC-256')
    expect(shownError(await bench.run('generate-signature', request))).toMatch(message)
  })

  const keys: readonly (readonly [string, RegExp])[] = [
    ['expired-key', /has no active certificate \(found: EXPIRED\)/],
    ['rsa-1024', /rsa key size 1024 bits is not supported; the Notary Project signs with RSA-2048/],
    ['ed25519', /unsupported public key type; the Notary Project signs with/],
  ]
  it.each(keys)('that has an unfit key is told: %s', async (keyId, message) => {
    expect(await describeError({}, keyId)).toMatch(message)
  })

  const denied: readonly (readonly [string, RegExp])[] = [
    ['offline-key', /OFFLINE state.*: an OFFLINE keypair signs only in an approved release window/],
    ['restricted-key', /does not have rights to access the keypair/],
    ['team-key', /restricted to a team.*: ask an administrator to make you a member/],
  ]
  it.each(denied)('that lets nobody sign with %s is quoted', async (keyId, message) => {
    const error = shownError(
      await bench.run('generate-signature', signatureRequest(keyId, 'EC-256')),
    )
    expect(error).toMatch(
      /^ACCESS_DENIED: failed to (sign|get keypair): 403 Forbidden: access_denied: /,
    )
    expect(error).toMatch(message)
  })
})
