/** How Node is started where it plays one seed after the other. What a run does never depends on it, only how long that takes. */

/**
 * Most of what a run makes is dead within a second of it: a nursery that holds as much spares the collector work. And a run
 * visits nearly all of the program, each part of it for seconds only: what it takes to build into hot functions all that
 * they call is more than their being faster saves.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=32', '--max-inlined-bytecode-size-cumulative=150'];
