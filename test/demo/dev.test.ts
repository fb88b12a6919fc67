// What npm run dev:deno and dev:worker start: the local stack with the API on another runtime.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startApiOnDeno } from '../../demo/api/on-deno.ts'
import { startApiOnWorkerd } from '../../demo/api/on-workerd.ts'
import type { StartApi } from '../../demo/api/start-api.ts'
import { createApiClient } from '../../demo/api-client.ts'
import { pushImage } from '../../demo/image.ts'
import { FREE_PORTS, REPOSITORY, startStack } from '../../demo/stack.ts'
import { DENO_PATH } from '../peers/runtimes.ts'
import { leaveOut } from '../support/peers.ts'

async function signsAndVerifies(startApi: StartApi): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dev-'))
  const lines: string[] = []
  const stack = await startStack(folder, FREE_PORTS, (line) => lines.push(line), startApi)
  try {
    const { reference } = await pushImage(stack.registry.host, REPOSITORY, 'v1')
    const api = createApiClient(stack)
    await api.sign(reference, 'my-key')
    expect(await api.verify(reference)).toMatchObject({ verified: true })
    await expect.poll(() => lines.filter((line) => line.includes('"event":"sign"'))).toHaveLength(1)
  } finally {
    await stack.close()
    await rm(folder, { recursive: true })
  }
}

describe('the local stack', () => {
  test('signs and verifies with its API in workerd', () => signsAndVerifies(startApiOnWorkerd))

  if (existsSync(DENO_PATH))
    test('signs and verifies with its API on Deno', () => signsAndVerifies(startApiOnDeno))
  else leaveOut('the local stack with its API on Deno', 'Deno')
})
