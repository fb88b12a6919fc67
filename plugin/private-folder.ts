// Folders of the plugin's own, for nobody else to look into.

const FOLDER_MODE = 0o700

/**
 * Makes a folder and those above it that are missing, each with mode 0700; those that there are stay as they are.
 *
 * One by one: mkdirSync's own `recursive` never ends where a folder can be listed and not be made, as under /proc.
 *
 * @throws errors of node:fs
 */
export function makePrivateFolder(path: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const { dirname } = process.getBuiltinModule('node:path')
  if (fs.existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makePrivateFolder(parent)
  try {
    fs.mkdirSync(path, { mode: FOLDER_MODE })
  } catch (error) {
    // Another process may have been faster.
    if (!fs.existsSync(path)) throw error
  }
}
