// What the plugin tells people who start it by hand.

import { PLUGIN_DESCRIPTION, PLUGIN_NAME, PLUGIN_VERSION } from './metadata.ts'

/** Texts for people, who start the plugin by hand. */
export const TEXTS: ReadonlyMap<string, string> = new Map([
  ['version', `${PLUGIN_NAME} - ${PLUGIN_DESCRIPTION}\nVersion: ${PLUGIN_VERSION}\n`],
  [
    '--help',
    `${PLUGIN_NAME} ${PLUGIN_VERSION} - ${PLUGIN_DESCRIPTION}

notation starts this program; you sign with it by
  notation sign --plugin ${PLUGIN_NAME} --id <keypair alias or UUID> <reference>

It needs in the environment:
  SM_HOST                  address of Software Trust Manager, https://clientauth.one.digicert.com
  SM_API_KEY               API key of your DigiCert ONE user
  SM_CLIENT_CERT_FILE      path of the client certificate (PKCS#12)
  SM_CLIENT_CERT_PASSWORD  password of that file
or, where an API of this project holds them, instead of all these:
  STM_NOTARY_URL           address of the API
  STM_NOTARY_TOKEN         token of a caller of the API; jobs of GitHub Actions with
                           "permissions: id-token: write" need none

Commands, each with one JSON request on stdin: get-plugin-metadata, describe-key, generate-signature
For people: version, --help
`,
  ],
])
