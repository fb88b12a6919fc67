// Globs for names of repositories and tags: `*` is any part of one segment between slashes, `?` one character of it,
// `**` any number of segments, `{a,b}` one of both. Negation, classes and extended patterns are left out.
//
// Names come from whoever may push, so matching takes time in proportion to glob and name. A regular expression made
// from a glob backtracks: one of five `*` and a tag of 128 characters take it a minute.

/** Globs that one with braces stands for, at most: each name is held against all of them. */
export const MAX_GLOB_ALTERNATIVES = 100

const ANY_SEGMENTS = '**'
const ALPHABET = /^[A-Za-z0-9._:/*?{},-]+$/
const INNERMOST_BRACES = /\{([^{}]*)\}/

/**
 * Makes what tells whether a name fits at least one of the globs.
 *
 * @param globs - in none of which findGlobFault finds one
 * @throws {RangeError} one has braces that cannot be expanded
 */
export function createGlobMatcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.flatMap(compile)
  return (name) => {
    const segments = name.split('/')
    return patterns.some((pattern) => fits(pattern, segments, isAnySegments, fitsSegment))
  }
}

/**
 * What makes a glob useless, to be put behind its name.
 *
 * @returns undefined for a glob that can be used
 */
export function findGlobFault(glob: string): string | undefined {
  if (!ALPHABET.test(glob))
    return 'must be of letters, digits and ". _ - : /", with the wildcards "*", "**", "?" and "{a,b}"'
  const alternatives = expandBraces(glob)
  if (alternatives === undefined)
    return `must stand for at most ${MAX_GLOB_ALTERNATIVES} globs without braces`
  if (alternatives.some((text) => /[{},]/.test(text)))
    return 'must have a closing brace for each opening one, and commas between them alone'
  if (alternatives.some((text) => text.split('/').includes('')))
    return 'must have no empty segment and no slash at either end'
  return undefined
}

/** Segments of a glob without braces. */
type Pattern = readonly string[]

function compile(glob: string): readonly Pattern[] {
  const alternatives = expandBraces(glob)
  if (alternatives === undefined) throw new RangeError('A glob stands for too many others')
  return alternatives.map((text) => {
    const segments = text.split('/')
    // What is under a folder is not the folder: at the end `**` is one segment at least.
    return segments.at(-1) === ANY_SEGMENTS ? [...segments.slice(0, -1), '*', '**'] : segments
  })
}

/** Undefined where there would be too many. */
function expandBraces(glob: string): readonly string[] | undefined {
  let texts: readonly string[] = [glob]
  while (texts.some((text) => INNERMOST_BRACES.test(text))) {
    texts = texts.flatMap(expandOnce)
    if (texts.length > MAX_GLOB_ALTERNATIVES) return undefined
  }
  return texts
}

function expandOnce(text: string): readonly string[] {
  const [braces, inside] = INNERMOST_BRACES.exec(text) ?? []
  if (braces === undefined || inside === undefined) return [text]
  return inside.split(',').map((choice) => text.replace(braces, () => choice))
}

function isAnySegments(segment: string): boolean {
  return segment === ANY_SEGMENTS
}

function fitsSegment(pattern: string, segment: string): boolean {
  return fits(pattern, segment, isAnyCharacters, fitsCharacter)
}

function isAnyCharacters(character: string): boolean {
  return character === '*'
}

function fitsCharacter(pattern: string, character: string): boolean {
  return pattern === '?' || pattern === character
}

/** Strings are of characters, and lists of segments: the same algorithm at both levels. */
interface Parts {
  readonly length: number
  readonly [index: number]: string
}

/**
 * Whether parts fit a pattern in which some parts stand for any number of them. Only the last such part is ever tried
 * again with one more: what an earlier one takes, the later one can take as well.
 */
function fits(
  pattern: Parts,
  parts: Parts,
  isAnyNumber: (part: string) => boolean,
  fitsOne: (pattern: string, part: string) => boolean,
): boolean {
  let at = 0
  let retry: { readonly at: number; from: number } | undefined
  for (let i = 0; i < parts.length; ) {
    const wanted = pattern[at]
    const part = parts[i] ?? ''
    if (wanted !== undefined && isAnyNumber(wanted)) {
      at += 1
      retry = { at, from: i }
    } else if (wanted !== undefined && fitsOne(wanted, part)) {
      at += 1
      i += 1
    } else {
      if (retry === undefined) return false
      retry.from += 1
      at = retry.at
      i = retry.from
    }
  }
  while (at < pattern.length && isAnyNumber(pattern[at] ?? '')) at += 1
  return at === pattern.length
}
