/** Waiting for a condition of another process, which can only be asked again and again. */

const pollMs = 10;

export const elapse = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/**
 * Asks until the answer is neither undefined, null nor false, and returns it. Fails after `limitMs` with `what` was awaited,
 * and with the last error if asking failed.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  limitMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let trouble: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `waited ${limitMs} ms in vain for: ${what}`,
        trouble === undefined ? undefined : { cause: trouble },
      );
    }
    await elapse(pollMs);
  }
}
