/** The commands of this client itself. They begin with a dot, which no command of a replica does. */

export type OwnName = '.connect' | '.timing' | '.help' | '.quit';

export interface OwnCommand {
  readonly name: OwnName;
  /** As in HELP: `.connect host:port [host:port ...]`. */
  readonly usage: string;
  readonly summary: string;
}

export const OWN_COMMANDS: readonly OwnCommand[] = [
  {
    name: '.connect',
    usage: '.connect host:port [host:port ...]',
    summary: 'go to this replica; when it breaks, to the next',
  },
  { name: '.timing', usage: '.timing on|off', summary: 'tell how long each reply took' },
  { name: '.help', usage: '.help', summary: 'this list; HELP is that of the cluster' },
  { name: '.quit', usage: '.quit', summary: 'leave, as QUIT and Ctrl-D do' },
];

export function findOwn(name: string): OwnCommand | undefined {
  return OWN_COMMANDS.find((command) => command.name === name);
}

/** What `.help` shows. */
export function ownHelp(): string {
  const lines = OWN_COMMANDS.map(({ usage, summary }) => `  ${usage.padEnd(36)}${summary}`);
  return [
    ...lines,
    '',
    '  Tab completes commands, their options, and keys. Ctrl-C stops waiting, and leaves FOLLOW.',
    '  Writes travel under an id of their own (ONCE), so that they can be asked for again when a replica dies.',
  ].join('\n');
}
