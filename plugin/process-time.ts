// The process's own clock: it never goes back, and begins with the process.

/** Milliseconds since the process began. Not `performance.now()`: the first use of that loads ten modules. */
export function elapsedMs(): number {
  return process.uptime() * 1000
}
