/** What `--help` prints of a test program. Only this needs yargs. */
import yargs from 'yargs/yargs';
import type { Options } from './option.js';
import type { Program } from './program.js';

const WIDTH = 110;

export async function helpText({ name, usage, options, groups = {}, examples }: Program<Options>): Promise<string> {
  const parser = yargs().scriptName(`npm run ${name} --`).usage(usage);
  for (const [option, { describe, kind, takes, choices, otherwise }] of Object.entries(options)) {
    parser.option(option, {
      describe,
      type: kind,
      array: takes === 'values',
      ...(choices === undefined ? {} : { choices }),
      ...(otherwise === undefined ? {} : { defaultDescription: otherwise }),
    });
  }
  for (const [heading, names] of Object.entries(groups)) parser.group(names, `${heading}:`);
  for (const [command, what] of examples) parser.example(command, what);
  let text = '';
  await parser
    .exitProcess(false)
    .version(false)
    .wrap(WIDTH)
    .parseAsync(['--help'], {}, (_error, _argv, output) => {
      text = output;
    });
  return text;
}
