// What a type of source is: how its senders authenticate and how their bodies are read. One file of senders/
// holds one type; source-types.ts is the table of all.

import type { JsonValue } from '../../shared/json.ts'
import type { AuthMethod, HmacFormat } from './source-auth.ts'

/** What an event says of one artifact. It is a hint: it decides where to look, never what is signed. */
export interface ArtifactHint {
  /** Host, where the sender itself names it; a host that whoever pushed chose is left out. */
  readonly registry?: string | undefined
  /** Without the host. */
  readonly repository: string
  /**
   * What clients may call it instead, where that depends on how the registry is set up and the event does not tell: of
   * all names the first counts that the source has among its repositories.
   */
  readonly otherNames?: readonly string[]
  /** `sha256:…` */
  readonly digest?: string | undefined
  /** Some senders put the digest here where there is no tag: it is taken for a digest. */
  readonly tag?: string | undefined
  readonly mediaType?: string | undefined
}

/** Why something that was told leads to no look. */
export const IGNORE_REASONS = [
  /** It is no push. */
  'action',
  /** What was pushed is no manifest, or of another kind of package. */
  'media-type',
  /** The tag lists referrers, as clients name it where a registry has no referrers API. */
  'referrers-tag',
  /** Another registry than the source's. */
  'registry',
  /** A repository that is not the source's. */
  'repository',
  /** Neither a digest nor a tag. */
  'unnamed',
  /** A signature that was pushed from here. */
  'own-signature',
  /** It does not have the form that its sender documents. */
  'malformed',
] as const
/** One of IGNORE_REASONS. */
export type IgnoreReason = (typeof IGNORE_REASONS)[number]

/** How many were ignored, by the reason; a reason without any is left out. */
export type IgnoredCounts = Readonly<Partial<Record<IgnoreReason, number>>>

/** What a body tells. */
export interface ReadEvents {
  readonly hints: readonly ArtifactHint[]
  readonly ignored: IgnoredCounts
}

/** A type of source. */
export interface SourceType {
  /** Media types of its bodies, in lower case, without parameters. */
  readonly contentTypes: readonly string[]
  /** What its senders can do; CONFIG picks one. */
  readonly authMethods: readonly AuthMethod[]
  /** How they write an HMAC; there where authMethods has `hmac`. Of several, the first whose header is there counts. */
  readonly hmac?: readonly HmacFormat[]
  /** The header that method `header` reads unless CONFIG names another; `Authorization` where it is left out. */
  readonly header?: string
  /**
   * Whether a refusal does harm: the sender sends the event again for days, or nothing else until it is taken, or
   * nothing ever again. Then a body that no retry makes better is answered as if it were taken, once the sender is
   * authenticated: counted and audited.
   */
  readonly acknowledgesBadBodies: boolean
  /** Whether its senders ask with OPTIONS whether they may send (CloudEvents HTTP webhook 1.0 §4), and from where. */
  readonly origins?: readonly string[]
  /** What answers a body that only asks whether this is a receiver; undefined for bodies that tell of artifacts. */
  readonly answerHandshake?: (body: JsonValue, headers: Headers) => object | undefined
  /**
   * What a body tells. A part of it that has not the documented form is counted as `malformed`.
   *
   * @throws {NotationError} `request-invalid` where the body as a whole has not the form (see malformedEvent)
   */
  readonly readEvents: (body: JsonValue, headers: Headers) => ReadEvents
}
