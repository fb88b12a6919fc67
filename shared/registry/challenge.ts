// Challenges of a WWW-Authenticate header (RFC 9110 §11.6.1), as far as registries use them.

/** One challenge. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A name with a value, quoted or not, or a scheme; then a comma or none. */
const PART = /\s*(?:([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)(?=[\s,]|$))\s*,?/y

/** The challenges in order; what is not well-formed and all behind it is left out. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  PART.lastIndex = 0
  while (PART.lastIndex < header.length) {
    const part = PART.exec(header)
    if (part === null) break
    const [, name, quoted, bare, scheme] = part
    if (scheme !== undefined)
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    if (name === undefined) continue
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? ''
    challenges.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  return challenges
}
