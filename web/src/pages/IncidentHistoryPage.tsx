import { Drawer, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIncidentHistory } from '../api/queries';
import type { Incident } from '../api/types';
import { Moment } from '../components/Age';
import { IncidentView } from '../components/incident/IncidentView';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { DrillTag, GradeTag } from '../components/Tags';
import { clickableRow } from '../lib/rows';
import { useIncidentName, useText } from '../lib/text';

/** Incidents that are over, each with its whole record. */
export default function IncidentHistoryPage() {
  const { t } = useTranslation();
  const text = useText();
  const nameOf = useIncidentName();
  const pages = useIncidentHistory();
  const [shown, setShown] = useState<Incident | null>(null);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="page">
      <h2>{t('page.incidents')}</h2>
      <Problem query={pages} />
      <Table<Incident>
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        onRow={(row) => clickableRow(() => setShown(row))}
        columns={[
          { title: t('incident.opened'), render: (_, i) => <Moment at={i.opened} /> },
          {
            title: t('history.what'),
            render: (_, i) => (
              <>
                {nameOf(i)} {i.drill && <DrillTag />}
              </>
            ),
          },
          { title: t('incident.grade'), render: (_, i) => <GradeTag grade={i.grade} /> },
          { title: t('item.place'), dataIndex: 'place' },
          { title: t('history.by'), render: (_, i) => i.taken_by?.name ?? '—' },
          { title: t('history.ended'), render: (_, i) => <Moment at={i.changed} /> },
          { title: t('reason'), dataIndex: 'reason' },
        ]}
      />
      <MoreButton pages={pages} />
      <Drawer
        open={shown !== null}
        size={520}
        title={text(shown?.name)}
        onClose={() => setShown(null)}
      >
        {shown && <IncidentView id={shown.id} />}
      </Drawer>
    </section>
  );
}
