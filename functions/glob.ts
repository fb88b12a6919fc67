// Globs for names of repositories and tags: `*` is one segment between slashes or a part of it, `**` any
// number of segments, `{a,b}` one of both. Negation and extended patterns are left out.

import picomatch from 'picomatch'

/** The same on every machine; a name that begins with a dot is a name like any other. */
const OPTIONS = { windows: false, dot: true, nonegate: true, noextglob: true, strictSlashes: true }

/** Makes what tells whether a name fits at least one of the globs. */
export function createGlobMatcher(globs: readonly string[]): (name: string) => boolean {
  const matchers = globs.map((glob) => picomatch(glob, OPTIONS))
  return (name) => matchers.some((matches) => matches(name))
}
