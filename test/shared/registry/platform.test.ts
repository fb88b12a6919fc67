import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatPlatform,
  isUnknownPlatform,
  isWantedPlatform,
  makePlatform,
  parseWantedPlatform,
} from '../../../shared/registry/platform.ts'

describe('makePlatform()', () => {
  test.each([
    ['linux', 'amd64', undefined, 'linux/amd64'],
    ['Linux', 'x86_64', 'v1', 'linux/amd64'],
    ['linux', 'x86-64', 'v3', 'linux/amd64/v3'],
    ['macos', 'aarch64', 'v8', 'darwin/arm64'],
    ['linux', 'arm64', '8', 'linux/arm64'],
    ['linux', 'arm64', 'v9.0', 'linux/arm64/v9'],
    ['linux', 'arm', undefined, 'linux/arm/v7'],
    ['linux', 'arm', '6', 'linux/arm/v6'],
    ['linux', 'armhf', 'v5', 'linux/arm/v7'],
    ['linux', 'armel', undefined, 'linux/arm/v6'],
    ['linux', 'i386', 'v1', 'linux/386'],
  ])('spells %s, %s, %s as containerd does: %s', (os, architecture, variant, spelled) => {
    const platform = makePlatform(os, architecture, variant)
    expect(platform && formatPlatform(platform)).toBe(spelled)
  })

  test.each([
    ['', 'amd64', ''],
    ['linux', '', ''],
    ['linux', 'amd64/v2', ''],
    ['linux', 'arm', 'v 7'],
    ['li\nnux', 'amd64', ''],
    ['linux', 'a'.repeat(33), ''],
  ])('makes none of "%s", "%s", "%s"', (os, architecture, variant) => {
    expect(makePlatform(os, architecture, variant)).toBeUndefined()
  })

  test('spells what it has spelled the same way', () => {
    const part = fc.constantFrom(
      'linux',
      'macos',
      'arm',
      'armhf',
      'i386',
      'x86_64',
      'v7',
      '8',
      'v1',
    )
    fc.assert(
      fc.property(part, part, fc.option(part, { nil: '' }), (os, architecture, variant) => {
        const once = makePlatform(os, architecture, variant)
        expect(once).toBeDefined()
        if (once === undefined) return
        expect(makePlatform(once.os, once.architecture, once.variant)).toEqual(once)
      }),
    )
  })
})

describe('parseWantedPlatform()', () => {
  test.each(['', '/', 'linux', 'linux/', '/arm', 'linux/arm/', 'linux/arm/v7/x', 'a b/c', 'ü/x'])(
    'reads none from "%s"',
    (text) => {
      expect(parseWantedPlatform(text)).toBeUndefined()
    },
  )

  test('reads what formatPlatform writes, and any text without throwing', () => {
    const part = fc.constantFrom('linux', 'ARM', 'armhf', 'arm64', 'v8', '8', 'x86_64', '')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((all) => all.join('/')),
        ),
        (text) => {
          const wanted = parseWantedPlatform(text)
          if (wanted === undefined) return
          const again = parseWantedPlatform(formatPlatform(wanted))
          expect(again).toMatchObject({ os: wanted.os, architecture: wanted.architecture })
        },
      ),
    )
  })
})

describe('isWantedPlatform()', () => {
  const isWanted = (found: readonly [string, string, string?], wanted: string) => {
    const [platform, selected] = [makePlatform(...found), parseWantedPlatform(wanted)]
    if (platform === undefined || selected === undefined) throw new Error('no platform')
    return isWantedPlatform(platform, selected)
  }

  test.each([
    [['linux', 'arm', 'v6'], 'linux/arm'],
    [['linux', 'arm'], 'linux/arm/v7'],
    [['linux', 'arm', 'v7'], 'linux/armhf'],
    [['linux', 'arm64'], 'linux/arm64/v8'],
    [['linux', 'amd64', 'v3'], 'linux/amd64'],
  ] as const)('takes %s for %s', (found, wanted) => {
    expect(isWanted(found as unknown as [string, string, string?], wanted)).toBe(true)
  })

  test.each([
    [['linux', 'arm', 'v6'], 'linux/arm/v7'],
    [['linux', 'amd64', 'v3'], 'linux/amd64/v1'],
    [['linux', 'arm', 'v6'], 'linux/ARMHF'],
    [['windows', 'amd64'], 'linux/amd64'],
    [['linux', 'arm64'], 'linux/arm'],
  ] as const)('does not take %s for %s', (found, wanted) => {
    expect(isWanted(found as unknown as [string, string, string?], wanted)).toBe(false)
  })
})

describe('isUnknownPlatform()', () => {
  test('needs both halves', () => {
    const isUnknown = (os: string, architecture: string) => {
      const platform = makePlatform(os, architecture)
      return platform !== undefined && isUnknownPlatform(platform)
    }
    expect(isUnknown('unknown', 'unknown')).toBe(true)
    expect(isUnknown('linux', 'unknown')).toBe(false)
    expect(isUnknown('unknown', 'amd64')).toBe(false)
  })
})
