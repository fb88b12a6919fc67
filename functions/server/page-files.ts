// The files of the page, read once when the server starts: a request reads no disk.

import { readFile } from 'node:fs/promises'
import { constants, gzipSync } from 'node:zlib'
import { PAGE_FILES, type PageContent, type ReadPageFile } from '../page/page-files.ts'

const FOLDER = new URL('../page/site/', import.meta.url)

/** Reads them all. */
export async function readPageFiles(): Promise<ReadPageFile> {
  const files = new Map(
    await Promise.all(
      PAGE_FILES.map(
        async ({ name }) => [name, compress(await readFile(new URL(name, FOLDER)))] as const,
      ),
    ),
  )
  return async (name) => {
    const content = files.get(name)
    if (content === undefined) throw new TypeError(`${name} is no file of the page`)
    return content
  }
}

function compress(bytes: Uint8Array): PageContent {
  return {
    bytes: Uint8Array.from(bytes),
    gzip: Uint8Array.from(gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })),
  }
}
