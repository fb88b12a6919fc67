// What npm start prints is run as it stands, in a shell, with the real notation CLI.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { describePeers } from '../support/peers.ts'

const START = join(import.meta.dirname, '..', '..', 'demo', 'start.ts')
const FREE = ['stm', 'tsa', 'control', 'revocation', 'registry', 'api'].flatMap((name) => [
  `--${name}-port`,
  '0',
])

interface Output {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

function collect(child: ChildProcess): Promise<Output> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (part: Buffer) => {
    stdout += part
  })
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

describePeers('what npm start prints', ['notation'], ({ notation }) => {
  let folder: string
  let stack: ChildProcess
  let printed = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-'))
    stack = start('--state', join(folder, 'state'), ...FREE)
    await new Promise<void>((resolve, reject) => {
      stack.once('exit', () => reject(new Error(`npm start ended: ${printed}`)))
      stack.stdout?.on('data', (part: Buffer) => {
        printed += part
        if (printed.includes('Ready.')) resolve()
      })
    })
  })

  afterAll(async () => {
    stack.removeAllListeners('exit')
    const ended = once(stack, 'exit')
    stack.kill()
    // It stores what its queue has before it ends.
    await ended
    await rm(folder, { recursive: true })
  })

  test('an image that is pushed where it says so signs itself', async () => {
    const [, repository = ''] = /^Images that sign themselves +(\S+)$/m.exec(printed) ?? []
    const [, api = ''] = /^API +(\S+)$/m.exec(printed) ?? []
    const host = repository.slice(0, repository.indexOf('/'))
    const image = await pushImage(host, repository.slice(host.length + 1), 'v1')
    const deadline = Date.now() + 20_000
    let verified: unknown
    while (verified !== true && Date.now() < deadline) {
      const answer = await fetch(`${api}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reference: image.reference }),
      })
      verified = ((await answer.json()) as { verified?: boolean }).verified
    }
    expect(verified).toBe(true)
  }, 30_000)

  test('installs the plugin, signs, and verifies when it is pasted into a shell', async () => {
    const script = printed.slice(
      printed.indexOf('paste:') + 'paste:'.length,
      printed.indexOf('Ready.'),
    )
    const environment = {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      PATH: [folder, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    }
    const shell = spawn(
      'bash',
      ['-e', '-c', `ln -s '${notation}' '${folder}/notation'\n${script}`],
      { env: environment },
    )
    const { exitCode, stdout, stderr } = await collect(shell)
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toContain('Successfully installed plugin digicert-stm')
    expect(stdout).toContain('Trust policy configuration imported successfully')
    expect(stdout).toContain('Successfully signed')
    expect(stdout).toContain('Successfully verified signature')
    expect(stdout).toContain('"verified":true')
  })
})

describe('npm start', () => {
  test('ends in order on SIGTERM; its state refuses another port for what certificates name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'start-'))
    const own = start('--state', folder, ...FREE)
    const ended = collect(own)
    own.stdout?.on('data', (part: Buffer) => {
      if (String(part).includes('Ready.')) own.kill('SIGTERM')
    })
    const { exitCode, stdout } = await ended
    expect(exitCode).toBe(0)
    const [, url] = /OCSP responders and CRLs +(\S+)/.exec(stdout) ?? []
    const other = `${await freePort()}`
    const again = await collect(start('--state', folder, ...FREE, '--revocation-port', other))
    await rm(folder, { recursive: true })
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toBe(
      `Cannot start: the certificates of ${join(folder, 'stm')} name revocation responders at ${url} (ocsp, crl), not at http://localhost:${other}; leave the option out, or use another state folder\n`,
    )
  })

  test('names the flag of a port that is in use, and exits 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'start-'))
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const { exitCode, stderr } = await collect(
      start('--state', folder, ...FREE, '--api-port', String(port)),
    )
    taken.close()
    await rm(folder, { recursive: true })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`--api-port`)
    expect(stderr).not.toContain('    at ')
  })

  test('refuses an unknown option and tells where the options are listed', async () => {
    const { exitCode, stderr } = await collect(start('--nonsense'))
    expect(exitCode).toBe(1)
    expect(stderr).toContain('--help')
  })
})
