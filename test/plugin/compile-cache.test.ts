// Compiled code that is kept is code that runs: only our own may be read back.

import {
  chmodSync,
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCompileCache } from '../../plugin/compile-cache.ts'
import { keyRequest, openBench, type PluginBench } from './plugin-process.ts'

const SCRIPT = new Script('1 + 1')
const FOREIGN_UID = 12_345
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cache-'))
})
afterEach(() => {
  chmodSync(join(home), 0o700)
  rmSync(home, { recursive: true })
})

const cacheOf = (digest = 'd1', command = 'describe-key') =>
  openCompileCache({ SM_HOME: home }, digest, command)
const folder = () => join(home, 'cache')
const file = () => join(folder(), readdirSync(folder())[0] ?? '')

describe('openCompileCache()', () => {
  it('gives back what was written, which nobody else can read', () => {
    cacheOf()?.write(SCRIPT)
    expect(cacheOf()?.read()?.length).toBeGreaterThan(100)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('keeps one file a command, of the newest source', () => {
    cacheOf('d1')?.write(SCRIPT)
    cacheOf('d2')?.write(SCRIPT)
    cacheOf('d1', 'generate-signature')?.write(SCRIPT)
    expect(readdirSync(folder())).toEqual([
      expect.stringMatching(/^describe-key-d2-/),
      expect.stringMatching(/^generate-signature-d1-/),
    ])
    expect(cacheOf('d1')?.read()).toBeUndefined()
  })

  it('reads nothing where nothing is', () => {
    expect(cacheOf()?.read()).toBeUndefined()
    expect(openCompileCache({ SM_HOME: '/dev/null/x' }, 'd', 'c')?.read()).toBeUndefined()
    expect(() =>
      openCompileCache({ SM_HOME: '/dev/null/x' }, 'd', 'c')?.write(SCRIPT),
    ).not.toThrow()
  })

  it('takes no command for a path', () => {
    cacheOf('d1', '../../x')?.write(SCRIPT)
    expect(readdirSync(folder())).toEqual([expect.stringMatching(/^x-d1-/)])
  })

  const planted: readonly (readonly [string, () => void])[] = [
    ['a file that others may write', () => chmodSync(file(), 0o666)],
    ['a file that others may read', () => chmodSync(file(), 0o644)],
    ['a folder that others may write', () => chmodSync(folder(), 0o777)],
    [
      'a link in place of the file',
      () => {
        renameSync(file(), join(home, 'real'))
        symlinkSync(join(home, 'real'), join(folder(), nameOfFile()))
      },
    ],
    ['a file with a second name', () => linkSync(file(), join(home, 'second'))],
    [
      'a link in place of the folder',
      () => {
        renameSync(folder(), join(home, 'real'))
        symlinkSync(join(home, 'real'), folder())
      },
    ],
  ]
  it.each(planted)('does not read %s', (_, plant) => {
    cacheOf()?.write(SCRIPT)
    expect(cacheOf()?.read()).toBeDefined()
    plant()
    expect(cacheOf()?.read()).toBeUndefined()
  })

  it.runIf(process.geteuid?.() === 0).each(['file', 'folder'])(
    'does not read a foreign %s',
    (what) => {
      cacheOf()?.write(SCRIPT)
      chownSync(what === 'file' ? file() : folder(), FOREIGN_UID, FOREIGN_UID)
      expect(cacheOf()?.read()).toBeUndefined()
    },
  )
})

function nameOfFile(): string {
  return `describe-key-d1-${process.version}-${process.arch}.v8`
}

describe('the plugin with compiled code of an earlier run', () => {
  let bench: PluginBench

  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench.close())

  const cached = () =>
    join(bench.folder, 'cache', readdirSync(join(bench.folder, 'cache'))[0] ?? '')
  const describeKey = async () => {
    const { exitCode, stdout, stderr } = await bench.run('describe-key', keyRequest('ec-p256'))
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '{"keyId":"ec-p256","keySpec":"EC-256"}\n',
      stderr: '',
    })
  }

  it('answers alike, and replaces code that V8 refuses', async () => {
    await describeKey()
    const first = readFileSync(cached())
    await describeKey()
    expect(readFileSync(cached())).toEqual(first)
    writeFileSync(cached(), 'no code')
    await describeKey()
    expect(readFileSync(cached()).length).toBeGreaterThan(10_000)
  })
})
