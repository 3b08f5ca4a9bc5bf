import { accepted, fake, playFlow } from 'lineshaft/testing';
import { orderItem, restock } from './landscape/restock.ts';

// Played in the folder where the package was installed: the flow, against a fake, by what `lineshaft/testing` exports.

const play = await playFlow(restock, { item: 'FOIL-80', missing: 40 }, { fakes: [fake(orderItem, () => accepted({ purchaseOrder: 'PU-1' }))] });
console.log(JSON.stringify({ status: play.run?.status, inputs: play.calls.map((call) => call.input) }));
