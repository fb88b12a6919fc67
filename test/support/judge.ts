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
  /** Installed plugins by name, with what they answer to commands; null gives notation-go no plugin manager. */
  readonly plugins?: Readonly<Record<string, Readonly<Record<string, JsonValue>>>> | null
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
  /** How long notation-go took, where it was asked for one signature. */
  readonly nanoseconds?: number
  readonly level: string
  readonly results: readonly {
    readonly type: string
    readonly action: string
    readonly error: string | null
  }[]
}

/** A running judge. */
export interface Judge {
  /** Answers come in the order of the requests, which may be asked without waiting. */
  ask(request: JudgeRequest): Promise<JudgeAnswer>
  close(): Promise<void>
}

/**
 * Starts a judge.
 *
 * @param binary - path of the judge
 * @param environment - laid over ours, such as `HTTP_PROXY` for its questions about revocation
 */
export function openJudge(
  binary: string,
  environment: Readonly<Record<string, string>> = {},
): Judge {
  const env = { ...process.env, ...environment }
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const waiting: PromiseWithResolvers<JudgeAnswer>[] = []
  const ended = new Promise<void>((resolve) => {
    const end = (how: unknown) => {
      for (const each of waiting.splice(0)) each.reject(new Error(`the judge ended: ${how}`))
      resolve()
    }
    child.once('error', end)
    child.once('close', end)
  })
  // A judge that ends early closes its input; how it ended is told above.
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as JudgeAnswer)
  })
  return {
    ask(request) {
      const answer = Promise.withResolvers<JudgeAnswer>()
      // Whoever waits for it is told; nobody may wait yet when the judge ends.
      answer.promise.catch(() => undefined)
      waiting.push(answer)
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return answer.promise
    },
    close() {
      child.stdin.end()
      return ended
    },
  }
}

/** Requests that wait for an answer at a time: enough that the judge never does. */
const UNANSWERED = 256

/** Asks a judge of its own all requests, of which only a few are held at a time. */
export async function askJudge(
  binary: string,
  requests: Iterable<JudgeRequest>,
): Promise<readonly JudgeAnswer[]> {
  const judge = openJudge(binary)
  const answers: Promise<JudgeAnswer>[] = []
  try {
    for (const request of requests) {
      await answers.at(-UNANSWERED)
      answers.push(judge.ask(request))
    }
    return await Promise.all(answers)
  } finally {
    await judge.close()
  }
}
