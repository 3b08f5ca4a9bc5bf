import './rate-chart.css';
import { useEffect, useRef, type ReactElement } from 'react';
import uPlot from 'uplot';
import { clockTime, minuteTime } from '../../words/time.ts';
import type { ChartData } from './chart-data.ts';
import { chartLook, watchTheme, type ChartLook } from './chart-look.ts';
import { drawBands, drawLabels, type Marks } from './chart-marks.ts';

interface RateChartProps extends Marks {
  readonly data: ChartData;
  /** The row that the keyboard has chosen; undefined leaves the cursor to the pointer. */
  readonly chosen: number | undefined;
  /** Which row the pointer is at; undefined when it has left. */
  readonly onPoint: (row: number | undefined) => void;
}

/** What the drawing reads each time it draws; the drawing itself is made once. */
interface Drawn {
  marks: Marks;
  look: ChartLook;
  onPoint: RateChartProps['onPoint'];
}

/** The curves. Made once for as long as it is shown; a new second is new data, a new theme new colours, a new size a new size. */
export function RateChart({ data, chosen, onPoint, episodes, fromMs, nowMs, zone }: RateChartProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const drawn = useRef<Drawn>({ marks: { episodes, fromMs, nowMs, zone }, look: chartLook(), onPoint });
  drawn.current.marks = { episodes, fromMs, nowMs, zone };
  drawn.current.onPoint = onPoint;

  useEffect(() => {
    const { current: box } = place;
    if (!box) return undefined;
    const made = new uPlot(optionsOf(drawn.current, box), [[], [], [], [], [], []], box);
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      drawn.current.look = chartLook();
      made.setSize({ width: box.clientWidth, height: box.clientHeight });
    });
    sizes.observe(box);
    const unwatch = watchTheme(() => {
      drawn.current.look = chartLook();
      made.redraw(false, true);
    });
    return () => {
      unwatch();
      sizes.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(data, true);
  }, [data, fromMs, nowMs, episodes, zone]);

  const isChosen = chosen !== undefined;
  useEffect(() => {
    // Only when the keyboard lets go: the pointer has a cursor of its own.
    if (!isChosen) plot.current?.setCursor({ left: -10, top: -10 }, false);
  }, [isChosen]);

  useEffect(() => {
    const { current: shown } = plot;
    const second = chosen === undefined ? undefined : data[0][chosen];
    const rate = chosen === undefined ? undefined : data[rateSeries]?.[chosen];
    if (!shown || second === undefined || rate === undefined || rate === null) return;
    shown.setCursor({ left: shown.valToPos(second, 'x'), top: shown.valToPos(rate, 'y') }, false);
  }, [chosen, data]);

  return <div ref={place} className="line-plot" />;
}

/** The last one of the data; the others are drawn beneath it. */
const rateSeries = 5;

function optionsOf(drawn: Drawn, box: HTMLElement): uPlot.Options {
  const axis = (more: uPlot.Axis): uPlot.Axis => ({
    stroke: () => drawn.look.quiet,
    font: drawn.look.font,
    grid: { stroke: () => drawn.look.grid, width: 1 },
    ticks: { stroke: () => drawn.look.grid, width: 1, size: 4 },
    ...more,
  });
  const { rem } = drawn.look;
  const dashes = (...lengths: number[]): number[] => lengths.map((length) => (length * rem) / 16);
  const line = (color: () => string, width: number, more: uPlot.Series = {}): uPlot.Series => ({
    stroke: color,
    width: (width * rem) / 16,
    points: { show: false },
    spanGaps: false,
    ...more,
  });
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    padding: [rem * 0.5, rem * 1.5, 0, 0],
    scales: {
      x: { time: true, range: () => [drawn.marks.fromMs / 1_000, drawn.marks.nowMs / 1_000] },
      y: { range: (_plot, _least, most) => [0, Number.isFinite(most) && most > 0 ? most * 1.12 : 1] },
    },
    axes: [
      axis({
        values: (_plot, splits, _axis, _space, step) => splits.map((second) => (step < 60 ? clockTime : minuteTime)(second * 1_000, drawn.marks.zone)),
        incrs: [30, 60, 120, 300],
        space: rem * 3.5,
        size: rem * 2,
      }),
      axis({ size: rem * 3, space: rem * 2.5 }),
    ],
    series: [
      {},
      line(() => 'transparent', 0),
      line(() => 'transparent', 0),
      line(() => drawn.look.quiet, 1.5, { dash: dashes(8, 5) }),
      line(() => drawn.look.bad, 1.5, { dash: dashes(2, 4) }),
      line(() => drawn.look.accent, 2),
    ],
    // From the highest down to the lowest.
    bands: [{ series: [2, 1], fill: () => drawn.look.envelope }],
    cursor: { y: false, points: { size: (_plot, series) => (series === rateSeries ? rem * 0.6 : 0) }, drag: { x: false, y: false } },
    hooks: {
      drawClear: [(plot) => drawBands(plot, drawn.marks, drawn.look)],
      draw: [(plot) => drawLabels(plot, drawn.marks, drawn.look)],
      setCursor: [(plot) => drawn.onPoint(plot.cursor.left === undefined || plot.cursor.left < 0 ? undefined : (plot.cursor.idx ?? undefined))],
    },
  };
}
