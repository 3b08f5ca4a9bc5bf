import { describe, expect, test } from 'vitest';
import { edgeStoreSuite } from '../edge-store-suite.ts';
import { memoryEdgeStore } from './memory-edge-store.ts';

edgeStoreSuite('memory', async (limits) => ({ store: memoryEdgeStore(limits), dispose: async () => undefined }), { describe, test, expect });
