import { runCounterpart } from '../frame/run-counterpart.ts';
import { wms } from './wms.ts';

await runCounterpart('wms', wms);
