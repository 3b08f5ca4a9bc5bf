import { defineAsset, defineOwner, defineSource, defineTags, opcUa } from 'lineshaft';

export const packaging = defineOwner({ name: 'packaging', title: 'Packaging', mail: 'packaging@plant.example', side: 'ot' });
export const site = defineAsset({ name: 'linz', title: 'Linz', level: 'site', owner: packaging, timeZone: 'Europe/Vienna' });
export const line4 = defineAsset({ name: 'line-4', title: 'Line 4', level: 'line', within: site, owner: packaging });
export const packer = defineAsset({ name: 'packer-3', title: 'Packer 3', level: 'cell', within: line4, owner: packaging });

/** The packer's own server. Values are put in their place for two seconds before the rule decides. */
export const packerServer = defineSource({ name: 'packer-3-server', title: 'OPC UA server of packer 3', owner: packaging, connector: opcUa, lateness: '2s' });

/** Drafted by `lineshaft edge discover`; `${machine}` is how the server calls its machine. */
export const tags = defineTags({
  file: new URL('tags.csv', import.meta.url),
  sources: [packerServer],
  assets: [packer],
  parameters: { machine: 'Packer3', server: 'urn:packer-3' },
});
