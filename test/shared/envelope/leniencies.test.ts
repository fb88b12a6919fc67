import { describe, expect, test } from 'vitest'
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../../shared/bytes.ts'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { type SignedContent, verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { changed, member } from '../../support/cose-changes.ts'
import {
  envelopeChain,
  makeCose,
  makeJws,
  signMessage,
  TARGET_ARTIFACT,
  toBase64Url,
} from '../../support/envelopes.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { rawFloat, rawInteger } from '../../support/raw-cbor.ts'

const SCHEME = 'io.cncf.notary.signingScheme'

async function verify(mediaType: string, bytes: Uint8Array): Promise<SignedContent> {
  return verifyIntegrity(parseEnvelope(mediaType, bytes), nodeCrypto)
}

/** Whether an envelope is refused for this reason, and for no other before it. */
async function expectRefusal(mediaType: string, bytes: Uint8Array, message: string): Promise<void> {
  const verification = verify(mediaType, bytes)
  await expect(verification).rejects.toMatchObject({ code: 'envelope-malformed' })
  await expect(verification).rejects.toThrow(message)
}

describe('what libraries let through and verifyIntegrity() does not', () => {
  test('jose: a signature with padding', async () => {
    const padded = makeJws({ members: (all) => ({ ...all, signature: `${all.signature}==` }) })
    await expectRefusal('application/jose+json', padded, '"signature": Cannot read base64url')
  })

  test('jose: a payload that is not encoded, under a critical b64: false (RFC 7797)', async () => {
    const payload = JSON.stringify({ targetArtifact: TARGET_ARTIFACT })
    const unencoded = makeUnencodedJws(payload, { b64: false, crit: [SCHEME, 'b64'] })
    await expectRefusal('application/jose+json', unencoded, '"payload": Cannot read base64url')
  })

  test('jose: b64: false changes nothing in how a payload is read', async () => {
    const critical = makeJws({ header: { b64: false, crit: [SCHEME, 'b64'] } })
    await expectRefusal('application/jose+json', critical, 'unknown critical attribute "b64"')
    const content = await verify('application/jose+json', makeJws({ header: { b64: false } }))
    expect(content.payload).toEqual({ targetArtifact: TARGET_ARTIFACT })
    expect(content.attributes.extended).toEqual([{ key: 'b64', value: false, critical: false }])
  })

  test('JSON.parse: a member twice, of which it keeps the last', async () => {
    const evil = toBase64Url(encodeUtf8('{"targetArtifact":{}}'))
    const twice = makeJws({ text: (text) => text.replace(/}$/, `,"payload":"${evil}"}`) })
    expect(JSON.parse(decodeUtf8(twice)).payload).toBe(evil)
    await expectRefusal('application/jose+json', twice, 'two members have the same name')
  })

  test('JSON.parse: a member of the protected header twice', async () => {
    const twice = makeJws({ headerText: (text) => text.replace('{', '{"alg":"none",') })
    await expectRefusal('application/jose+json', twice, 'two members have the same name')
  })

  test('JSON.parse: a member of the payload twice', async () => {
    const payload = `{"targetArtifact":{},"targetArtifact":${JSON.stringify(TARGET_ARTIFACT)}}`
    await expectRefusal(
      'application/jose+json',
      makeJws({ payload }),
      'two members have the same name',
    )
    await expectRefusal('application/cose', makeCose({ payload }), 'two members have the same name')
  })

  test('cbor-x: a label twice', async () => {
    const twice = makeCose({ header: changed({}, member(1, rawInteger(-7))) })
    await expectRefusal('application/cose', twice, 'two members have the same key')
  })

  test('cbor-x: indefinite lengths', async () => {
    const indefinite = makeCose({
      headerBytes: (bytes) =>
        concatBytes(Uint8Array.of(0xbf), bytes.subarray(1), Uint8Array.of(0xff)),
    })
    await expectRefusal('application/cose', indefinite, 'a length is indefinite')
  })

  test('cbor-x: text that is not UTF-8', async () => {
    const badText = Uint8Array.of(0x62, 0xc3, 0x28)
    const invalid = makeCose({ header: changed({}, member('com.example.a', badText)) })
    await expectRefusal('application/cose', invalid, 'a text is not valid UTF-8')
  })

  test('cbor-x: a float as a label', async () => {
    const float = makeCose({ header: changed({}, [rawFloat(4), rawInteger(1)]) })
    await expectRefusal('application/cose', float, 'a key is neither an integer nor a text')
  })
})

function makeUnencodedJws(payload: string, header: Record<string, unknown>): Uint8Array {
  return makeJws({
    header,
    members: (all) => ({
      ...all,
      payload,
      signature: toBase64Url(
        signMessage(envelopeChain(), encodeUtf8(`${all.protected}.${payload}`)),
      ),
    }),
  })
}
