import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../plugin/log.ts'

const AT = new Date('2030-01-02T03:04:05.678Z')
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'log-'))
})
afterEach(() => rmSync(home, { recursive: true }))

function log(settings: Readonly<Record<string, string>> = {}) {
  return openLog(
    (name) => settings[name],
    () => home,
    (text) => text.replaceAll('secret', '[redacted]'),
    () => AT,
  )
}
const standard = () => join(home, 'logs', 'sm-client.log')

describe('openLog()', () => {
  it('appends lines to $SM_HOME/logs/sm-client.log, which nobody else can read', () => {
    log().write('INFO', 'one')
    log().write('ERROR', 'two')
    expect(readFileSync(standard(), 'utf8')).toBe(
      `2030-01-02T03:04:05.678Z INFO  [${process.pid}] one\n2030-01-02T03:04:05.678Z ERROR [${process.pid}] two\n`,
    )
    expect(statSync(standard()).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'logs')).mode & 0o777).toBe(0o700)
  })

  it('writes what the level lets through, in any case of letters, by default INFO', () => {
    log({ SM_LOG_LEVEL: 'debug' }).write('DEBUG', 'debug')
    log({ SM_LOG_LEVEL: 'Warn' }).write('INFO', 'info')
    log({ SM_LOG_LEVEL: 'nonsense' }).write('DEBUG', 'default')
    log().write('WARN', 'warn')
    expect(readFileSync(standard(), 'utf8').match(/\] \w+/g)).toEqual(['] debug', '] warn'])
  })

  it('makes one line of what a service may have put line breaks into, and takes secrets out', () => {
    log().write('INFO', 'a\r\n2030 INFO forged\u001b[31m secret')
    expect(readFileSync(standard(), 'utf8')).toMatch(/\] a 2030 INFO forged \[31m \[redacted\]\n$/)
  })

  it.each(['stdout', 'console', 'stderr', 'file', ''])(
    'writes to the file for SM_LOG_OUTPUT=%s',
    (output) => {
      log({ SM_LOG_OUTPUT: output }).write('INFO', 'x')
      expect(existsSync(standard())).toBe(true)
    },
  )

  it.each(['discard', 'none', 'NULL'])('writes nothing for SM_LOG_OUTPUT=%s', (output) => {
    log({ SM_LOG_OUTPUT: output }).write('FATAL', 'x')
    expect(readdirSync(home)).toEqual([])
  })

  it('writes where SM_LOG_DIR and SM_LOG_FILE_NAME say, the name without folders', () => {
    log({ SM_LOG_DIR: join(home, 'a', 'b'), SM_LOG_FILE_NAME: '../../mine.log' }).write('INFO', 'x')
    expect(existsSync(join(home, 'a', 'b', 'mine.log'))).toBe(true)
  })

  it('follows no link, and waits for no pipe', () => {
    mkdirSync(join(home, 'logs'))
    symlinkSync(join(home, 'elsewhere'), standard())
    log().write('INFO', 'x')
    expect(existsSync(join(home, 'elsewhere'))).toBe(false)
    execFileSync('mkfifo', [join(home, 'logs', 'pipe')])
    log({ SM_LOG_FILE_NAME: 'pipe' }).write('INFO', 'x')
  })

  it.each(['logs', 'logs/sm-client.log'])('fails nothing when %s cannot be written', (path) => {
    mkdirSync(join(home, 'logs'), { recursive: true })
    if (path === 'logs') chmodSync(join(home, 'logs'), 0)
    else mkdirSync(join(home, path))
    expect(() => log().write('FATAL', 'x')).not.toThrow()
    chmodSync(join(home, 'logs'), 0o700)
  })
})
