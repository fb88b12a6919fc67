import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { toConnectionError } from '../../../shared/node/connection-error.ts'

const PEER = { origin: 'https://one.digicert.com', proxy: undefined }
const of = (code: string, peer: Parameters<typeof toConnectionError>[1] = PEER) =>
  toConnectionError(Object.assign(new Error('planted'), { code }), peer)

describe('toConnectionError()', () => {
  it.each([
    [
      'ECONNREFUSED',
      'signer-unavailable',
      'cannot reach https://one.digicert.com: the connection was refused (ECONNREFUSED)',
    ],
    [
      'ETIMEDOUT',
      'signer-timeout',
      'cannot reach https://one.digicert.com: the connection timed out (ETIMEDOUT)',
    ],
    ['EAI_AGAIN', 'signer-unavailable', 'the name server does not answer'],
    [
      'ENOTFOUND',
      'configuration-invalid',
      'failed to setup STM client: cannot reach https://one.digicert.com: there is no host of this name (ENOTFOUND); check its spelling',
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'configuration-invalid',
      'is issued by a CA that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN); set SM_CA_FILE to the PEM file',
    ],
    ['CERT_HAS_EXPIRED', 'configuration-invalid', "the server's certificate has expired"],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'configuration-invalid',
      "the server's certificate is for another name",
    ],
    [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'configuration-invalid',
      'the server does not speak TLS as it should',
    ],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'credential-invalid',
      'the server refuses the client certificate',
    ],
    [
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'credential-invalid',
      'the server refuses the client certificate',
    ],
    [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'credential-invalid',
      'the server refuses the client certificate',
    ],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'signer-unavailable', 'the connection broke'],
    ['HPE_INVALID_CONSTANT', 'signer-answer-invalid', 'the answer is not HTTP'],
    ['ESOMETHING', 'signer-unavailable', 'the connection broke (ESOMETHING)'],
    ['toString', 'signer-unavailable', 'the connection broke (toString)'],
  ])('tells %s as %s', (nodeCode, code, words) => {
    const error = of(nodeCode)
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('planted')
  })

  it('names a host without client authentication, and the proxy that was in between', () => {
    expect(of('CERT_HAS_EXPIRED').message).toMatch(/use https:\/\/clientauth\.one\.digicert\.com$/)
    expect(of('ECONNREFUSED', { origin: 'https://h', proxy: 'p:1' }).message).toContain(
      'https://h through the proxy p:1:',
    )
  })

  it('passes on what is told already, and takes what is no error object', () => {
    const told = new NotationError('signer-timeout', 'told')
    expect(toConnectionError(told, PEER)).toBe(told)
    expect(toConnectionError('text', PEER).message).toContain('(no code)')
  })
})
