// The judge, a process around notation-go, asked for verdicts. Building it is `npm run peers`.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Descriptor } from '../../shared/descriptor.ts'
import type { JsonValue } from '../../shared/json.ts'

/** What a verifier trusts; `files` are further files of notation's configuration folder. */
export interface JudgeBundle {
  readonly trustPolicy: JsonValue
  readonly trustStores?: Readonly<Record<string, readonly string[]>>
  readonly files?: Readonly<Record<string, string>>
}

/** A question: one signature, or with `signatures` all that an artifact has. Envelopes are base64. */
export interface JudgeRequest {
  readonly id: string
  /** Names the bundle given, or one given before. */
  readonly bundleId?: string
  readonly bundle?: JudgeBundle
  readonly reference: string
  readonly descriptor: Descriptor
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly mediaType?: string
  readonly envelope?: string
  readonly signatures?: readonly { readonly mediaType?: string; readonly envelope?: string }[]
}

/** An answer. `refused`: the bundle or the request is, and there is no verdict. */
export interface JudgeAnswer {
  readonly id: string
  /** What notation-go returned; null where it verified. */
  readonly error: string | null
  readonly refused?: boolean
  readonly panic?: boolean
  readonly level: string
  readonly results: readonly {
    readonly type: string
    readonly action: string
    readonly error: string | null
  }[]
}

/**
 * Asks the judge.
 *
 * @param binary - path of the judge
 * @returns an answer to each request, in their order
 */
export async function askJudge(
  binary: string,
  requests: Iterable<JudgeRequest>,
): Promise<readonly JudgeAnswer[]> {
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const answers: JudgeAnswer[] = []
  const read = (async () => {
    for await (const line of createInterface({ input: child.stdout }))
      answers.push(JSON.parse(line) as JudgeAnswer)
  })()
  // A judge that ends early closes its input; how it ended is told below.
  child.stdin.on('error', () => undefined)
  for (const request of requests) {
    const goesOn = child.stdin.write(`${JSON.stringify(request)}\n`)
    if (!goesOn) await Promise.race([new Promise((go) => child.stdin.once('drain', go)), ended])
  }
  child.stdin.end()
  const [status] = await Promise.all([ended, read])
  if (status !== 0) throw new Error(`the judge ended with status ${status}`)
  return answers
}
