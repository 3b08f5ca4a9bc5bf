import { accepted, defineBinding, defineCapability, defineConnector, defineSystem, schema, Type } from 'lineshaft';
import { hang } from './hang.ts';
import { buyers } from './parts.ts';

// A system that is spoken to by a connector of the landscape's own.

const nothing = schema(Type.Object({}));
const labelInput = schema(Type.Object({ item: Type.String(), how: Type.String() }));

export const driver = defineConnector({
  name: 'printer-driver',
  title: 'Printer driver',
  options: nothing,
  async open() {
    let heard = '';
    const listening = setInterval(() => hang(heard, 'listen'), 10);
    return {
      async send({ how }: { readonly how: string }) {
        await Promise.resolve();
        hang(how, 'send');
        heard = how;
        return {};
      },
      close: async () => clearInterval(listening),
    };
  },
});
export const printer = defineSystem({ name: 'printer', title: 'Printer', role: 'engagement', owner: buyers, owns: ['labels'], connector: driver });
export const printLabel = defineCapability({
  name: 'label.print',
  title: 'Print a label',
  owner: buyers,
  effect: 'action',
  domain: 'labels',
  input: labelInput,
  output: nothing,
  refusal: nothing,
  keys: { item: 'item' },
  entity: 'item',
});
export const print = defineBinding({
  capability: printLabel,
  system: printer,
  guarantee: { kind: 'idempotency-key' },
  request: ({ how }) => ({ how }),
  reply: () => accepted({}),
});
