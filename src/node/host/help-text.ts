/** What `--help` prints about the daemon. Only this needs yargs, so it is loaded only for that. */

import yargs from 'yargs/yargs';
import { OPTION_NAMES, OPTIONS } from './option-table.js';

const WIDEST = 110;

/** `program`: how to start it; `columns`: the width of the terminal. */
export async function helpText(program: string, columns: number): Promise<string> {
  let built = yargs()
    .scriptName(program)
    .usage('$0 [listen] [replicas..]', 'Runs one replica of a cluster.', (command) =>
      command
        .positional('listen', { describe: 'host:port at which the other replicas reach this one' })
        .positional('replicas', { array: true, describe: '[name=]host:port of every replica' }),
    );
  for (const name of OPTION_NAMES) {
    const { describe, group, otherwise, placeholder, fallback } = { otherwise: '', fallback: '', ...OPTIONS[name] };
    built = built.option(name, {
      requiresArg: true,
      group,
      describe: `${describe} (${placeholder})`,
      defaultDescription: otherwise || fallback,
    });
  }
  const parser = built
    .option('config', {
      requiresArg: true,
      describe: 'JSON file of options, such as {"lease-ms": 300}',
    })
    .option('print-config', { type: 'boolean', describe: 'Print the options in effect as such a file, and stop' })
    .example('$0 127.0.0.1:8000', 'a cluster of one; clients on port 9000')
    .example('$0 0.0.0.0:8001 0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002', 'the second of three on one machine')
    .example('$0 0.0.0.0:8000 --name b a=10.0.0.1:8000 b=10.0.0.2:8000 c=10.0.0.3:8000', 'the second of three machines')
    .epilogue('Every option is also an environment variable: --lease-ms is SYNOD_LEASE_MS.')
    .wrap(Math.min(columns, WIDEST))
    .exitProcess(false)
    .version()
    .help();
  let text = '';
  await parser.parseAsync(['--help'], {}, (_error, _argv, output) => {
    text = output;
  });
  return text;
}
