// What the OpenAPI document allows, and what it does not, is sent to the API by schemathesis: each answer has a
// documented status, content type and shape, and nothing that the document forbids is taken.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DESCRIBED_OPERATIONS } from '../../functions/openapi/described-operations.ts'
import { SCHEMATHESIS_PYTHON } from '../peers/schemathesis.ts'
import { leaveOut } from '../support/peers.ts'
import { RUNTIMES } from './runtimes.ts'
import { startWorld, TOKENS } from './world.ts'

/** Not among them: that no 5xx comes, for some are documented; and that what fits the schemas is accepted, for these cannot say all. */
const CHECKS = [
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
]
const EXAMPLES_PER_OPERATION = 40
const SEED = 20_261_123

/** Runs it; gives the exit code and all that it printed. */
async function runSchemathesis(url: string, folder: string) {
  const args = [
    ...['-m', 'schemathesis.cli', '--no-color', 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${TOKENS.operator}`],
    ...['--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing'],
    ...['--max-examples', String(EXAMPLES_PER_OPERATION), '--seed', String(SEED)],
    ...['--generation-database', 'none', '--workers', '1'],
  ]
  const child = spawn(SCHEMATHESIS_PYTHON, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, output }
}

if (existsSync(SCHEMATHESIS_PYTHON)) {
  test('schemathesis finds no answer that is not documented', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'))
    const world = await startWorld()
    const api = await RUNTIMES.Node(world)
    try {
      const { exitCode, output } = await runSchemathesis(api.url, folder)
      expect(output).toContain(`Tested: ${Object.keys(DESCRIBED_OPERATIONS).length}`)
      expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({
        exitCode: 0,
        output: '',
      })
    } finally {
      await api.close()
      await world.close()
      await rm(folder, { recursive: true })
    }
  })
} else leaveOut('the OpenAPI document', 'schemathesis')
