// A chart in a box: made with it, as large as it, gone with it.
import * as echarts from 'echarts/core';
import { useEffect, useRef } from 'react';

/** Draws `option` into the element that gets the ref. */
export function useChart(option: echarts.EChartsCoreOption) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);

  useEffect(() => {
    if (!box.current) return;
    const made = echarts.init(box.current, 'dark', { renderer: 'canvas' });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);

  return box;
}
