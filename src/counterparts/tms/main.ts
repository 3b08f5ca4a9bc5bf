import { runCounterpart } from '../frame/run-counterpart.ts';
import { tms, tmsOptions } from './tms.ts';

await runCounterpart('tms', tms, tmsOptions);
