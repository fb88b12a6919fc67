// Envelopes with one deviation each from CBOR and COSE, for the vectors that notation-core-go judges.

import { concatBytes, encodeUtf8 } from '../../shared/bytes.ts'
import { flipBit } from './certificates.ts'
import {
  beside,
  type CoseDeviation,
  type CoseMember,
  changed,
  coseCases,
  crit,
  member,
  part,
} from './cose-changes.ts'
import { envelopeChain, signMessage } from './envelopes.ts'
import {
  MAJOR,
  RAW_NULL,
  RAW_UNDEFINED,
  rawArray,
  rawBytes,
  rawFloat,
  rawHead,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from './raw-cbor.ts'

const SCHEME = 'io.cncf.notary.signingScheme'

const DEVIATIONS: readonly CoseDeviation[] = [
  ['a byte behind the envelope', { bytes: (bytes) => concatBytes(bytes, Uint8Array.of(0)) }],
  ['a byte too few', { bytes: (bytes) => bytes.subarray(0, -1) }],
  ['no tag', { bytes: (bytes) => bytes.subarray(1) }],
  ['another tag', { bytes: (bytes) => concatBytes(rawHead(MAJOR.tag, 98), bytes.subarray(1)) }],
  [
    'the tag in two bytes',
    { bytes: (bytes) => concatBytes(rawHead(MAJOR.tag, 18, 1), bytes.subarray(1)) },
  ],
  [
    'the array in two bytes',
    {
      bytes: (bytes) =>
        concatBytes(rawHead(MAJOR.tag, 18), rawHead(MAJOR.array, 4, 1), bytes.subarray(2)),
    },
  ],
  ['three parts', { parts: (parts) => parts.slice(0, 3) }],
  ['five parts', { parts: (parts) => [...parts, RAW_NULL] }],
  [
    'an indefinite array',
    {
      bytes: (bytes) =>
        concatBytes(Uint8Array.of(0xd2, 0x9f), bytes.subarray(2), Uint8Array.of(0xff)),
    },
  ],
  [
    'an indefinite protected header',
    {
      headerBytes: (bytes) =>
        concatBytes(Uint8Array.of(0xbf), bytes.subarray(1), Uint8Array.of(0xff)),
    },
  ],
  [
    'an indefinite payload',
    {
      parts: (parts) =>
        parts.with(
          2,
          concatBytes(Uint8Array.of(0x5f), parts[2] as Uint8Array, Uint8Array.of(0xff)),
        ),
    },
  ],
  ['no payload', { parts: part(2, RAW_NULL) }],
  ['an undefined payload', { parts: part(2, RAW_UNDEFINED) }],
  ['a payload that is a text', { parts: part(2, rawText('payload')) }],
  ['no signature', { parts: part(3, RAW_NULL) }],
  ['an empty signature', { parts: part(3, rawBytes(new Uint8Array())) }],
  ['a protected header that is a map', { parts: part(0, rawMap([])) }],
  ['an empty protected header', { headerBytes: () => new Uint8Array() }],
  ['a protected header that holds a list', { headerBytes: () => rawArray() }],
  [
    'a byte behind the protected header',
    { headerBytes: (bytes) => concatBytes(bytes, Uint8Array.of(0)) },
  ],
  ['an unprotected header that is a byte string', { parts: part(1, rawBytes(rawMap([]))) }],
  ['an empty unprotected header', { parts: part(1, rawMap([])) }],
  [
    'a tag in the unprotected header',
    { unprotected: beside(member('com.example.a', rawTag(1, rawInteger(0)))) },
  ],
  ['crit in the unprotected header', { unprotected: beside(crit('io.cncf.notary.signingAgent')) }],
  ['a key identifier that is a text', { unprotected: beside(member(4, rawText('key'))) }],
  [
    'an IV with a partial IV',
    {
      unprotected: beside(
        member(5, rawBytes(Uint8Array.of(1))),
        member(6, rawBytes(Uint8Array.of(1))),
      ),
    },
  ],
  [
    'an IV with a partial IV in the other header',
    {
      header: changed({}, member(5, rawBytes(Uint8Array.of(1)))),
      unprotected: beside(member(6, rawBytes(Uint8Array.of(1)))),
    },
  ],
  [
    'a countersignature in the protected header',
    {
      header: changed(
        {},
        member(11, rawArray(rawBytes(new Uint8Array()), rawMap([]), rawBytes(Uint8Array.of(1)))),
      ),
    },
  ],
  ['a countersignature that is a text', { unprotected: beside(member(7, rawText('x'))) }],
  [
    'a label that is a byte string',
    { unprotected: beside([rawBytes(Uint8Array.of(1)), rawInteger(1)]) },
  ],
  ['a label that is a float', { header: changed({}, [rawFloat(999), rawInteger(1)]) }],
  [
    'a label twice',
    {
      header: changed(
        {},
        member('com.example.a', rawInteger(1)),
        member('com.example.a', rawInteger(2)),
      ),
    },
  ],
  ['an unprotected label twice', { unprotected: (members) => [...members, ...members] }],
  [
    'a text that is not UTF-8',
    { header: changed({}, member('com.example.a', Uint8Array.of(0x61, 0xff))) },
  ],
  [
    'an integer beyond 64 bits',
    {
      header: changed({}, member('com.example.a', Uint8Array.of(0x1b, 0xff, 0, 0, 0, 0, 0, 0, 0))),
    },
  ],
  ['no certificate chain', { unprotected: (members) => members.slice(1) }],
  ['an empty certificate chain', { certificates: [] }],
  [
    'a bare certificate',
    {
      unprotected: ([, agent]) => [
        member(33, rawBytes(envelopeChain().certificates[0] as Uint8Array)),
        agent as CoseMember,
      ],
    },
  ],
  [
    'a leaf that is a text',
    { unprotected: ([, agent]) => [member(33, rawArray(rawText('leaf'))), agent as CoseMember] },
  ],
  ['a leaf that is no certificate', { certificates: [Uint8Array.of(1, 2, 3)] }],
  [
    'a flipped bit of the signature',
    { sign: (message) => flipBit(signMessage(envelopeChain(), message), 5) },
  ],
  [
    'another payload than was signed',
    { parts: part(2, rawBytes(encodeUtf8('{"targetArtifact":{}}'))) },
  ],
  [
    'a label in both headers',
    { unprotected: beside(member(SCHEME, rawText('notary.x509'))) },
    'RFC 9052 §3',
  ],
  [
    'a length that is not minimal',
    {
      parts: (parts) =>
        parts.with(
          3,
          concatBytes(rawHead(MAJOR.bytes, 64, 2), (parts[3] as Uint8Array).subarray(2)),
        ),
    },
    'RFC 8949 §4.1',
  ],
  [
    'an integer that is not minimal',
    { header: changed({ alg: member(1, rawHead(MAJOR.negative, 6, 1)) }) },
    'RFC 8949 §4.1',
  ],
  [
    'an undefined attribute',
    { header: changed({}, member('com.example.a', RAW_UNDEFINED)) },
    'it has no meaning as a value',
  ],
  [
    'an attribute with keys that are lists',
    { header: changed({}, member('com.example.a', rawMap([[RAW_NULL, rawInteger(1)]]))) },
    'keys are integers or text',
  ],
]

/** Each case with its name and how to make its envelope. */
export const COSE_STRUCTURE_CASES = coseCases(DEVIATIONS)
