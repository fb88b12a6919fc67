import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { hostHint, parseHost, unquote } from '../../../shared/stm/host.ts'

describe('parseHost()', () => {
  it.each([
    ['https://clientauth.one.digicert.com', 'https://clientauth.one.digicert.com'],
    ['https://clientauth.one.digicert.com/', 'https://clientauth.one.digicert.com'],
    [' "https://ClientAuth.one.digicert.com//" ', 'https://clientauth.one.digicert.com'],
    ["'https://localhost:18443'", 'https://localhost:18443'],
    ['HTTPS://[::1]:443', 'https://[::1]'],
  ])('reads %j as %s', (text, origin) => {
    expect(parseHost(text)).toBe(origin)
  })

  it.each([
    'clientauth.one.digicert.com',
    'http://a',
    'ftp://a',
    'https://',
    'https://a/b',
    'https://a?b',
    'https://a#b',
    'https://u@a',
    '//a',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseHost(text)).toThrow(NotationError)
  })

  it('does not show a password', () => {
    expect(() => parseHost('https://user:planted@host')).not.toThrow(/planted/)
  })
})

describe('hostHint()', () => {
  it.each(['one.digicert.com', 'demo.one.ch.digicert.com', 'one.digicert.co.jp'])(
    'says that %s takes no client certificates',
    (host) => {
      expect(hostHint(`https://${host}`)).toBe(
        `SM_HOST is https://${host}, which does not take client certificates: use https://clientauth.${host}`,
      )
    },
  )

  it.each([
    'clientauth.one.digicert.com',
    'localhost:18443',
    'notdigicert.com',
    'digicert.com.example',
  ])('has nothing to say of %s', (host) => {
    expect(hostHint(`https://${host}`)).toBeUndefined()
  })
})

describe('unquote()', () => {
  it.each([
    [' a ', 'a'],
    ['"a b"', 'a b'],
    ["'a'", 'a'],
    ['"a\'', '"a\''],
    ['""a""', '"a"'],
    ['"', '"'],
  ])('takes %j for %j', (text, value) => {
    expect(unquote(text)).toBe(value)
  })
})
