import { runCounterpart } from '../frame/run-counterpart.ts';
import { erp } from './erp.ts';

await runCounterpart('erp', erp);
