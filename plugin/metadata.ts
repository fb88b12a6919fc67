// What the plugin says of itself, without a network or a file (plugin-extensibility.md §get-plugin-metadata).

/** notation requires the executable to be called `notation-` and this. */
export const PLUGIN_NAME = 'digicert-stm'
/** The package's version. */
export const PLUGIN_VERSION = '0.1.0'
/** One line, for `notation plugin list`. */
export const PLUGIN_DESCRIPTION =
  'Signs OCI artifacts with keys held in DigiCert Software Trust Manager'
/** The only version of the plugin contract there is. */
export const CONTRACT_VERSION = '1.0'

/** The answer to get-plugin-metadata. */
export const PLUGIN_METADATA = {
  name: PLUGIN_NAME,
  description: PLUGIN_DESCRIPTION,
  version: PLUGIN_VERSION,
  url: 'https://docs.digicert.com/en/software-trust-manager.html',
  supportedContractVersions: [CONTRACT_VERSION],
  // RAW alone: notation then builds the envelope, expires and timestamps it. A verifier capability would
  // make notation skip its own check of trusted identities.
  capabilities: ['SIGNATURE_GENERATOR.RAW'],
} as const
