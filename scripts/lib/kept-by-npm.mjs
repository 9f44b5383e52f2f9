/**
 * Options of ours that npm took for its own. `npm start --fresh` without `--` runs the script without the option, which npm
 * puts into the environment: `npm_config_fresh=true`, `npm_config_restart=` for `--no-restart`, and `npm_config_port=true` for
 * `--port 8640`, whose value becomes an argument. A cluster that starts without `--fresh` would show the old data.
 */

const switches = ['fresh', 'restart'];
/** Nothing is built yet, so they are listed once more; a test compares them with the daemon's. */
const withValue = [
  ...['host', 'advertise', 'port', 'client', 'advertise-client', 'data', 'name', 'priority', 'cluster', 'heartbeat-ms'],
  ...['lease-ms', 'reads', 'request-timeout-ms', 'key-bytes', 'value-bytes', 'request-bytes', 'connections'],
  ...['output-bytes', 'data-bytes', 'snapshot-log-bytes', 'keep-slots', 'keep-log-bytes', 'log-level', 'log-format'],
  'fault-rate',
];

/** As it would have been typed, with … for a value that npm took apart; empty when nothing was kept. */
export function keptByNpm(environment) {
  // What npm was told about another script is no business of this one.
  if (environment.npm_lifecycle_event !== 'start') return '';
  const given = (name) => environment[`npm_config_${name.replaceAll('-', '_')}`];
  const typed = [
    ...switches.filter((name) => given(name) !== undefined).map((name) => (given(name) ? `--${name}` : `--no-${name}`)),
    ...withValue
      .filter((name) => given(name))
      .map((name) => `--${name}${given(name) === 'true' ? ' …' : `=${given(name)}`}`),
  ];
  return typed.join(' ');
}
