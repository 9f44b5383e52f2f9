/**
 * Conversations with the client port as transcripts. `>` is what happens: a client sends, the service has done request n
 * (counted from 1 over reads and writes), another client's command was executed. Indented below it is all that follows:
 * what the service is asked, what the client gets.
 */

import { command } from '../../kv/values.js';
import { ClientBench } from './bench.js';

/** A transcript as it stands in a test, without its margin. */
export function asPlayed(transcript: string): string {
  return transcript.replace(/^\n/, '').replace(/^ {4}/gm, '');
}

/** Carries out the steps of a transcript and writes down what really followed. */
export function play(transcript: string): string {
  const bench = new ClientBench();
  const client = bench.connect();
  let asked = 0;
  let state = client.state;
  const lines: string[] = [];
  for (const step of transcript.split('\n').filter((line) => line.trim().startsWith('>'))) {
    lines.push(step.trim());
    const [verb = '', ...rest] = step.trim().slice(2).split(' ');
    if (verb === 'send') client.send(rest.join(' ').replaceAll('\\n', '\n').replaceAll('\\r', '\r'));
    else if (verb === 'other') bench.service.execute(command(rest.join(' ')));
    else if (verb === 'ended') client.events?.ended();
    else if (verb === 'destroyed') client.destroy();
    for (const number of rest.map(Number).filter((n) => n > 0 && verb !== 'send' && verb !== 'other')) {
      if (verb === 'done') bench.service.finish(number - 1);
      else bench.service.refuse(number - 1, { type: verb as 'uncertain' | 'noquorum' });
    }
    bench.clock.settle();
    for (; asked < bench.service.asked.length; asked++) {
      const words = bench.service.asked[asked]?.words;
      lines.push(words === null ? `  ${asked + 1} read` : `  ${asked + 1} write ${words}`);
    }
    const got = client.received();
    if (got !== '') lines.push(`  gets ${got.trimEnd().split('\r\n').join(' | ')}`);
    if (client.state !== state) lines.push(`  ${client.state}`);
    state = client.state;
  }
  return lines.join('\n');
}
