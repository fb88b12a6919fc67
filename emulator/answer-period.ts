// From when to when what the responders say holds.

/** thisUpdate and nextUpdate of RFC 5280 §5.1.2 and RFC 6960 §4.2.1. */
export interface AnswerPeriod {
  readonly thisUpdate: Date
  readonly nextUpdate: Date
}

const MINUTE_MS = 60 * 1000
/** Short: clients keep CRLs until then, and a test that revokes wants to see it. */
const VALIDITY_MS = 10 * MINUTE_MS
/** Further back than the skew of clocks that any client forgives. */
const EXPIRED_SINCE_MS = 24 * 60 * MINUTE_MS

/** Of an answer that is given now: it holds from now on, or held until a day ago. */
export function answerPeriod(now: Date, isExpired: boolean): AnswerPeriod {
  const startMs = now.getTime() - (isExpired ? EXPIRED_SINCE_MS + VALIDITY_MS : 0)
  return { thisUpdate: new Date(startMs), nextUpdate: new Date(startMs + VALIDITY_MS) }
}
