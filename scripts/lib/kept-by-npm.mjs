/**
 * Options of ours that npm took for its own. `npm start --fresh` without `--` runs the script without the option, which npm
 * puts into the environment: `npm_config_fresh=true`, `npm_config_restart=` for `--no-restart`, and `npm_config_port=true` for
 * `--port 8640`, whose value becomes an argument. A cluster that starts without `--fresh` would show the old data, and all bugs
 * would be hunted for an hour where `--list` was asked for.
 *
 * A script lists the names of its options, as nothing is built yet; a test compares them with what the program knows. Left out are
 * those that npm has itself, which may stand in somebody's .npmrc; but for `json`, which nobody puts there.
 */

/**
 * Tells what npm kept, and returns whether there was anything: the script has to end then. `scripts` are the names under which
 * package.json runs it; what npm was told about any other is no business of this one.
 */
export function tellKept(scripts, names) {
  const event = process.env.npm_lifecycle_event;
  const kept = scripts.includes(event) ? keptByNpm(process.env, names) : '';
  if (kept === '') return false;
  const npm = ['start', 'test'].includes(event) ? 'npm' : 'npm run';
  process.stderr.write(`synod: npm kept ${kept} for itself; write: ${npm} ${event} -- ${kept}\n`);
  process.exitCode = 2;
  return true;
}

/** As it would have been typed, with … for a value that npm took apart; empty when nothing was kept. */
function keptByNpm(environment, { switches, withValue = [] }) {
  const given = (name) => environment[`npm_config_${name.replaceAll('-', '_')}`];
  const typed = [
    ...switches
      .filter((name) => given(name) !== undefined)
      .map((name) => (given(name) === '' ? `--no-${name}` : `--${name}${joined(given(name), '')}`)),
    ...withValue.filter((name) => given(name)).map((name) => `--${name}${joined(given(name), ' …')}`),
  ];
  return typed.join(' ');
}

function joined(given, takenApart) {
  return given === 'true' ? takenApart : `=${given}`;
}
