// The error for everything that its user set up wrongly: options, ports, fault lists, profiles, the
// state folder. Refusals of the emulated service are answers (refusals.ts), never errors.

/** A mistake in how the emulator was started or set; the message names the thing and the remedy. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
