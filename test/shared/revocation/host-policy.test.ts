import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkHost,
  checkResolvedAddress,
  createHostPolicy,
} from '../../../shared/revocation/host-policy.ts'

const OPEN = createHostPolicy()

function refusalOf(url: string, listed: readonly string[] = []): string | undefined {
  return checkHost(new URL(url), createHostPolicy(listed))
}

describe('host-policy', () => {
  test.each([
    'http://ocsp.digicert.com',
    'http://ocsp.digicert.com./path',
    'http://OCSP.DigiCert.com:8080/',
    'http://crl3.digicert.com/DigiCertTrustedG4CodeSigning.crl',
    'http://bücher.example/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://internal.example.com/',
    'http://8.8.8.8/',
    'http://172.15.255.255/',
    'http://172.32.0.0/',
    'http://100.63.255.255/',
    'http://100.128.0.0/',
    'http://169.253.255.255/',
    'http://192.167.255.255/',
    'http://11.0.0.1/',
    'http://223.255.255.255/',
    'http://[2606:4700::1111]/',
    'http://[2a00:1450:4001:829::200e]/',
    // NAT64 of 8.8.8.8
    'http://[64:ff9b::808:808]/',
  ])('checkHost() lets %s be asked', (url) => {
    expect(refusalOf(url)).toBeUndefined()
  })

  test.each([
    // loopback, in every spelling that URL knows
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://127.0.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://0x7f.0x0.0x0.0x1/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://017700000001/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://0177.0.0.01/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://127.255.255.254/', '127.255.255.254'],
    ['http://%31%32%37.0.0.1/', '127.0.0.1'],
    ['http://１２７.０.０.１/', '127.0.0.1'],
    ['http://①②⑦.⓪.⓪.①/', '127.0.0.1'],
    ['http://127。0。0。1/', '127.0.0.1'],
    ['http:\\\\127.0.0.1\\', '127.0.0.1'],
    ['http://[::1]/', '[::1]'],
    ['http://[0:0:0:0:0:0:0:1]/', '[::1]'],
    ['http://[0000:0000:0000:0000:0000:0000:0000:0001]/', '[::1]'],
    ['http://[::0.0.0.1]/', '[::1]'],
    // IPv4 within IPv6
    ['http://[::ffff:127.0.0.1]/', '[::ffff:7f00:1]'],
    ['http://[::FFFF:7F00:1]/', '[::ffff:7f00:1]'],
    ['http://[::ffff:8.8.8.8]/', '[::ffff:808:808]'],
    ['http://[::127.0.0.1]/', '[::7f00:1]'],
    ['http://[64:ff9b::7f00:1]/', '[64:ff9b::7f00:1]'],
    ['http://[64:ff9b::10.0.0.1]/', '[64:ff9b::a00:1]'],
    ['http://[64:ff9b:1::1]/', '[64:ff9b:1::1]'],
    ['http://[2002:7f00:1::]/', '[2002:7f00:1::]'],
    ['http://[2001::1]/', '[2001::1]'],
    // unspecified and this network
    ['http://0/', '0.0.0.0'],
    ['http://0.0.0.0/', '0.0.0.0'],
    ['http://0.1.2.3/', '0.1.2.3'],
    ['http://[::]/', '[::]'],
    // private
    ['http://10.0.0.1/', '10.0.0.1'],
    ['http://10.1/', '10.0.0.1'],
    ['http://167772161/', '10.0.0.1'],
    ['http://10.255.255.255/', '10.255.255.255'],
    ['http://172.16.0.0/', '172.16.0.0'],
    ['http://172.31.255.255/', '172.31.255.255'],
    ['http://192.168.0.1/', '192.168.0.1'],
    ['http://192.168.257/', '192.168.1.1'],
    ['http://100.64.0.1/', '100.64.0.1'],
    ['http://100.100.100.200/', '100.100.100.200'],
    // link-local and metadata services
    ['http://169.254.169.254/latest/', '169.254.169.254'],
    ['http://0xA9FEA9FE/', '169.254.169.254'],
    ['http://2852039166/', '169.254.169.254'],
    ['http://0251.0376.0251.0376/', '169.254.169.254'],
    ['http://[fe80::1]/', '[fe80::1]'],
    ['http://[febf::1]/', '[febf::1]'],
    ['http://[::ffff:169.254.169.254]/', '[::ffff:a9fe:a9fe]'],
    // unique-local, site-local
    ['http://[fc00::1]/', '[fc00::1]'],
    ['http://[fd00:ec2::254]/', '[fd00:ec2::254]'],
    ['http://[fec0::1]/', '[fec0::1]'],
    // multicast, broadcast, reserved
    ['http://224.0.0.1/', '224.0.0.1'],
    ['http://239.255.255.250/', '239.255.255.250'],
    ['http://240.0.0.1/', '240.0.0.1'],
    ['http://255.255.255.255/', '255.255.255.255'],
    ['http://[ff02::1]/', '[ff02::1]'],
    ['http://[4000::1]/', '[4000::1]'],
    // documentation, benchmarks, protocols
    ['http://192.0.0.1/', '192.0.0.1'],
    ['http://192.0.2.1/', '192.0.2.1'],
    ['http://192.88.99.1/', '192.88.99.1'],
    ['http://198.18.0.1/', '198.18.0.1'],
    ['http://198.19.255.255/', '198.19.255.255'],
    ['http://198.51.100.1/', '198.51.100.1'],
    ['http://203.0.113.1/', '203.0.113.1'],
    ['http://[2001:db8::1]/', '[2001:db8::1]'],
    ['http://[3fff::1]/', '[3fff::1]'],
    // names that lead nowhere public
    ['http://localhost/', 'localhost'],
    ['http://LOCALHOST:8080/', 'localhost'],
    ['http://localhost./', 'localhost.'],
    ['http://foo.localhost/', 'foo.localhost'],
    ['http://printer.local/', 'printer.local'],
    ['http://metadata.google.internal/', 'metadata.google.internal'],
    ['http://metadata.google.internal./', 'metadata.google.internal.'],
    ['http://router.home.arpa/', 'router.home.arpa'],
    ['http://home.arpa/', 'home.arpa'],
    ['http://metadata/', 'metadata'],
    ['http://kubernetes./', 'kubernetes.'],
  ])('checkHost() refuses %s as %s', (url, host) => {
    expect(refusalOf(url)).toBe(
      `host ${JSON.stringify(host)} is not public, and revocationHosts does not list it`,
    )
  })

  test('checkHost() refuses credentials and long URLs, of listed hosts too', () => {
    expect(refusalOf('http://user@ocsp.example.com/', ['ocsp.example.com'])).toBe(
      'its URL holds credentials',
    )
    expect(refusalOf('http://:secret@ocsp.example.com/')).toBe('its URL holds credentials')
    expect(refusalOf(`http://ocsp.example.com/${'a'.repeat(2024)}`)).toBeUndefined()
    expect(refusalOf(`http://ocsp.example.com/${'a'.repeat(2025)}`)).toBe(
      'its URL has 2049 characters, wanted at most 2048',
    )
  })

  test.each([
    [['127.0.0.1'], 'http://127.0.0.1:8890/ocsp'],
    [['127.0.0.1:8890'], 'http://127.0.0.1:8890/ocsp'],
    [['127.0.0.1:80'], 'http://127.0.0.1/ocsp'],
    [['0x7f.1'], 'http://2130706433/'],
    [['[::1]'], 'http://[0::1]:1/'],
    [['[::1]:8080'], 'http://[::1]:8080/'],
    [['localhost'], 'http://localhost.:99/'],
    [['LOCALHOST.'], 'http://localhost/'],
    [['10.0.0.1', 'crl.corp.internal'], 'http://crl.corp.internal/a.crl'],
  ])('checkHost() lets what %j lists be asked: %s', (listed, url) => {
    expect(refusalOf(url, listed)).toBeUndefined()
  })

  test.each([
    [['127.0.0.1:8890'], 'http://127.0.0.1:8891/'],
    [['127.0.0.1:80'], 'http://127.0.0.1:8080/'],
    [['127.0.0.1'], 'http://127.0.0.2/'],
    [['127.0.0.1'], 'http://[::ffff:127.0.0.1]/'],
    [['localhost'], 'http://a.localhost/'],
    [['corp.internal'], 'http://crl.corp.internal/'],
  ])('checkHost() does not take %j for %s', (listed, url) => {
    expect(refusalOf(url, listed)).toContain('is not public')
  })

  test.each([
    '',
    'http://a',
    'a/b',
    'a:0',
    'a:65536',
    'a:b',
    'a b',
    'user@a',
    'a?b',
    'a#b',
    '[::1',
    '::1',
    '[1.2]',
    '300.1.1.1',
    'a\\b',
    '*',
    '*.example.com',
  ])('createHostPolicy() refuses %j', (entry) => {
    expect(() => createHostPolicy(['ocsp.example.com', entry])).toThrowError(
      expect.objectContaining({
        code: 'configuration-invalid',
        message: `Cannot read revocationHosts: found ${JSON.stringify(entry)}, wanted a host or host:port`,
      }),
    )
  })

  test.each(['93.184.216.34', '2606:4700::1111', '64:ff9b::5db8:d822'])(
    'checkResolvedAddress() lets %s be connected to',
    (address) => {
      expect(checkResolvedAddress(new URL('http://a.example.com'), address, OPEN)).toBeUndefined()
    },
  )

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:93.184.216.34',
    'fe80::1%eth0',
    'fd00::1',
    '0.0.0.0',
    '64:ff9b::a00:1',
    '256.1.1.1',
    'localhost',
    '',
  ])('checkResolvedAddress() refuses %j unless the name is listed', (address) => {
    const url = new URL('http://rebound.example.com:8080/')
    expect(checkResolvedAddress(url, address, OPEN)).toBe(
      `host "rebound.example.com" has the address ${JSON.stringify(address)}, which is not public, and revocationHosts does not list it`,
    )
    const listing = createHostPolicy(['rebound.example.com'])
    expect(checkResolvedAddress(url, address, listing)).toBeUndefined()
  })

  test('checkHost() judges every spelling of an IPv4 address alike', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), (number) => {
        const bytes = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]
        const verdict = refusalOf(`http://${bytes.join('.')}/`)
        const spellings = [
          `${number}`,
          `0x${number.toString(16)}`,
          `0${number.toString(8)}`,
          bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
          `${bytes[0]}.${number & 0xff_ffff}`,
          `${bytes[0]}.${bytes[1]}.${number & 0xffff}`,
        ]
        for (const spelling of spellings) expect(refusalOf(`http://${spelling}/`)).toBe(verdict)
        expect(refusalOf(`http://[::ffff:${bytes.join('.')}]/`)).toContain('is not public')
      }),
    )
  })
})
