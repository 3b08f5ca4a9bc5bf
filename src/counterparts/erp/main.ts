import { enableCompileCache } from 'node:module';

// Must be on before anything of ours is loaded; it halves the time to start.
enableCompileCache();
const { runCounterpart } = await import('../frame/run-counterpart.ts');
const { erp } = await import('./erp.ts');

await runCounterpart('erp', erp);
