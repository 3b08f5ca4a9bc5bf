import { Map as MapIcon, Table2 } from 'lucide-react';
import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { useLiveMessages, type LiveMessage } from '../../api/live.ts';
import { Empty, Failure, Skeleton } from '../../parts/notice.tsx';
import { HubNode } from './hub-node.tsx';
import { MapTable } from './map-table.tsx';
import type { Plant } from './plant.ts';
import { PlantSide } from './plant-side.tsx';
import { send } from './pulses.ts';
import { SystemDialog } from './system-dialog.tsx';
import { SystemSide } from './system-side.tsx';
import { trafficReader } from './traffic.ts';
import { useOverview } from './use-overview.ts';
import { usePlantMap } from './use-plant.ts';

/** Plant, edges, hub and systems, with what goes between them; or the same as a table. */
export function LandscapeMap(): ReactElement {
  const [asTable, setAsTable] = useState(false);
  const [opened, setOpened] = useState<string>();
  const plant = usePlantMap();
  const { data: overview, error } = useOverview();
  useTraffic(plant);
  const close = useCallback(() => setOpened(undefined), []);
  if (!plant || !overview) return error ? <Failure error={error} /> : <Skeleton height={30} label="The landscape is being read" />;
  const { systems } = overview;
  const chosen = systems.find(({ name }) => name === opened);
  const Icon = asTable ? MapIcon : Table2;
  return (
    <section className="now-landscape" aria-labelledby="now-landscape">
      <div className="now-landscape-head">
        <h2 id="now-landscape">Plant and systems</h2>
        <button type="button" className="now-switch" onClick={() => setAsTable(!asTable)}>
          <Icon aria-hidden="true" /> {asTable ? 'Show as map' : 'Show as table'}
        </button>
      </div>
      {asTable ? (
        <MapTable plant={plant} systems={systems} onOpen={setOpened} />
      ) : systems.length === 0 && plant.lines === 0 ? (
        <Empty title="Nothing is declared yet">Machines and systems come here as soon as the landscape’s folder declares them.</Empty>
      ) : (
        <div className="now-map">
          <PlantSide plant={plant} />
          <HubNode />
          <SystemSide systems={systems} onOpen={setOpened} />
        </div>
      )}
      {chosen && <SystemDialog system={chosen} onClose={close} />}
    </section>
  );
}

/** Lets what the stream tells move on the map. */
function useTraffic(plant: Plant | undefined): void {
  const lineOf = plant?.lineOf;
  const read = useMemo(() => trafficReader((asset) => lineOf?.get(asset)), [lineOf]);
  const hear = useCallback(
    (message: LiveMessage) => {
      const pulse = read(message);
      if (pulse) send(pulse);
    },
    [read],
  );
  useLiveMessages(hear);
}
