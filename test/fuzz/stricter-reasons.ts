// Why we refuse what notation-go verifies, by what our messages say. Rows are those of test/corpus/README.md.

/** A part of our messages, and why it is right. */
type Reason = readonly [message: RegExp, reason: string]

const REASONS: readonly Reason[] = [
  [/unknown critical attribute/, 'row 1: a critical attribute that nobody knows'],
  [/extended key usage must not contain Any/, 'row 3: a signing leaf for any purpose'],
  [/must not be present for notary\.x509/, 'row 11: the time of the other signing scheme'],
  [/two members have the same name/, 'a member twice: two readers see two documents'],
  [/differs from a name in case only/, 'Go matches names without regard to case'],
  [/half a surrogate pair/, 'half a character, of which Go makes another'],
  [/a number is too large/, 'RFC 8259 §6: a number that readers round, each its own way'],
  [
    /JWS envelope: "[^"]*" is not a text/,
    'RFC 7515 §7.2.2: a member of another type, which Go reads as absent',
  ],
  [/not valid UTF-8/, 'RFC 8259 §8.1: text that is not UTF-8'],
  [
    /a descriptor: "/,
    'image-spec descriptor.md: a member of another type, which Go may read as absent',
  ],
  [
    /Cannot read CBOR: an integer or a length is not minimal/,
    'RFC 8949 §4.1: not in the fewest bytes',
  ],
  [
    /Cannot read CBOR: it is nested too deeply/,
    'MAX_CBOR_DEPTH: nesting beyond what any header needs',
  ],
  [/Cannot read base64(?:url)?: /, 'RFC 4648 §3.5: bits behind the last byte, line breaks'],
  [/Cannot read CBOR: a simple value/, 'RFC 8949 §3.3: a simple value that means nothing'],
  [/Cannot read CBOR: a key is neither/, 'RFC 9052 §1.4: labels are integers or text'],
  [/stands in both of its headers/, 'RFC 9052 §3: a label in both headers'],
  [/invalid timeValue type/, 'RFC 8949 §3.4.2: a time that is no finite number of seconds'],
  [
    /verificationPlugin(?:MinVersion)? is not a critical/,
    'plugin-extensibility.md: the attributes of plugins are critical',
  ],
  [/Cannot read TSTInfo/, 'RFC 3161 §2.4.2: TSTInfo outside of its grammar'],
  [
    /signed attribute [\d.]+ does not have exactly one/,
    'RFC 5652 §11: attributes that stand once, with one value',
  ],
  [/SigningCertificateV2 attribute/, 'RFC 5035 §5: SigningCertificateV2 outside of its grammar'],
  [
    /which this version cannot evaluate/,
    'RFC 5280 §4.2: constraints of a CA that are not evaluated',
  ],
  [
    /malformed leaf certificate|Cannot read certificate/,
    'RFC 5280 §4.1: a certificate outside of its grammar',
  ],
  [/Cannot read timestamp token/, 'RFC 5652 §5.1: a token outside of its grammar'],
]

/** Why a refusal of ours is right; undefined where nobody has said so yet. */
export function reasonOf(message: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(message))?.[1]
}
