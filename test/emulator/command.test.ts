import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HELP, parseCommandLine } from '../../emulator/command-line.ts'
import { SetupError } from '../../emulator/setup-error.ts'

const MAIN = join(import.meta.dirname, '../../emulator/main.ts')
const FREE = ['port', 'tsa-port', 'control-port', 'revocation-port'].flatMap((flag) => [
  `--${flag}`,
  '0',
])

interface Started {
  readonly child: ChildProcess
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ status: number | null; stdout: string; stderr: string }>
  /** Resolves when the text has come on a stream, with all that came so far. */
  seen(stream: 'stdout' | 'stderr', text: string | RegExp): Promise<string>
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk) => {
      text[name] += chunk
    })
  return {
    child,
    ended: new Promise((resolve) => child.once('close', (status) => resolve({ status, ...text }))),
    seen: (name, wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (new RegExp(wanted).test(text[name])) resolve(text[name])
        }
        child[name]?.on('data', look)
        child.once('close', () => reject(new Error(`ended before: ${text.stderr}`)))
        look()
      }),
  }
}

describe('the emulator command', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'emulator-command-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The environment that a running emulator serves. */
  async function environmentOf(started: Started): Promise<Record<string, string>> {
    const text = await started.seen('stdout', 'In another shell')
    const [, control] = /control +(\S+)/.exec(text) ?? []
    return (await fetch(`${control}/env?format=json`)).json()
  }

  function list(environment: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(
        `${environment.SM_HOST}/signingmanager/api/v1/keypairs?alias=planted`,
        {
          rejectUnauthorized: false,
          agent: false,
          headers: { 'x-api-key': environment.SM_API_KEY },
        },
        (incoming) => {
          incoming.resume()
          incoming.once('end', () => resolve(incoming.statusCode))
        },
      )
        .once('error', reject)
        .end()
    })
  }

  test('--help explains each option and profile, and ends well', async () => {
    const { status, stdout, stderr } = await start('--help').ended
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(HELP)
    for (const option of [
      '--state',
      '--port',
      '--tsa-port',
      '--control-port',
      '--revocation-port',
      '--no-revocation',
      '--revocation-methods',
      '--public-url',
      '--san',
      '--profile',
      '--faults',
      '--seed',
      '--host',
    ])
      expect(HELP).toMatch(new RegExp(`^  ${option} `, 'm'))
    for (const port of ['18443', '18080', '18090', '18081']) expect(HELP).toContain(port)
  })

  test('SIGTERM ends it with 0; each request was one line without a secret', async () => {
    const started = start(...FREE)
    const environment = await environmentOf(started)
    expect(existsSync(environment.SM_CA_FILE ?? '')).toBe(true)
    expect(await list(environment)).toBe(200)
    started.child.kill('SIGTERM')
    const { status, stdout, stderr } = await started.ended
    expect(status).toBe(0)
    expect(stderr).toMatch(/^GET \/signingmanager\/api\/v1\/keypairs list-keypairs 200 \d+ ms\n$/)
    for (const secret of [environment.SM_API_KEY, environment.SM_CLIENT_CERT_PASSWORD])
      expect(stdout + stderr).not.toContain(secret)
    // The temporary folder goes with it.
    expect(existsSync(dirname(environment.SM_CA_FILE ?? ''))).toBe(false)
  })

  test('SIGINT lets a running request finish and ends it with 0', async () => {
    const state = join(folder, 'state')
    const started = start(...FREE, '--state', state)
    const environment = await environmentOf(started)
    expect(environment.SM_CA_FILE).toBe(join(state, 'ca.pem'))
    const answer = new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(
        `${environment.SM_HOST}/signingmanager/api/v1/keypairs`,
        {
          method: 'POST',
          agent: false,
          ca: readFileSync(environment.SM_CA_FILE ?? ''),
          pfx: readFileSync(environment.SM_CLIENT_CERT_FILE ?? ''),
          passphrase: environment.SM_CLIENT_CERT_PASSWORD,
          headers: { 'x-api-key': environment.SM_API_KEY, expect: '100-continue' },
        },
        (incoming) => {
          incoming.resume()
          resolve(incoming.statusCode)
        },
      )
      outgoing.once('error', reject)
      // The request runs: its body is being waited for. It comes after the signal.
      outgoing.once('continue', () => {
        started.child.kill('SIGINT')
        setTimeout(() => outgoing.end('{}'), 100)
      })
    })
    expect(await answer).toBe(400)
    expect((await started.ended).status).toBe(0)
    expect(existsSync(join(state, 'state.json'))).toBe(true)
  })

  describe('with a port in use', () => {
    let server: Server
    let port: number
    beforeAll(async () => {
      server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port
    })
    afterAll(() => server.close())

    test.each(['--port', '--tsa-port', '--control-port', '--revocation-port'])(
      'ends with 1 and names %s',
      async (flag) => {
        const at = FREE.indexOf(flag)
        const { status, stderr } = await start(...FREE.with(at + 1, String(port))).ended
        expect(status).toBe(1)
        expect(stderr).toBe(
          `Cannot listen on 127.0.0.1:${port}: the port is in use; choose another with ${flag} (0 picks a free one)\n`,
        )
      },
    )
  })

  test('ends with 1 and one clear line for a fault file that is wrong', async () => {
    const file = join(folder, 'wrong.json')
    writeFileSync(file, '[{"on":"sign","answer":"explode"}]')
    const { status, stderr } = await start('--faults', file).ended
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^Cannot read faults: faults\[0\]\.answer is "explode", wanted one of .*, in .*wrong\.json\n$/,
    )
  })
})

describe('parseCommandLine()', () => {
  test('reads all options', () => {
    const argv =
      '--state d --host ::1 --port 1 --tsa-port 2 --control-port 3 --revocation-port 4 --public-url http://a --revocation-methods crl,ocsp --san a --san b --profile root-absent --profile raw-ecdsa,uuid-alias --seed 7'
    expect(parseCommandLine(argv.split(' '))).toEqual({
      command: 'start',
      options: {
        stateDir: 'd',
        host: '::1',
        port: 1,
        tsaPort: 2,
        controlPort: 3,
        revocation: true,
        revocationPort: 4,
        publicUrl: 'http://a',
        revocationMethods: ['ocsp', 'crl'],
        san: ['a', 'b'],
        profile: ['root-absent', 'raw-ecdsa', 'uuid-alias'],
        seed: 7,
      },
    })
  })

  test('reads nothing as no option but revocation', () => {
    expect(parseCommandLine([])).toEqual({ command: 'start', options: { revocation: true } })
  })

  test('reads --no-revocation', () => {
    const options = { revocation: false }
    expect(parseCommandLine(['--no-revocation'])).toEqual({ command: 'start', options })
  })

  test.each([
    ['--port x', '--port is "x", wanted a whole number from 0 to 65535'],
    ['--tsa-port 65536', '--tsa-port is "65536", wanted a whole number from 0 to 65535'],
    ['--revocation-port x', '--revocation-port is "x", wanted a whole number from 0 to 65535'],
    ['--revocation-methods ldap', '--revocation-methods is "ldap", wanted ocsp, crl or ocsp,crl'],
    [
      '--revocation-methods ocsp,ocsp',
      '--revocation-methods is "ocsp,ocsp", wanted ocsp, crl or ocsp,crl',
    ],
    ['--seed -1', 'Cannot read the command line: '],
    ['--what', "Unknown option '--what'"],
    ['what', 'Unexpected argument'],
    ['--profile what', 'Cannot read profile "what": known are '],
    ['--faults /nowhere.json', 'Cannot read faults from /nowhere.json: ENOENT'],
  ])('refuses %s', (line, message) => {
    expect(() => parseCommandLine(line.split(' '))).toThrow(SetupError)
    expect(() => parseCommandLine(line.split(' '))).toThrow(message)
  })
})
