// Reads what the Containerfile's last stage says, as far as the file goes: a test runs it without an engine.

/** The image as it would be. */
export interface ContainerImage {
  readonly folder: string
  /** Of the context; packages are not among them. */
  readonly copied: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly volume: string
  readonly uid: number
  readonly gid: number
  readonly command: readonly string[]
  readonly healthCommand: readonly string[]
  /** What npm is run with, in the stage before. */
  readonly install: string
}

/** Reads it. Throws where an instruction is missing or of another form. */
export function readContainerfile(text: string): ContainerImage {
  const instructions = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): readonly [name: string, rest: string] => {
      const end = line.indexOf(' ')
      return [line.slice(0, end), line.slice(end + 1)]
    })
  const start = instructions.findLastIndex(([name]) => name === 'FROM')
  const stage = instructions.slice(start)
  const all = (name: string): readonly string[] =>
    stage.filter(([found]) => found === name).map(([, rest]) => rest)
  const one = (name: string, from = stage): string => {
    const [rest, ...others] = from.filter(([found]) => found === name).map(([, found]) => found)
    if (rest === undefined || others.length > 0)
      throw new Error(`The Containerfile must have one ${name}`)
    return rest
  }
  const [uid = '', gid = ''] = one('USER').split(':')
  return {
    folder: one('WORKDIR'),
    copied: all('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1)),
    environment: Object.fromEntries(
      all('ENV').flatMap((rest) => rest.split(' ').map((pair) => pairOf(pair))),
    ),
    volume: one('VOLUME'),
    uid: Number(uid),
    gid: Number(gid),
    command: JSON.parse(one('CMD')),
    healthCommand: JSON.parse(one('HEALTHCHECK').replace(/^.*? CMD /, '')),
    install: one('RUN', instructions.slice(0, start)),
  }
}

function pairOf(pair: string): readonly [name: string, value: string] {
  const end = pair.indexOf('=')
  return [pair.slice(0, end), pair.slice(end + 1)]
}
