// The two signed attributes by which a signature asks for a verification plugin
// (plugin-extensibility.md §Verification Extensibility), with notation-go's rules. Running one is left out.

import { ATTRIBUTE, type ExtendedAttribute, type SignedAttributes } from './attributes.ts'
import { malformed } from './malformed.ts'

/** https://semver.org, "Is there a suggested regular expression", which notation-go takes too. */
const SEMVER =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/

/** What a signature asks of a plugin. */
export type VerificationPlugin = Pick<
  SignedAttributes,
  'verificationPlugin' | 'verificationPluginMinVersion'
>

/**
 * Takes the attributes on the verification plugin out of the extended ones.
 *
 * @throws {NotationError} `envelope-malformed` when one is not critical, no text or blank, or the version no SemVer
 */
export function readVerificationPlugin(all: readonly ExtendedAttribute[]): {
  readonly plugin: VerificationPlugin
  readonly extended: readonly ExtendedAttribute[]
} {
  const name = readCriticalText(all, ATTRIBUTE.verificationPlugin)
  const version = readCriticalText(all, ATTRIBUTE.verificationPluginMinVersion)
  if (version !== undefined && !SEMVER.test(version))
    throw malformed(
      `${ATTRIBUTE.verificationPluginMinVersion} from extended attribute is not a valid SemVer`,
    )
  return {
    plugin: {
      ...(name === undefined ? {} : { verificationPlugin: name }),
      ...(version === undefined ? {} : { verificationPluginMinVersion: version }),
    },
    extended: all.filter(({ key }) => !isPluginAttribute(key)),
  }
}

/** The inverse: the attributes that ask for the plugin. */
export function verificationPluginAttributes(
  plugin: VerificationPlugin,
): readonly ExtendedAttribute[] {
  return [
    [ATTRIBUTE.verificationPlugin, plugin.verificationPlugin] as const,
    [ATTRIBUTE.verificationPluginMinVersion, plugin.verificationPluginMinVersion] as const,
  ].flatMap(([key, value]) => (value === undefined ? [] : [{ key, value, critical: true }]))
}

function readCriticalText(all: readonly ExtendedAttribute[], name: string): string | undefined {
  const attribute = all.find(({ key }) => key === name)
  if (attribute === undefined) return undefined
  const { value, critical } = attribute
  if (!critical) throw malformed(`${name} is not a critical Extended attribute`)
  if (typeof value !== 'string') throw malformed(`${name} from extended attribute is not a string`)
  if (value.trim() === '') throw malformed(`${name} from extended attribute is an empty string`)
  return value
}

function isPluginAttribute(key: ExtendedAttribute['key']): boolean {
  return key === ATTRIBUTE.verificationPlugin || key === ATTRIBUTE.verificationPluginMinVersion
}
