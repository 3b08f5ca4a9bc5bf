import { runCounterpart } from '../frame/run-counterpart.ts';
import { cmms } from './cmms.ts';

await runCounterpart('cmms', cmms);
