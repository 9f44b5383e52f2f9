// `npm run build`: what the other scripts build by themselves when it is stale. Needs the packages.
import { build, reportingNotReady } from './lib/prepare.mjs';

await reportingNotReady(build);
