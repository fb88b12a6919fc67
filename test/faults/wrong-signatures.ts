// What the emulated service answers in place of a signature, each way once, that no attempt may take for one.

export const WRONG_SIGNATURES = [
  ...(['unauthorized', 'forbidden', 'server-error', 'reset', 'html', 'truncated'] as const),
  ...(['cut-off', 'wrong-signature', 'short-signature'] as const),
]
