// The words of verdicts and checks.

/** @import { Check } from '../answers.ts' */
/** @import { IconName } from './elements.js' */

/** What each check asks. @type {Readonly<Record<Check['type'], readonly [name: string, question: string]>>} */
export const CHECKS = {
  integrity: ['Integrity', 'Is it this artifact that was signed, and unchanged?'],
  authenticity: ['Authenticity', 'Does the policy trust who signed?'],
  expiry: ['Expiry', 'Does the signature still stand?'],
  authenticTimestamp: ['Authentic timestamp', 'Were the certificates valid when it was signed?'],
  revocation: ['Revocation', 'Has a certificate been revoked?'],
}

/** What a failure means. @type {Readonly<Record<Check['action'], string>>} */
export const ACTIONS = { enforce: 'enforced', log: 'only logged', skip: 'skipped' }

/** @type {Readonly<Record<Check['result'], readonly [word: string, icon: IconName]>>} */
export const RESULTS = {
  passed: ['passed', 'passed'],
  failed: ['failed', 'failed'],
  skipped: ['skipped', 'none'],
  notChecked: ['not checked', 'none'],
}

/** @typedef {'verified' | 'rejected' | 'inconclusive' | 'skipped' | 'unverified' | 'unreadable'} Outcome */

/** @type {Readonly<Record<Outcome, { readonly word: string, readonly icon: IconName }>>} */
export const OUTCOMES = {
  verified: { word: 'Verified', icon: 'passed' },
  rejected: { word: 'Rejected', icon: 'failed' },
  inconclusive: { word: 'Inconclusive', icon: 'unknown' },
  skipped: { word: 'Not looked at', icon: 'none' },
  unverified: { word: 'Not verified yet', icon: 'unknown' },
  unreadable: { word: 'Unreadable', icon: 'failed' },
}
