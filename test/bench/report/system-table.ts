/** Which systems a report compares: versions, what their acknowledgements and reads are worth, and how they were started. */
import { markdownTable } from './markdown.js';
import { systemFacts, systemNames, versionOf } from './system.js';

/** `commandLines`: of the first member of each, by the names of systems. */
export function systemTable(commandLines: ReadonlyMap<string, string>): string {
  const rows = systemNames.map((name) => {
    const { title, write, read } = systemFacts[name];
    return [title, versionOf(name) ?? 'not installed, so not measured', write, read];
  });
  const lines = systemNames.flatMap((name) => {
    const line = commandLines.get(name);
    return line === undefined ? [] : [`# ${systemFacts[name].title}`, line];
  });
  const table = markdownTable(['', 'version', 'an acknowledged write is', 'a read is'], rows);
  const commands = ['```', ...lines, '```'].join('\n');
  return [table, 'This is how the first member of each was started:', commands].join('\n\n');
}
