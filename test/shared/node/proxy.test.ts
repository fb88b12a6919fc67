import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { isExempt, parseProxy } from '../../../shared/node/proxy.ts'

describe('parseProxy()', () => {
  it.each([
    ['http://proxy:3128', { host: 'proxy', port: 3128, usesTls: false, authorization: undefined }],
    ['https://proxy', { host: 'proxy', port: 443, usesTls: true, authorization: undefined }],
    ['proxy', { host: 'proxy', port: 80, usesTls: false, authorization: undefined }],
    ['"http://[::1]:8080/"', { host: '::1', port: 8080, usesTls: false, authorization: undefined }],
    [
      'http://u%40d:p%3Aw@proxy:1',
      { host: 'proxy', port: 1, usesTls: false, authorization: 'Basic dUBkOnA6dw==' },
    ],
    [
      'http://user@proxy:1',
      { host: 'proxy', port: 1, usesTls: false, authorization: 'Basic dXNlcjo=' },
    ],
  ])('reads %s', (text, proxy) => {
    expect(parseProxy(text)).toEqual(proxy)
  })

  it.each(['socks5://proxy', 'http://', 'http://proxy:99999', 'http://%zz:x@proxy'])(
    'refuses %s',
    (text) => {
      expect(() => parseProxy(text)).toThrow(NotationError)
    },
  )
})

describe('isExempt()', () => {
  it.each([
    ['*', 'stm.example.com', 443],
    ['example.com', 'example.com', 443],
    ['example.com', 'stm.example.com', 443],
    ['.example.com', 'stm.example.com', 443],
    ['*.example.com', 'stm.example.com', 443],
    ['other, EXAMPLE.com ', 'stm.example.COM', 443],
    ['example.com:8443', 'example.com', 8443],
    ['127.0.0.1', '127.0.0.1', 443],
    ['10.0.0.0/8', '10.1.2.3', 443],
    ['::1', '[::1]', 443],
    ['[::1]:8443', '::1', 8443],
    ['fd00::/8', 'fd12::1', 443],
    ['localhost', 'localhost', 18443],
  ])('%s exempts %s:%i', (noProxy, host, port) => {
    expect(isExempt(noProxy, host, port)).toBe(true)
  })

  it.each([
    ['', 'example.com', 443],
    ['example.com', 'notexample.com', 443],
    ['example.com:8443', 'example.com', 443],
    ['0.0.1', '127.0.0.1', 443],
    ['10.0.0.0/8', '11.1.2.3', 443],
    ['10.0.0.0/33', '10.1.2.3', 443],
    ['10.0.0.0/8', 'example.com', 443],
    ['fd00::/8', '10.1.2.3', 443],
    ['/8', '10.1.2.3', 443],
  ])('%s does not exempt %s:%i', (noProxy, host, port) => {
    expect(isExempt(noProxy, host, port)).toBe(false)
  })
})
