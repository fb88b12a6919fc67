// Caps of the metrics: unit in the name, reason in the comment.

/** Label values of one metric: operations times codes are below 400. */
export const MAX_SERIES = 1000
/** Until a level must be read: scrapers give up after ten seconds, and the other metrics are worth an answer. */
export const LEVEL_TIMEOUT_MS = 3000
