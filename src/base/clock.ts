/**
 * The two ports that everything which is not pure needs: time and chance. `node/host` implements them over the machine, the
 * simulator over one seed. They live here because the log and the replica around it share them.
 */

/** Time and turns of the event loop. */
export interface Clock {
  /** Monotonic milliseconds, fractions allowed, read afresh at every call. */
  mono(): number;
  /** Milliseconds since 1970, read afresh at every call. */
  wall(): number;
  /** Calls `fire` once, when mono() has reached `atMono` or soon after. Returns a function that cancels it. */
  at(atMono: number, fire: () => void): () => void;
  /** Calls `fire` once, when the events that are waiting now have been handled (the end of this turn of the loop). */
  endOfTurn(fire: () => void): void;
}

/** Chance: the only source of randomness. */
export interface Chance {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Unpredictable bytes. */
  bytes(count: number): Uint8Array;
}
