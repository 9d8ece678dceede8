import { Segmented } from 'antd';
import { LineChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useReadings } from '../../api/queries';
import type { PointInfo, ReadingRow } from '../../api/types';
import { useChart } from '../../lib/chart';
import { serverNow } from '../../lib/clock';
import { PRIORITY_COLOUR } from '../../lib/colours';
import { formatQuantity, formatValue } from '../../lib/number';
import { pickText } from '../../lib/text';
import { formatTime } from '../../lib/time';

echarts.use([
  LineChart,
  GridComponent,
  TooltipComponent,
  MarkLineComponent,
  AriaComponent,
  CanvasRenderer,
]);

const HOURS = [1, 6, 24, 168];

/** A point over the last hours, with the limits that raise alarms as lines. */
export default function PointChart({ device, point }: { device: string; point: PointInfo }) {
  const { t, i18n } = useTranslation();
  const [hours, setHours] = useState(1);
  const { data } = useReadings(device, point.name, hours, serverNow);
  const { language } = i18n;
  const label = pickText(point.label, language) || point.name;
  const option = useMemo(
    () => options(data ?? [], point, hours, label, language),
    [data, point, hours, label, language],
  );
  const box = useChart(option);

  return (
    <figure className="chart">
      <figcaption>
        {label} {point.unit && point.unit !== '1' && `(${point.unit})`}
        <Segmented
          size="small"
          value={hours}
          onChange={setHours}
          options={HOURS.map((n) => ({
            value: n,
            label: n < 168 ? t('chart.hours', { n }) : t('chart.days', { n: n / 24 }),
          }))}
        />
      </figcaption>
      <div ref={box} className="chart-box" role="img" aria-label={label} />
      {data?.length === 0 && <p className="empty">{t('chart.empty')}</p>}
    </figure>
  );
}

/** The next round number, so that a limit line is never the edge of the chart. */
function roundUp(value: number): number {
  const size = 10 ** Math.floor(Math.log10(Math.max(Math.abs(value), 1e-6)));
  return Math.ceil((value * 1.05) / (size / 2)) * (size / 2);
}

/** The axis of a switch: its states by name, nothing between them. */
function stateAxis(point: PointInfo, language: string) {
  if (point.states.length === 0) return {};
  const values = point.states.map(([value]) => value);
  return {
    interval: 1,
    min: Math.min(...values),
    max: Math.max(...values),
    axisLabel: {
      formatter: (value: number) =>
        pickText(point.states.find(([state]) => state === value)?.[1], language),
    },
  };
}

function options(
  rows: ReadingRow[],
  point: PointInfo,
  hours: number,
  label: string,
  language: string,
) {
  const now = serverNow();
  const limits = point.limits ?? [];
  return {
    backgroundColor: 'transparent',
    animation: false,
    aria: { enabled: true },
    grid: { left: 48, right: 16, top: 14, bottom: 26 },
    tooltip: {
      trigger: 'axis',
      confine: true,
      valueFormatter: (value: unknown) => formatQuantity(Number(value), point.unit),
    },
    xAxis: {
      type: 'time',
      min: now - hours * 3_600_000,
      max: now,
      splitNumber: 4,
      axisLabel: {
        hideOverlap: true,
        formatter: (at: number) =>
          hours > 24 ? formatTime(at).slice(5, 10) : formatTime(at).slice(11, 16),
      },
      axisPointer: {
        label: { formatter: ({ value }: { value: unknown }) => formatTime(Number(value)) },
      },
    },
    yAxis: {
      type: 'value',
      scale: true,
      splitLine: { lineStyle: { color: '#223b62' } },
      min: limits.length ? (v: { min: number }) => Math.min(v.min, 0) : undefined,
      max: limits.length
        ? (v: { max: number }) => roundUp(Math.max(v.max, ...limits.map((l) => l.value)))
        : undefined,
      ...stateAxis(point, language),
    },
    series: [
      {
        type: 'line',
        name: label,
        step: point.states.length > 0 ? 'end' : undefined,
        showSymbol: rows.length < 40,
        symbolSize: 5,
        lineStyle: { width: 1.8, color: '#5aa9ff' },
        itemStyle: { color: '#5aa9ff' },
        sampling: 'minmax',
        data: rows.map(([at, value]) => [at, value]),
        markLine: {
          symbol: 'none',
          silent: true,
          data: limits.map((limit) => ({
            yAxis: limit.value,
            lineStyle: { color: PRIORITY_COLOUR[limit.priority], type: 'dashed' },
            label: {
              formatter: `${limit.side === 'high' ? '≥' : '≤'} ${formatValue(limit.value)}`,
              color: PRIORITY_COLOUR[limit.priority],
              position: 'insideEndTop',
            },
          })),
        },
      },
    ],
  };
}
