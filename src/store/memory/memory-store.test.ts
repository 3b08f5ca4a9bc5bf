import { describe, expect, test } from 'vitest';
import { storeSuite } from '../store-suite.ts';
import { memoryStore } from './memory-store.ts';

storeSuite('memory', async () => ({ store: memoryStore(), dispose: async () => undefined }), { describe, test, expect });
