// What edge nodes have to offer, as their births tell it. A node that was born before anybody listened is asked for another birth, once.
import { Fault } from '../../kernel/errors.ts';
import { ucumProblem } from '../../kernel/ucum.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import type { FoundTag } from '../../model/source.ts';
import type { Ear } from '../heard-tags.ts';
import { devicePrefix } from './address.ts';
import { opened } from './compressed.ts';
import { datatype, datatypeName } from './datatype.ts';
import { decode } from './decode.ts';
import type { Metric } from './payload.ts';
import { rebirthRequest } from './rebirth.ts';
import { sparkplugTopic } from './topic.ts';
import { unitIn } from './unit.ts';

/** Edge nodes that are asked; a broker may have any number. */
const nodesMax = 10_000;
/** Of the protocol itself. */
const control = /^(?:bdSeq$|Node Control\/|Device Control\/)/;

export function bornTags({ clock, log }: Pick<ConnectorPorts, 'clock' | 'log'>): (topic: string, payload: Buffer, ear: Ear) => void {
  const known = new Set<string>();
  return (topic, payload, { found, say }) => {
    const place = sparkplugTopic(topic);
    if (!place || place.verb === 'STATE' || place.verb === 'NCMD' || place.verb === 'DCMD') return;
    const { verb, group, node } = place;
    const device = 'device' in place ? place.device : '';
    if (verb === 'NBIRTH' || verb === 'DBIRTH') {
      if (verb === 'NBIRTH') known.add(`${group}/${node}`);
      try {
        for (const metric of opened(decode(payload)).metrics) if (metric.name !== undefined && !control.test(metric.name)) found(bornTag(group, node, device, metric.name, metric));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log(`${topic}: ${error.message}`);
      }
      return;
    }
    if (verb === 'NDEATH' || known.has(`${group}/${node}`) || known.size >= nodesMax) return;
    known.add(`${group}/${node}`);
    say(rebirthRequest(group, node, clock.now()));
  };
}

function bornTag(group: string, node: string, device: string, name: string, metric: Metric): FoundTag {
  const code = metric.datatype ?? datatype.Unknown;
  const type = typeOf(code);
  const said = unitIn(metric.properties);
  const isUnit = said !== undefined && ucumProblem(said) === undefined;
  const notes = [
    ...(type === undefined ? [`A ${datatypeName(code)}, which is no value of a signal.`] : []),
    ...(said !== undefined && !isUnit ? [`Its unit is ${JSON.stringify(said)}, which is none of UCUM.`] : []),
  ];
  return {
    address: devicePrefix(group, node, device) + name,
    // The asset is what has the metric, whatever slashes are in the metric's name.
    path: [group, node, ...(device === '' ? [] : [device]), name.replaceAll('/', '-')],
    ...(type && { type }),
    ...(isUnit && { unit: said }),
    ...(notes.length > 0 && { note: notes.join(' ') }),
  };
}

function typeOf(code: number): FoundTag['type'] {
  if (code === datatype.Boolean) return 'boolean';
  if (code === datatype.String || code === datatype.Text || code === datatype.UUID) return 'text';
  return (code >= datatype.Int8 && code <= datatype.Double) || code === datatype.DateTime ? 'number' : undefined;
}
