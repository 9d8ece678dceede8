import { Grid } from 'antd';

/** Whether the screen is a phone's, where tables have no room beside a row. Before the width is known it counts as wide. */
export const useNarrow = () => Grid.useBreakpoint().md === false;
