// The bundle that "wrangler deploy" would upload, and Miniflare's options to run it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
// Comes with wrangler, which pins it.
import { convertV4MiniflareOptions, type Miniflare, type Request, type Response } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'

const ROOT = join(import.meta.dirname, '..', '..')
/** Say which bindings there are. */
const CONFIGURATIONS = {
  plain: join(ROOT, 'wrangler.toml'),
  signing: join(ROOT, 'wrangler.signing.toml'),
} as const
const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/**
 * Gives the bundle's text. Offline, and with nothing of the user's own configuration read or written.
 *
 * @param folder - an empty one
 * @param flags - of wrangler deploy, further ones
 */
export async function bundleWorker(folder: string, flags: readonly string[] = []): Promise<string> {
  const outdir = join(folder, 'out')
  await runWrangler(folder, ['deploy', '--dry-run', '--outdir', outdir, ...flags])
  return readFileSync(join(outdir, 'worker.js'), 'utf8')
}

/** Runs wrangler without an account; gives what it prints. @param folder - stands for the user's home */
export async function runWrangler(folder: string, args: readonly string[]): Promise<string> {
  const { NODE_COMPILE_CACHE } = process.env
  const env = {
    // A third of its time is compiling itself.
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    PATH: dirname(process.execPath),
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    WRANGLER_SEND_METRICS: 'false',
    CI: '1',
  }
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [exitCode] = await once(child, 'close')
  if (exitCode !== 0) throw new Error(`wrangler ${args[0]} fails: ${output}`)
  return output
}

/** Text bindings of the Worker, and where its lines of log go. */
export interface WorkerSetup {
  readonly script: string
  /** Text bindings, CONFIG among them. */
  readonly bindings: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  /** Client certificate and key, and the CA of the service behind the binding STM; PEM. */
  readonly stm?: { readonly cert: string; readonly key: string; readonly ca: string }
  /** Fetches in the Worker's place. */
  readonly outbound?: (request: Request) => Promise<Response>
  /** Which of the two configurations; `plain` unless given, without a queue. */
  readonly configuration?: keyof typeof CONFIGURATIONS
  /** Whether requests without a token are counted, as the configuration says; so they are unless given. */
  readonly countsAnonymous?: boolean
  /** A free one is picked where it is left out. */
  readonly port?: number
}

/** Options of a Miniflare that runs the bundle as wrangler.toml says. */
export function miniflareOptions({
  script,
  bindings,
  log,
  stm,
  outbound,
  configuration = 'plain',
  countsAnonymous = true,
  port,
}: WorkerSetup): ConstructorParameters<typeof Miniflare>[0] {
  return convertV4MiniflareOptions({
    ...readBindings(CONFIGURATIONS[configuration]),
    ...(countsAnonymous ? {} : { ratelimits: {} }),
    modules: true,
    script,
    bindings: { ...bindings },
    handleStructuredLogs: ({ message }) => log(message),
    ...(port === undefined ? {} : { port }),
    ...(outbound === undefined ? {} : { outboundService: outbound }),
    // Stands in for the mTLS binding, which cannot be had offline.
    ...(stm === undefined
      ? {}
      : {
          serviceBindings: {
            STM: {
              network: {
                allow: ['public', 'private', 'local'],
                tlsOptions: {
                  keypair: { privateKey: stm.key, certificateChain: stm.cert },
                  trustedCertificates: [stm.ca],
                },
              },
            },
          },
        }),
  })
}

/**
 * What a configuration binds. How its sources become modules is left out: the bundle is one. So are client certificates,
 * which cannot be had offline.
 */
function readBindings(file: string): object {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(file)
  const { rootPath: _, modulesRules: __, mtlsCertificates: ___, ...options } = workerOptions
  return Object.fromEntries(Object.entries(options).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).flat().length === 0
}
