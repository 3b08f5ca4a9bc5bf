import { runCounterpart } from '../frame/run-counterpart.ts';
import { mes } from './mes.ts';

await runCounterpart('mes', mes);
