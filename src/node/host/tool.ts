/**
 * What the tools of the command line have in common: how they read their arguments, and how a failure ends them. Exit codes
 * are 0, 1 for what could not be done, 2 for a wrong argument; the last two with one plain line on stderr.
 */

import type { Argv } from 'yargs';
import yargs from 'yargs/yargs';
import { CodedError } from '../../base/errors.js';
import { plainly, UsageError } from './usage-error.js';

/** Reads the arguments by what `options` declares; null where only help was asked for, which is printed. Throws UsageError. */
export async function readArguments<T>(argv: readonly string[], options: (parser: Argv) => Argv<T>) {
  let complaint = '';
  let help = '';
  const parser = options(
    yargs().parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
    }),
  );
  const given = await parser
    .strictOptions()
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message) => {
      complaint = plainly(message);
    })
    .parseAsync([...argv], {}, (_error, _argv, output) => {
      help = output;
    });
  if (complaint !== '') throw new UsageError(`${complaint}; --help lists all`);
  if (help === '') return given;
  process.stdout.write(`${help}\n`);
  return null;
}

/** Runs a tool and turns what a person has to know into one line. Anything else is a fault of the program. */
export async function runTool(tool: () => Promise<number>): Promise<number> {
  try {
    return await tool();
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CodedError)) throw error;
    process.stderr.write(`synod: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
