// A bench for what the plugin refuses: every error is checked to be one JSON error without any secret.

import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import {
  errorOf,
  keyRequest,
  openBench,
  type PluginBench,
  type PluginResult,
} from './plugin-process.ts'

/** Stand in settings under test; none of them may be shown anywhere. */
export const PLANTED = {
  apiKey: 'planted-api-key-7f3a',
  password: 'planted password 91c2',
  file: 'MIIplantedFileContent',
} as const

/** The emulator of a test file, and what its refusals show. */
export interface RefusalBench extends PluginBench {
  /** `CODE: message` of a run that failed, and proof that nothing of what is secret was shown or logged. */
  shownError(result: PluginResult): string
  /** The same of describe-key, with changes to the environment. */
  describeError(env: Readonly<Record<string, string>>, keyId?: string): Promise<string>
}

/** Opens a bench for the tests of a file; it behaves as by default before each. */
export function useRefusalBench(): () => RefusalBench {
  let bench: PluginBench
  beforeAll(async () => {
    bench = await openBench()
  })
  beforeEach(() => {
    bench.emulator.setProfile([])
    bench.emulator.setFaults([])
    bench.takeRequests()
  })
  afterAll(() => bench.close())

  const shownError = (result: PluginResult): string => {
    const { errorCode, errorMessage } = errorOf(result)
    const everything = result.stdout + result.stderr + bench.log()
    const { apiKey, clientP12Password } = bench.emulator
    for (const secret of [...Object.values(PLANTED), apiKey, clientP12Password])
      expect(everything).not.toContain(secret)
    expect(errorMessage).not.toMatch(/\n| at .*:\d+:\d+/)
    return `${errorCode}: ${errorMessage}`
  }
  return () => ({
    ...bench,
    shownError,
    describeError: async (env, keyId = 'ec-p256') =>
      shownError(await bench.run('describe-key', keyRequest(keyId), env)),
  })
}
