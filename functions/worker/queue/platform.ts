// What the platform gives, as far as the signing queue uses it: Queues and Durable Objects.

/** A row of SQLite, by column. */
export type SqlRow = Readonly<Record<string, string | number | null>>

/** The storage of one Durable Object; what is written holds before anything is sent out. */
export interface ObjectStorage {
  readonly sql: {
    exec(statement: string, ...values: readonly (string | number | null)[]): { toArray(): SqlRow[] }
  }
  /** Has `alarm()` called at that time, in place of any earlier one. @param scheduledTime - milliseconds since 1970 */
  setAlarm(scheduledTime: number): Promise<void>
  /** When it will be; null where none is set. */
  getAlarm(): Promise<number | null>
  deleteAll(): Promise<void>
}

/** A namespace of Durable Objects of one class. */
export interface ObjectNamespace<Methods> {
  idFromName(name: string): object
  get(id: object): Remote<Methods>
}

/** Methods of a class as they are called from elsewhere: each answers later, and may fail on the way. */
export type Remote<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...values: infer Values) => infer Answer
    ? (...values: Values) => Promise<Awaited<Answer>>
    : never
}

/** A queue that messages are sent to. */
export interface QueueProducer {
  /** At most 100 messages of 128 KB, 256 KB together. */
  sendBatch(
    messages: readonly { readonly body: unknown; readonly delaySeconds?: number }[],
  ): Promise<unknown>
}

/** Messages that a consumer is given. */
export interface MessageBatch {
  /** Name of the queue that they are from. */
  readonly queue: string
  readonly messages: readonly QueueMessage[]
}

/** One message. Without an acknowledgement it comes again. */
export interface QueueMessage {
  readonly id: string
  readonly body: unknown
  /** 1 for the first time. */
  readonly attempts: number
  ack(): void
  /** @param options - at most twelve hours */
  retry(options?: { readonly delaySeconds?: number }): void
}
