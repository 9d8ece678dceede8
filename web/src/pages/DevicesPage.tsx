import { SearchOutlined } from '@ant-design/icons';
import { Button, Input, Select, Table } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDevices } from '../api/queries';
import { DEVICE_STATES, type DeviceRow } from '../api/types';
import { useMay } from '../app/session';
import { Age } from '../components/Age';
import { DeviceDrawer } from '../components/device/DeviceDrawer';
import { DeviceForm } from '../components/device/DeviceForm';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { DrillTag, StateTag } from '../components/Tags';
import { useAreaNames } from '../lib/areas';
import { goTo } from '../lib/route';
import { clickableRow } from '../lib/rows';
import { flyTo, selection } from '../lib/selection';
import { useText } from '../lib/text';

/** All devices of the caller's area, searched and filtered by the server. */
export default function DevicesPage() {
  const { t } = useTranslation();
  const text = useText();
  const [q, setQ] = useState('');
  const [area, setArea] = useState<number>();
  const [state, setState] = useState<string>();
  const [making, setMaking] = useState(false);
  const allowed = useMay('devices', false);
  const { counties, nameOf } = useAreaNames();
  const pages = useDevices({ q: useDeferredValue(q), area, state });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="page">
      <h2>{t('page.devices')}</h2>
      <div className="filters">
        <Input
          className="search"
          prefix={<SearchOutlined />}
          allowClear
          value={q}
          placeholder={t('devices.search')}
          aria-label={t('devices.search')}
          data-testid="device-search"
          onChange={(event) => setQ(event.target.value)}
        />
        <Select
          allowClear
          placeholder={t('incident.area')}
          aria-label={t('incident.area')}
          value={area}
          onChange={setArea}
          options={counties}
        />
        <Select
          allowClear
          placeholder={t('devices.state')}
          aria-label={t('devices.state')}
          value={state}
          onChange={setState}
          options={DEVICE_STATES.map((s) => ({ value: s, label: t(`state.${s}`) }))}
        />
        {allowed && (
          <Button type="primary" data-testid="device-register" onClick={() => setMaking(true)}>
            {t('device.register')}
          </Button>
        )}
      </div>
      <Problem query={pages} />
      <Table<DeviceRow>
        rowKey="key"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        onRow={(row) => clickableRow(() => selection.set({ device: row.key }))}
        columns={[
          {
            title: t('devices.state'),
            render: (_, row) => <StateTag state={row.state} />,
          },
          {
            title: t('devices.name'),
            render: (_, row) => (
              <>
                {row.name || row.key} {row.drill && <DrillTag />}
              </>
            ),
          },
          { title: t('device.key'), dataIndex: 'key' },
          { title: t('devices.profile'), render: (_, row) => text(row.profile_name) },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('item.place'),
            render: (_, row) =>
              [row.facility_name || row.facility, row.room].filter(Boolean).join(' · '),
          },
          { title: t('devices.last'), render: (_, row) => <Age at={row.last_at} /> },
          {
            title: '',
            render: (_, row) => (
              <Button
                size="small"
                onClick={(event) => {
                  event.stopPropagation();
                  selection.set({ device: row.key, panel: 'map' });
                  flyTo(row.position.lon, row.position.lat, 15);
                  goTo('map');
                }}
              >
                {t('incident.show')}
              </Button>
            ),
          },
        ]}
      />
      <MoreButton pages={pages} />
      <DeviceDrawer />
      {making && <DeviceForm onClose={() => setMaking(false)} />}
    </section>
  );
}
