import { BarChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { InsideReport } from '../../api/danger';
import { useChart } from '../../lib/chart';
import { SEVERITY_COLOUR } from '../../lib/colours';
import { useLevelName } from './LevelTag';

echarts.use([
  BarChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  AriaComponent,
  MarkLineComponent,
  CanvasRenderer,
]);

interface Props {
  inside: InsideReport;
  severityOf(level: string): number;
}

/** People inside at each hour of such a day, the levels on each other: the worst at the bottom. */
export default function HourChart({ inside, severityOf }: Props) {
  const { t } = useTranslation();
  const nameOf = useLevelName();
  const option = useMemo(
    () => ({
      backgroundColor: 'transparent',
      animation: false,
      aria: { enabled: true },
      grid: { left: 52, right: 10, top: 28, bottom: 22 },
      legend: { top: 0, type: 'scroll' },
      tooltip: { trigger: 'axis', confine: true },
      xAxis: { type: 'category', data: inside.total.by_hour.map((_, hour) => `${hour}`) },
      yAxis: {
        type: 'value',
        minInterval: 1,
        splitLine: { lineStyle: { color: '#223b62' } },
      },
      series: inside.levels.map((level, place) => ({
        type: 'bar',
        stack: 'people',
        name: nameOf(level.key),
        itemStyle: { color: SEVERITY_COLOUR[severityOf(level.key)] ?? '#69b1ff' },
        data: level.by_hour.map((people) => people.expected),
        ...(place === 0 && {
          markLine: {
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: '#ffffff' },
            data: [{ xAxis: inside.hour }],
          },
        }),
      })),
    }),
    [inside, severityOf, nameOf],
  );
  const box = useChart(option);
  return (
    <div ref={box} className="chart-box hour-chart" role="img" aria-label={t('danger.hourChart')} />
  );
}
