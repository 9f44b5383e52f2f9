#!/usr/bin/env node
/**
 * The command `synod`: runs one replica, a whole cluster, or the interactive client, or looks after its data. Each
 * subcommand reads its own arguments and is loaded only when it is asked for, because the client should start at once.
 */

interface Subcommand {
  readonly describe: string;
  run(argv: readonly string[]): Promise<number>;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  serve: {
    describe: 'Run one replica of a cluster',
    run: async (argv) => (await import('./node/host/serve.js')).serve(argv, 'synod serve'),
  },
  cluster: {
    describe: 'Run a cluster on this machine, in the foreground',
    run: async (argv) => (await import('./cluster/run.js')).run(argv),
  },
  repl: {
    describe: 'Talk to a cluster',
    run: async (argv) => (await import('./repl/run.js')).run(argv),
  },
  backup: {
    describe: 'Write all keys of a running cluster to a file',
    run: async (argv) => (await import('./node/host/backup.js')).backup(argv),
  },
  restore: {
    describe: 'Make the data directories of a new cluster from a backup',
    run: async (argv) => (await import('./node/host/restore.js')).restore(argv),
  },
  inspect: {
    describe: 'Tell what stands in a data directory or a backup',
    run: async (argv) => (await import('./node/host/inspect.js')).inspect(argv),
  },
};

process.exitCode = await main(process.argv.slice(2));
if (process.argv[2] === 'serve') process.exit();

/** What is no subcommand gets the help, a mistake one line and exit code 2. */
async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (subcommand !== undefined) return subcommand.run(rest);
  if (/^[^-]/.test(name)) return unknownSubcommand(name);
  const { VERSION } = await import('./node/host/version.js');
  const { default: yargs } = await import('yargs/yargs');
  let complaint = '';
  const parser = yargs().scriptName('synod').usage('$0 <command>, with --help for its options').version(VERSION).help();
  for (const [command, { describe }] of Object.entries(SUBCOMMANDS)) parser.command(command, describe);
  await parser
    .demandCommand(1, 'tell what to do, such as serve, cluster, repl or backup; --help tells all')
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message) => {
      complaint = message;
    })
    .parseAsync([...argv]);
  if (complaint !== '')
    process.stderr.write(`synod: ${(await import('./node/host/usage-error.js')).plainly(complaint)}\n`);
  return complaint === '' ? 0 : 2;
}

async function unknownSubcommand(typed: string): Promise<number> {
  const { nearestTo } = await import('./base/nearest.js');
  const nearest = nearestTo(typed, Object.keys(SUBCOMMANDS));
  const hint = nearest === undefined ? '' : `did you mean ${nearest}? `;
  process.stderr.write(`synod: there is no '${typed}'; ${hint}--help lists all\n`);
  return 2;
}
