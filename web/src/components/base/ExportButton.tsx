import { DownOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { BaseKind } from '../../api/base';

const FORMATS = ['xlsx', 'csv', 'geojson', 'gpkg'];

/** Takes the objects of a kind out as a file; the browser saves what the server writes. */
export function ExportButton({ kind, area }: { kind: BaseKind; area?: number }) {
  const { t } = useTranslation();
  const path = (format: string) => {
    const query = new URLSearchParams({ kind: kind.key, format });
    if (area !== undefined) query.set('area', String(area));
    return `/api/v1/base/export?${query}`;
  };
  const items = FORMATS.map((format) => ({
    key: format,
    label: (
      <a href={path(format)} download data-testid={`base-export-${format}`}>
        {t(`base.export.${format}`)}
      </a>
    ),
  }));
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button data-testid="base-export">
        {t('base.export')} <DownOutlined />
      </Button>
    </Dropdown>
  );
}
