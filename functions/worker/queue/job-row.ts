// A task as the directory's table has it.

import type { SigningJob } from '../../signing/engine.ts'
import type { Task } from '../../signing/task.ts'
import type { SqlRow } from './platform.ts'

/** Reads a row of table job. */
export function jobOf({
  id,
  task,
  state,
  attempts,
  code,
  message,
  created_ms,
  updated_ms,
}: SqlRow): SigningJob {
  return {
    id: String(id),
    // Only this class has written them.
    task: JSON.parse(String(task)) as Task,
    state: state as SigningJob['state'],
    attempts: Number(attempts),
    ...(code === null ? {} : { code: String(code) }),
    ...(message === null ? {} : { message: String(message) }),
    createdAt: new Date(Number(created_ms)).toISOString(),
    updatedAt: new Date(Number(updated_ms)).toISOString(),
  }
}
