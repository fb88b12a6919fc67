// How the demo shows what happens: numbered steps, facts under them, plain text.

/** Prints the steps of one run. */
export interface Steps {
  /** Opens the next step. */
  step(title: string): void
  /** A fact under the current step. */
  fact(label: string, value: string): void
  /** Something that was proven. */
  proven(text: string): void
  /** A line as it is. */
  line(text?: string): void
}

/** Width of the labels' column. */
const LABEL_COLUMNS = 22

/** Creates the printer of a run. */
export function createSteps(write: (line: string) => void): Steps {
  let count = 0
  return {
    step(title) {
      count++
      write('')
      write(`${count}. ${title}`)
    },
    fact: (label, value) => write(`   ${label.padEnd(LABEL_COLUMNS)} ${value}`),
    proven: (text) => write(`   ✓ ${text}`),
    line: (text = '') => write(text),
  }
}
