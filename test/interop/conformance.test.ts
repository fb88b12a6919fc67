// The OCI distribution specification's own suite against the in-memory registry.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RunningRegistry, startRegistry } from '../../demo/registry/start.ts'
import { describePeers } from '../support/peers.ts'

const execute = promisify(execFile)

/** Rows that the suite leaves out by its own default; the README names them. */
const DISABLED_BY_DEFAULT = [
  'Blob upload cancel',
  'Manifest put with tag params',
  'Sparse Manifests',
  'Tag Param',
  'Tag Param sha512',
]

describePeers('OCI conformance suite', ['conformance'], ({ conformance }) => {
  let registry: RunningRegistry
  let folder: string

  beforeEach(async () => {
    registry = await startRegistry()
    folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  })
  afterEach(async () => {
    await registry.close()
    await rm(folder, { recursive: true })
  })

  it('the in-memory registry passes every row that is on by default, none skipped', async () => {
    const env = {
      OCI_REGISTRY: registry.host,
      OCI_TLS: 'disabled',
      OCI_VERSION: '1.1',
      OCI_RESULTS_DIR: folder,
    }
    await execute(conformance, [], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })
    const results = await readFile(join(folder, 'results.yaml'), 'utf8')
    const rows = [...results.matchAll(/^ {2}([A-Z][^:]*): (Pass|FAIL|Skip|Error|Disabled)$/gm)]
    expect(rows.length).toBeGreaterThan(50)
    const left = rows.filter(([, , status]) => status !== 'Pass')
    expect(left.map(([, row, status]) => [row, status]).sort()).toEqual(
      DISABLED_BY_DEFAULT.map((row) => [row, 'Disabled']).sort(),
    )
  })
})
