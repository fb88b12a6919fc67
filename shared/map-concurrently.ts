// Asynchronous work on the elements of a list, a bounded number at once.

/**
 * The results of `make` for each input, in the inputs' order.
 *
 * After a failure no further input is begun; those that were are not waited for.
 *
 * @param atOnce - inputs that are worked on at the same time, 1 or more
 * @throws what `make` throws first
 */
export async function mapConcurrently<Input, Output>(
  inputs: readonly Input[],
  atOnce: number,
  make: (input: Input) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = []
  const rest = inputs.entries()
  let isFailed = false
  const work = async (): Promise<void> => {
    for (const [place, input] of rest) {
      if (isFailed) return
      outputs[place] = await make(input)
    }
  }
  const stop = (error: unknown): never => {
    isFailed = true
    throw error
  }
  await Promise.all(Array.from({ length: atOnce }, () => work().catch(stop)))
  return outputs
}
