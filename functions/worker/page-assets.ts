// The files of the page on Workers: static assets beside the bundle, fetched through a binding, so that they
// carry the same headers as everywhere.

import type { ReadPageFile } from '../page/page-files.ts'

/** The binding ASSETS of wrangler.toml. */
export interface AssetBindings {
  /** Absent where the page is not deployed. */
  readonly ASSETS?: { fetch(url: string): Promise<Response> }
}

/** Reads files from the binding. */
export function createPageFileReader({ ASSETS }: AssetBindings): ReadPageFile | undefined {
  if (ASSETS === undefined) return undefined
  return async (name) => {
    // The binding looks at the path alone.
    const answer = await ASSETS.fetch(`https://assets.invalid/${name}`)
    if (!answer.ok) throw new TypeError(`The assets lack ${name}: status ${answer.status}`)
    return { bytes: new Uint8Array(await answer.arrayBuffer()) }
  }
}
