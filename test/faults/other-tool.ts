// Another tool that signs the same images: notation itself, with another key. It reads their lists before ours is in
// them, and writes them when it is let.

import { setTimeout as wait } from 'node:timers/promises'
import type { Notation } from '../support/notation.ts'
import { startDoor } from '../support/registry-door.ts'
import type { ToldImage } from './faulted-worker.ts'
import { isListWritten } from './signature-list.ts'

const KEY_ID = 'ec-p384'
const POLL_MS = 20

/** The tool, with every list read. */
export interface OtherTool {
  /** Lets it write them; how each of its commands ended. */
  readonly write: () => Promise<readonly number[]>
}

/** Starts it. @param host - of the registry */
export async function startOtherTool(
  notation: Notation,
  host: string,
  images: readonly Pick<ToldImage, 'repository' | 'digest'>[],
): Promise<OtherTool> {
  const door = await startDoor(host, isListWritten)
  const signing = images.map(({ repository, digest }) =>
    notation.run([
      'sign',
      ...['--plugin', 'digicert-stm', '--id', KEY_ID, '--insecure-registry'],
      `${door.host}/${repository}@${digest}`,
    ]),
  )
  while (door.held() < images.length) await wait(POLL_MS)
  return {
    async write() {
      door.open()
      const ended = await Promise.all(signing)
      await door.close()
      return ended.map(({ exitCode }) => exitCode)
    },
  }
}
