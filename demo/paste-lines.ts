// What "npm start" prints: a shell script that signs and verifies with the real notation CLI. A test runs it.

import { join } from 'node:path'
import type { PushedImage } from './image.ts'
import { type Stack, TRUST_STORE } from './stack.ts'

/**
 * Lines to paste into a POSIX shell: comments and commands.
 *
 * @param project - the project's folder, where the plugin is built
 * @param image - an image in the stack's registry that no one signed yet
 */
export function pasteLines(stack: Stack, project: string, image: PushedImage): readonly string[] {
  const stm = join(stack.folder, 'stm')
  const tsaRoot = quote(join(stm, 'tsa-root.pem'))
  const plugin = join(project, 'dist', 'notation-digicert-stm')
  return [
    '# The plugin: build it, install it',
    `npm --prefix ${quote(project)} run build`,
    `notation plugin install --force --file ${quote(plugin)}`,
    '# Its environment: SM_HOST, SM_API_KEY, SM_CLIENT_CERT_FILE, SM_CLIENT_CERT_PASSWORD, SM_CA_FILE',
    `. ${quote(join(stm, 'env'))}`,
    '# What notation trusts: the roots of the signing certificates and of the timestamp authority',
    `notation cert add --type ca --store ${TRUST_STORE} ${quote(join(stm, 'signing-root.pem'))}`,
    `notation cert add --type tsa --store ${TRUST_STORE} ${tsaRoot}`,
    '# Who may have signed what (this replaces your trust policy: keep a copy if you have one)',
    `notation policy import --force ${quote(stack.trustPolicyFile)}`,
    '# Sign and verify; the registry speaks plain HTTP',
    `notation sign --plugin digicert-stm --id my-key --insecure-registry --timestamp-url ${stack.emulator.tsaUrl} --timestamp-root-cert ${tsaRoot} ${image.digestReference}`,
    `notation verify --insecure-registry ${image.digestReference}`,
    '# The same verdict over HTTP',
    `curl --fail --silent --show-error --json '${JSON.stringify({ reference: image.digestReference })}' --header 'Authorization: Bearer ${stack.token}' ${stack.api.url}/v1/verify`,
  ]
}

/** A word that a POSIX shell reads as it stands. */
function quote(text: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
