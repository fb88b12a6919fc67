// What the built plugin says to settings and client certificate files that are missing or wrong.

import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import { parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { assemblePkcs12, opensslFile, PASSWORD } from '../shared/node/pkcs12/files.ts'
import { issueCertificate } from '../support/certificates.ts'
import { keyRequest, runPlugin, signatureRequest } from './plugin-process.ts'
import { PLANTED, useRefusalBench } from './refusal-bench.ts'

const bench = useRefusalBench()

describe('a setting', () => {
  it.each(['SM_HOST', 'SM_API_KEY', 'SM_CLIENT_CERT_FILE', 'SM_CLIENT_CERT_PASSWORD'])(
    '%s that is missing is named',
    async (name) => {
      expect(await bench().describeError({ [name]: ' ' })).toMatch(
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
      env: { SM_HOME: bench().folder },
    })
    expect(bench().shownError(result)).toContain(
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
      `https://user:${PLANTED.apiKey}@localhost`,
      'cannot use SM_HOST: it holds a user or a password',
    ],
    [
      'SM_HOST',
      'https://localhost/signingmanager',
      'cannot use SM_HOST: it has more than a host: "/signingmanager"',
    ],
    ['SM_API_KEY', `${PLANTED.apiKey}\nx`, 'SM_API_KEY holds a space, a line break'],
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
      `${PLANTED.file}${'A'.repeat(2000)}`,
      'cannot read SM_CLIENT_CERT_FILE (a value of 2021 characters): reading it failed (ENAMETOOLONG); it looks like the content of a file',
    ],
    [
      'SM_CA_FILE',
      '/nowhere/ca.pem',
      'cannot read SM_CA_FILE "/nowhere/ca.pem": there is no such file',
    ],
  ]
  it.each(wrong)('%s that is wrong is named: %j', async (name, value, message) => {
    expect(await bench().describeError({ [name]: value })).toContain(
      `VALIDATION_ERROR: failed to setup STM client: ${message}`,
    )
  })

  it('may stand in quotes, with a slash or white space behind it', async () => {
    const { exitCode, stderr } = await bench().run('describe-key', keyRequest('ec-p256'), {
      SM_HOST: ` "${bench().emulator.url}/" `,
      SM_API_KEY: `${bench().emulator.apiKey}\n`,
      SM_CLIENT_CERT_FILE: `"${bench().env.SM_CLIENT_CERT_FILE ?? ''}"`,
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  it('may come from the file of saved credentials, for key and password', async () => {
    const saved = `# saved\nSM_API_KEY=${bench().emulator.apiKey}\r\nSM_CLIENT_CERT_PASSWORD = no\nSM_CLIENT_CERT_PASSWORD=${bench().emulator.clientP12Password}\n`
    bench().write('ssm-config.properties', saved)
    const env = { SM_API_KEY: '', SM_CLIENT_CERT_PASSWORD: '' }
    const { exitCode, stderr } = await bench().run('describe-key', keyRequest('ec-p256'), env)
    bench().write('ssm-config.properties', '')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  it('in pluginConfig goes before the environment', async () => {
    const request = keyRequest('ec-p256', { ...bench().env, TSA_URL: undefined })
    const env = {
      SM_HOST: 'https://nowhere.invalid',
      SM_API_KEY: PLANTED.apiKey,
      SM_CA_FILE: '/nowhere',
    }
    const { exitCode, stderr } = await bench().run('describe-key', request, env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})

describe('a client certificate file', () => {
  const files: readonly (readonly [string, () => Uint8Array | string, string, string])[] = [
    ['that is empty', () => '', PASSWORD, 'wanted a PKCS#12 file, it is empty'],
    ['that is PEM', () => bench().emulator.tlsRootPem, PASSWORD, 'it is PEM; join'],
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
      PLANTED.password,
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
    const path = bench().write('wrong.p12', content())
    const error = await bench().describeError({
      SM_CLIENT_CERT_FILE: path,
      SM_CLIENT_CERT_PASSWORD: password,
    })
    expect(error).toContain(
      `ACCESS_DENIED: failed to setup STM client: SM_CLIENT_CERT_FILE "${path}": Cannot `,
    )
    expect(error).toContain(message)
  })

  it('whose key TLS holds for too weak is named', async () => {
    const now = Date.now()
    const { der, key } = issueCertificate({
      key: 'rsa-1024',
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + 3_600_000),
    })
    const pkcs8 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
    const path = bench().write('weak.p12', assemblePkcs12([pkcs8], [der]))
    expect(await bench().describeError({ SM_CLIENT_CERT_FILE: path })).toMatch(
      /^ACCESS_DENIED: failed to setup STM client: TLS cannot use the key and the certificate of SM_CLIENT_CERT_FILE \(ERR_SSL_EE_KEY_TOO_SMALL\)$/,
    )
  })

  it('of a stranger may look up keys and not sign, as the service says', async () => {
    const path = bench().write('stranger.p12', opensslFile('aes256'))
    const env = { SM_CLIENT_CERT_FILE: path, SM_CLIENT_CERT_PASSWORD: PASSWORD }
    const result = await bench().run(
      'generate-signature',
      signatureRequest('ec-p256', 'EC-256'),
      env,
    )
    expect(bench().shownError(result)).toMatch(
      /^ACCESS_DENIED: failed to sign: 403 Forbidden: access_denied: User is not multi-factor authenticated\. .*: SM_HOST must be the host that takes client certificates \(its name starts with "clientauth\."\), and SM_CLIENT_CERT_FILE/,
    )
  })

  it('that the server drops the connection for is suspected', async () => {
    bench().emulator.setProfile(['tls-refusal'])
    const path = bench().write('stranger.p12', opensslFile('aes256'))
    const error = await bench().describeError({
      SM_CLIENT_CERT_FILE: path,
      SM_CLIENT_CERT_PASSWORD: PASSWORD,
    })
    expect(error).toMatch(
      /^ERROR: failed to get keypair: .* the connection broke \(ECONNRESET\); if it does so each time, the server may refuse the client certificate/,
    )
  })

  it('with the CA of the server in it does not make the server trusted', async () => {
    const { key } = openClientCredential(
      bench().emulator.clientP12,
      bench().emulator.clientP12Password,
      new Date(),
    )
    const pkcs8 = new Uint8Array(createPrivateKey(key).export({ type: 'pkcs8', format: 'der' }))
    const [ca = new Uint8Array()] = parseCertificatesPemOrDer(
      Buffer.from(bench().emulator.tlsRootPem),
    )
    const path = bench().write(
      'with-ca.p12',
      assemblePkcs12([pkcs8], [bench().emulator.clientCertificate, ca]),
    )
    expect(await bench().describeError({ SM_CLIENT_CERT_FILE: path, SM_CA_FILE: '' })).toContain(
      'VALIDATION_ERROR: failed to setup STM client: cannot reach https://localhost:',
    )
    const { exitCode } = await bench().run('describe-key', keyRequest('ec-p256'), {
      SM_CLIENT_CERT_FILE: path,
    })
    expect(exitCode).toBe(0)
  })
})
