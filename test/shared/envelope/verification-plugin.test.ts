import { describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { NotationError } from '../../../shared/errors.ts'
import { makeJws } from '../../support/envelopes.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const SCHEME = 'io.cncf.notary.signingScheme'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const VERSION = 'io.cncf.notary.verificationPluginMinVersion'

async function attributesOf(header: Record<string, unknown>) {
  const critical = Object.keys(header).filter((name) => name !== 'crit' && name !== 'note')
  const envelope = makeJws({ header: { crit: [SCHEME, ...critical], ...header } })
  const parsed = parseEnvelope('application/jose+json', envelope)
  const { attributes } = await verifyIntegrity(parsed, nodeCrypto)
  return attributes
}

describe('readVerificationPlugin()', () => {
  test('hands on the plugin and the critical attributes that it has to process', async () => {
    const attributes = await attributesOf({
      [PLUGIN]: 'p',
      [VERSION]: '1.0.0-rc.1+5',
      job: 7,
      note: 'n',
    })
    expect(attributes).toMatchObject({
      verificationPlugin: 'p',
      verificationPluginMinVersion: '1.0.0-rc.1+5',
    })
    expect(attributes.extended).toEqual([
      { key: 'job', value: 7, critical: true },
      { key: 'note', value: 'n', critical: false },
    ])
  })

  test.each([
    [{ [PLUGIN]: 'p', crit: [SCHEME] }, `${PLUGIN} is not a critical Extended attribute`],
    [{ [PLUGIN]: 1 }, `${PLUGIN} from extended attribute is not a string`],
    [{ [PLUGIN]: ' \t' }, `${PLUGIN} from extended attribute is an empty string`],
    [
      { [PLUGIN]: 'p', [VERSION]: '1.0.0', crit: [SCHEME, PLUGIN] },
      `${VERSION} is not a critical Extended attribute`,
    ],
    [{ [PLUGIN]: 'p', [VERSION]: true }, `${VERSION} from extended attribute is not a string`],
    [{ [PLUGIN]: 'p', [VERSION]: '' }, `${VERSION} from extended attribute is an empty string`],
    [
      { [PLUGIN]: 'p', [VERSION]: 'v1.0.0' },
      `${VERSION} from extended attribute is not a valid SemVer`,
    ],
    [
      { [PLUGIN]: 'p', [VERSION]: '1.0' },
      `${VERSION} from extended attribute is not a valid SemVer`,
    ],
    [
      { [PLUGIN]: 'p', [VERSION]: '01.0.0' },
      `${VERSION} from extended attribute is not a valid SemVer`,
    ],
  ])('refuses %j', async (header, message) => {
    await expect(attributesOf(header)).rejects.toThrow(
      new NotationError('envelope-malformed', message),
    )
  })

  test('refuses a critical attribute that no plugin is named for', async () => {
    await expect(attributesOf({ job: 7 })).rejects.toThrow(
      new NotationError('envelope-malformed', 'unknown critical attribute "job"'),
    )
    await expect(attributesOf({ [VERSION]: '1.0.0', job: 7 })).rejects.toThrow(
      new NotationError('envelope-malformed', 'unknown critical attribute "job"'),
    )
  })
})
