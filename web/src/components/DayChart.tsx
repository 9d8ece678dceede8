import { BarChart, LineChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useMemo } from 'react';
import { useChart } from '../lib/chart';
import { formatTime } from '../lib/time';

echarts.use([
  BarChart,
  LineChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  AriaComponent,
  CanvasRenderer,
]);

export interface DaySeries {
  name: string;
  /** Moment and value. */
  data: [number, number | null][];
  bold?: boolean;
}

interface Props {
  label: string;
  type: 'line' | 'bar';
  series: DaySeries[];
  /** Largest value of the axis, where it is known. */
  max?: number;
}

/** Figures by day. */
export default function DayChart({ label, type, series, max }: Props) {
  const option = useMemo(
    () => ({
      backgroundColor: 'transparent',
      animation: false,
      aria: { enabled: true },
      grid: { left: 56, right: 16, top: series.length > 1 ? 34 : 14, bottom: 26 },
      legend: series.length > 1 ? { top: 0, type: 'scroll' } : undefined,
      tooltip: { trigger: 'axis', confine: true },
      xAxis: {
        type: 'category',
        data: series[0]?.data.map(([at]) => formatTime(at).slice(5, 10)) ?? [],
      },
      yAxis: {
        type: 'value',
        max,
        scale: type === 'line',
        splitLine: { lineStyle: { color: '#223b62' } },
      },
      series: series.map(({ name, data, bold }) => ({
        type,
        name,
        data: data.map(([, value]) => value),
        showSymbol: data.length < 40,
        barMaxWidth: 24,
        lineStyle: { width: bold ? 3 : 1.2 },
      })),
    }),
    [series, type, max],
  );
  const box = useChart(option);
  return <div ref={box} className="chart-box" role="img" aria-label={label} />;
}
