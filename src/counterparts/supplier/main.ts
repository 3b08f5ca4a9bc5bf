import { runCounterpart } from '../frame/run-counterpart.ts';
import { supplier, supplierOptions } from './supplier.ts';

await runCounterpart('supplier', supplier, supplierOptions);
