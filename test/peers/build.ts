// `npm run peers`: builds the peers that the cache folder lacks, from the versions that go.mod and
// go.sum pin, and installs further runtimes and schemathesis. Needs Go, npm and Python; tests only use what it has built.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  moduleFolder,
  PEER_NAMES,
  PEERS,
  type PeerName,
  peerFolder,
  peerPath,
  peerVersion,
} from './peers.ts'
import { DENO_PATH, NODE_MAJORS, nodePath, RUNTIMES_FOLDER, RUNTIMES_SOURCE } from './runtimes.ts'
import { installSchemathesis } from './schemathesis.ts'

process.exitCode =
  buildMissing(PEER_NAMES.filter((name) => !existsSync(peerPath(name)))) ||
  installRuntimes() ||
  installFuzzer()

function buildMissing(missing: readonly PeerName[]): number {
  if (missing.length === 0) return say(`All peers are in ${folders()}`, 0)
  if (spawnSync('go', ['version']).status !== 0) {
    return say(
      'Cannot build the peers: there is no Go on PATH, wanted 1.26 or newer (https://go.dev/dl)',
      1,
    )
  }
  for (const name of missing) {
    if (!build(name)) return say(`Cannot build ${name}: go says why above`, 1)
  }
  return say(`The peers are in ${folders()}`, 0)
}

function folders(): string {
  return [...new Set(PEER_NAMES.map(peerFolder))].join(' and ')
}

function build(name: PeerName): boolean {
  process.stdout.write(`Building ${name} ${peerVersion(name)} …`)
  const started = Date.now()
  mkdirSync(peerFolder(name), { recursive: true })
  // Renamed when it is whole: a build that was broken off leaves no peer behind.
  const built = `${peerPath(name)}.${process.pid}`
  const { status, stderr } = spawnSync(
    'go',
    ['build', '-mod=readonly', '-trimpath', '-o', built, PEERS[name]],
    {
      cwd: moduleFolder(name),
      // Without cgo no C compiler is needed, and the binaries run on any Linux.
      env: { ...process.env, CGO_ENABLED: '0' },
      encoding: 'utf8',
    },
  )
  if (status !== 0) {
    process.stdout.write(`\n${stderr}`)
    return false
  }
  renameSync(built, peerPath(name))
  process.stdout.write(` ${((Date.now() - started) / 1000).toFixed(0)} s\n`)
  return true
}

function installRuntimes(): number {
  const majors = [...NODE_MAJORS.supported, ...NODE_MAJORS.refused]
  if ([DENO_PATH, ...majors.map(nodePath)].every(existsSync)) return 0
  process.stdout.write(`Installing Deno and Node ${majors.join(', ')} …`)
  mkdirSync(RUNTIMES_FOLDER, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) {
    copyFileSync(join(RUNTIMES_SOURCE, file), join(RUNTIMES_FOLDER, file))
  }
  const args = ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  const [program, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm]
  const { status, stderr } = spawnSync(program, [...first, ...args], {
    cwd: RUNTIMES_FOLDER,
    encoding: 'utf8',
  })
  if (status !== 0) return say(`\nCannot install them: ${stderr}`, 1)
  return say(` in ${RUNTIMES_FOLDER}`, 0)
}

function installFuzzer(): number {
  const problem = installSchemathesis()
  return problem === undefined ? 0 : say(`Cannot install schemathesis: ${problem}`, 1)
}

function say(line: string, status: number): number {
  process.stdout.write(`${line}\n`)
  return status
}
