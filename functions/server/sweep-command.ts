// npm run sweep: asks the running API to look through everything that the rules name, and shows how far it is.

import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const HELP = `npm run --silent sweep -- [options]

Has the running API look through every repository that its signing rules name, and sign what is unsigned, signed by
a replaced certificate, about to expire, or no longer listed. Repositories of globs come from the registry's catalogue.

  --dry-run      only say what is due
  --url URL      of the API (default: STM_NOTARY_URL, else http://127.0.0.1:8080)
  --help         this text

The bearer token of a caller with the permission "sweep" is read from STM_NOTARY_TOKEN.

Exit status: 0 done; 1 done with errors, which are shown; 2 wrong options; 3 the API cannot be asked.
`

const EXIT = { done: 0, withErrors: 1, wrongOptions: 2, unavailable: 3 } as const
const DEFAULT_URL = 'http://127.0.0.1:8080'
/** Between two looks at the run. */
const POLL_MS = 500
/** One answer of the API. */
const TIMEOUT_MS = 30_000
const BAR_CHARACTERS = 24

/** What of a run is shown. */
const runSchema = z.object({
  id: z.string(),
  dryRun: z.boolean(),
  state: z.enum(['running', 'done']),
  at: z.string().optional(),
  counts: z.object({
    repositories: z.number(),
    tags: z.number(),
    due: z.number(),
    postponed: z.number(),
  }),
  due: z.array(z.object({ reference: z.string(), reason: z.string() })),
  orphanedTags: z.array(z.string()),
  errors: z.array(
    z.object({
      rule: z.string().optional(),
      registry: z.string(),
      repository: z.string().optional(),
      message: z.string(),
    }),
  ),
})
type Run = z.output<typeof runSchema>

interface Options {
  readonly help: boolean
  readonly dryRun: boolean
  readonly url: string
}

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (options === undefined) return EXIT.wrongOptions
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.done
  }
  try {
    return report(await sweep(options))
  } catch (error) {
    clearBar()
    process.stderr.write(
      `Cannot sweep: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    return EXIT.unavailable
  }
}

/** @returns undefined for wrong ones, which are told */
function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        url: { type: 'string' },
      },
    })
    const url = values.url ?? (process.env.STM_NOTARY_URL || DEFAULT_URL)
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new Error('--url is no http or https address')
    return { help: values.help, dryRun: values['dry-run'], url }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${reason}; --help shows the options\n`)
    return undefined
  }
}

async function ask({ url, dryRun }: Options, method: 'GET' | 'POST', query: string): Promise<Run> {
  const token = process.env.STM_NOTARY_TOKEN
  if (token === undefined || token === '')
    throw new Error(
      'STM_NOTARY_TOKEN is not set; it is the token of a caller with the permission "sweep"',
    )
  const answer = await fetch(new URL(`/v1/sweep${query}`, url), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify({ dryRun }) } : {}),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`the API at ${url} does not answer; is it running, and is --url right?`, {
      cause,
    })
  })
  const body: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return runSchema.parse(body)
  const { detail } = z.object({ detail: z.string().optional() }).catch({}).parse(body)
  throw new Error(`the API answers ${answer.status}${detail === undefined ? '' : `: ${detail}`}`)
}

/** One runs at a time: where one of the other kind is under way, it is waited for. */
async function sweep(options: Options): Promise<Run> {
  for (;;) {
    const run = await ask(options, 'POST', '')
    if (run.dryRun === options.dryRun) return follow(run, options)
    const kind = run.dryRun ? 'A dry run' : 'A sweep that signs'
    process.stderr.write(`${kind} is under way; this one begins when it has ended\n`)
    await follow(run, options)
  }
}

async function follow(first: Run, options: Options): Promise<Run> {
  let run = first
  for (let turn = 0; run.state === 'running'; turn++) {
    showBar(run, turn)
    await wait(POLL_MS)
    run = await ask(options, 'GET', `?run=${encodeURIComponent(run.id)}`)
  }
  clearBar()
  return run
}

/** How much there is in all nobody knows before the end: the bar moves, and the numbers grow. */
function showBar({ at = '', counts }: Run, turn: number): void {
  const line = `${counts.repositories} repositories, ${counts.tags} tags, ${counts.due} due`
  if (!process.stderr.isTTY) {
    if (turn % 20 === 0) process.stderr.write(`${line}; at ${at}\n`)
    return
  }
  const place = turn % BAR_CHARACTERS
  const bar = `${'·'.repeat(place)}█${'·'.repeat(BAR_CHARACTERS - place - 1)}`
  process.stderr.write(`\r\u001b[K${bar} ${line}  ${at.slice(-40)}`)
}

function clearBar(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

function report(run: Run): number {
  const { dryRun, counts, due, orphanedTags, errors } = run
  const lines = [
    ...due.map(
      ({ reference, reason }) =>
        `${dryRun ? 'due' : 'sent to be signed'}: ${reference} (${reason})`,
    ),
    ...(counts.due > due.length ? [`and ${counts.due - due.length} more`] : []),
    ...orphanedTags.map((tag) => `signatures of an image that is gone: ${tag}`),
    ...errors.map(
      ({ rule, registry, repository, message }) =>
        `error: ${rule === undefined ? [registry, repository].filter(Boolean).join('/') : `rule ${rule}`}: ${message}`,
    ),
    `${counts.repositories} repositories, ${counts.tags} tags, ${counts.due} due, ${counts.postponed} of them for another day, ${errors.length} errors`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return errors.length === 0 ? EXIT.done : EXIT.withErrors
}
