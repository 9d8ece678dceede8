import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAlarmHistory } from '../api/queries';
import type { Alarm } from '../api/types';
import { Moment } from '../components/Age';
import { DeviceDrawer } from '../components/device/DeviceDrawer';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { DrillTag, MissingTags, PriorityTag } from '../components/Tags';
import { formatQuantity } from '../lib/number';
import { clickableRow } from '../lib/rows';
import { selection } from '../lib/selection';
import { useText } from '../lib/text';

/** Alarms that are over. */
export default function AlarmHistoryPage() {
  const { t } = useTranslation();
  const text = useText();
  const pages = useAlarmHistory();
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="page">
      <h2>{t('page.alarms')}</h2>
      <Problem query={pages} />
      <Table<Alarm>
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        onRow={(row) => clickableRow(() => selection.set({ device: row.device }))}
        columns={[
          { title: t('history.raised'), render: (_, a) => <Moment at={a.raised} /> },
          { title: t('history.priority'), render: (_, a) => <PriorityTag priority={a.priority} /> },
          {
            title: t('history.what'),
            render: (_, a) => (
              <>
                {text(a.rule_name)} {a.drill && <DrillTag />} <MissingTags missing={a.missing} />
              </>
            ),
          },
          { title: t('item.place'), render: (_, a) => a.place.place || a.device },
          {
            title: t('history.peak'),
            render: (_, a) => formatQuantity(a.peak, a.unit),
          },
          { title: t('devices.state'), render: (_, a) => t(`alarmState.${a.state}`) },
          { title: t('history.ended'), render: (_, a) => <Moment at={a.changed} /> },
          { title: t('history.by'), render: (_, a) => a.by?.name ?? '—' },
          { title: t('reason'), dataIndex: 'reason' },
        ]}
      />
      <MoreButton pages={pages} />
      <DeviceDrawer />
    </section>
  );
}
