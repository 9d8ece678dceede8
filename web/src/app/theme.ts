import { theme as antd, type ThemeConfig } from 'antd';

/** Dark blue ground, as control rooms have it; the colours of states live in lib/colours.ts. */
export const theme: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  token: {
    colorPrimary: '#3b8cff',
    colorInfo: '#3b8cff',
    colorBgBase: '#0b1628',
    colorTextBase: '#e8f0ff',
    colorBgContainer: '#10203a',
    colorBgElevated: '#162a4a',
    colorBorder: '#33507d',
    colorBorderSecondary: '#223b62',
    colorTextSecondary: '#b3c4e0',
    colorTextTertiary: '#9db2d3',
    colorTextDescription: '#a9bcda',
    colorTextPlaceholder: '#8fa5c9',
    colorLink: '#7db4ff',
    motion: !window.matchMedia?.('(prefers-reduced-motion: reduce)').matches,
    borderRadius: 6,
    fontSize: 14,
    fontFamily:
      "'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', system-ui, sans-serif",
  },
  components: {
    Spin: { colorPrimary: '#9cc8ff' },
    Tabs: {
      horizontalItemGutter: 14,
      itemSelectedColor: '#9cc8ff',
      itemHoverColor: '#9cc8ff',
      inkBarColor: '#5aa9ff',
    },
    Table: { headerBg: '#162a4a', rowHoverBg: '#17305a' },
    Button: {
      defaultBg: '#162a4a',
      // Those that the pointer is on stay readable, too.
      defaultHoverColor: '#9cc8ff',
      defaultHoverBorderColor: '#9cc8ff',
      defaultActiveColor: '#9cc8ff',
      defaultActiveBorderColor: '#9cc8ff',
      // White on these has a contrast of 4.5 or more, which the algorithm's own tones miss.
      colorPrimary: '#2467c9',
      colorPrimaryHover: '#2b72dc',
      colorPrimaryActive: '#1c55a8',
      colorError: '#c9302f',
      colorErrorHover: '#d23b3a',
      colorErrorActive: '#a82524',
    },
  },
};
