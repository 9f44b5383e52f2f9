/**
 * `node dist/daemon.js`: one replica. Arguments in, exit code out; everything else is in node/host/serve.ts.
 */

import { serve } from './node/host/serve.js';

process.exit(await serve(process.argv.slice(2), 'node dist/daemon.js'));
