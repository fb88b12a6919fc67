// npm run sweep as a process of its own, against an API of the test's.

import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const COMMAND = join(import.meta.dirname, '../../../functions/server/sweep-command.ts')
const RUN = {
  id: 'run-1',
  dryRun: false,
  state: 'running',
  at: 'registry.example.com/team/app',
  counts: { repositories: 0, tags: 0, due: 0, postponed: 0 },
  due: [],
  orphanedTags: [],
  errors: [],
}

let server: Server
let url: string
let answers: readonly { readonly status: number; readonly body: unknown }[] = []
const asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`.trim())
      const [answer = { status: 500, body: {} }] = answers
      answers = answers.slice(1)
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  asked.length = 0
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { STM_NOTARY_URL: url, STM_NOTARY_TOKEN: 'planted-token', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, stdout, stderr }
}

describe('npm run sweep', () => {
  it('starts a run, follows it and tells what it found', async () => {
    const due = [{ reference: 'registry.example.com/team/app:v1', reason: 'unsigned' }]
    const counts = { repositories: 1, tags: 3, due: 1, postponed: 0 }
    answers = [
      { status: 200, body: RUN },
      {
        status: 200,
        body: {
          ...RUN,
          state: 'done',
          counts,
          due,
          orphanedTags: ['registry.example.com/team/app:sha256-0'],
        },
      },
    ]

    const { exitCode, stdout } = await run([])

    expect(exitCode).toBe(0)
    expect(asked).toEqual([
      'POST /v1/sweep Bearer planted-token {"dryRun":false}',
      'GET /v1/sweep?run=run-1 Bearer planted-token',
    ])
    expect(stdout).toBe(
      [
        'sent to be signed: registry.example.com/team/app:v1 (unsigned)',
        'signatures of an image that is gone: registry.example.com/team/app:sha256-0',
        '1 repositories, 3 tags, 1 due, 0 of them for another day, 0 errors',
        '',
      ].join('\n'),
    )
  })

  it('ends with 1 where the run has errors, and names the rule', async () => {
    const errors = [
      {
        rule: 'globs',
        registry: 'registry.example.com',
        code: 'catalogue-missing',
        message: 'write them out',
      },
    ]
    answers = [{ status: 200, body: { ...RUN, dryRun: true, state: 'done', errors } }]

    const { exitCode, stdout } = await run(['--dry-run'])

    expect(asked).toEqual(['POST /v1/sweep Bearer planted-token {"dryRun":true}'])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('error: rule globs: write them out\n')
  })

  it('waits for a run of the other kind, and tells of its own', async () => {
    const due = [{ reference: 'registry.example.com/team/app:v1', reason: 'unsigned' }]
    answers = [
      { status: 200, body: { ...RUN, id: 'dry', dryRun: true } },
      { status: 200, body: { ...RUN, id: 'dry', dryRun: true, state: 'done', due } },
      { status: 200, body: { ...RUN, state: 'done' } },
    ]

    const { exitCode, stdout, stderr } = await run([])

    expect(exitCode).toBe(0)
    expect(asked).toEqual([
      'POST /v1/sweep Bearer planted-token {"dryRun":false}',
      'GET /v1/sweep?run=dry Bearer planted-token',
      'POST /v1/sweep Bearer planted-token {"dryRun":false}',
    ])
    expect(stderr).toContain('A dry run is under way; this one begins when it has ended\n')
    expect(stdout).not.toContain('sent to be signed')
  })

  it('says why the API cannot be asked, and never the token', async () => {
    answers = [
      { status: 403, body: { detail: 'Cannot do this: the caller lacks the permission "sweep"' } },
    ]
    const refused = await run([])
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr:
        'Cannot sweep: the API answers 403: Cannot do this: the caller lacks the permission "sweep"\n',
    })

    const gone = await run(['--url', 'http://127.0.0.1:1'])
    expect(gone.exitCode).toBe(3)
    expect(gone.stderr).toBe(
      'Cannot sweep: the API at http://127.0.0.1:1 does not answer; is it running, and is --url right?\n',
    )
    expect((await run([], { STM_NOTARY_TOKEN: '' })).stderr).toContain(
      'STM_NOTARY_TOKEN is not set',
    )
  })

  it('shows its options, and refuses others', async () => {
    expect(await run(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--dry-run'),
    })
    expect(await run(['--wet'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--help shows'),
    })
    expect((await run(['--url', 'ftp://x'])).exitCode).toBe(2)
  })
})
