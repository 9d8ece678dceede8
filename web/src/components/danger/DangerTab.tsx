import { Alert, Button, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Danger, DangerLevel, InsideReport } from '../../api/danger';
import { formatMetres, formatSurface } from '../../lib/ground';
import { formatQuantity } from '../../lib/number';
import { useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Problem } from '../Problem';
import { Facilities } from './Facilities';
import { LevelTag } from './LevelTag';
import { ModelDrawer, useModelTitle } from './ModelDrawer';
import { Count, People } from './People';
import { AirLine } from './Wind';

interface Props {
  danger: Danger;
  /** The levels that are shown: of the whole time, or of one moment. */
  levels: readonly DangerLevel[];
  inside: { data: InsideReport | undefined; error: unknown; refetch(): unknown };
}

/** How far it reaches, who is inside, what else is there. */
export function DangerTab({ danger, levels, inside }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const title = useModelTitle();
  const [facts, setFacts] = useState(false);
  const report = inside.data;
  const severityOf = (key: string) =>
    danger.levels.find((level) => level.level === key)?.severity ?? 0;
  return (
    <div className="danger-tab">
      <AirLine air={danger.air} />
      {danger.refused && (
        <Alert
          type="error"
          showIcon
          title={t('danger.refused')}
          description={danger.refused}
          data-testid="danger-refused"
        />
      )}
      {danger.warnings.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={danger.warnings.map((warning) => text(warning)).join(t('list.comma'))}
        />
      )}
      <div className="danger-model">
        <span>
          {title(danger.model)} · {t('danger.version', { n: danger.version })} ·{' '}
          <BriefMoment at={danger.made} />
        </span>
        <Button size="small" data-testid="model-facts" onClick={() => setFacts(true)}>
          {t('danger.model')}
        </Button>
      </div>
      <Table<DangerLevel>
        rowKey="level"
        size="small"
        dataSource={[...levels]}
        pagination={false}
        scroll={{ x: 'max-content' }}
        data-testid="levels"
        locale={{ emptyText: <span className="muted">{t('danger.noLevels')}</span> }}
        columns={[
          {
            title: t('danger.level'),
            render: (_, row) => <LevelTag level={row.level} severity={row.severity} />,
          },
          {
            title: t('danger.threshold'),
            render: (_, row) => formatQuantity(row.threshold, row.unit),
          },
          {
            title: t('danger.reach'),
            align: 'right',
            render: (_, row) => (row.surface_m2 > 0 ? formatMetres(row.reach_m) : '–'),
          },
          {
            title: t('danger.surface'),
            align: 'right',
            render: (_, row) => formatSurface(row.surface_m2),
          },
          {
            title: t('danger.peopleIn'),
            align: 'right',
            render: (_, row) => (
              <Count people={report?.levels.find((one) => one.key === row.level)?.people} />
            ),
          },
        ]}
      />
      <Problem query={inside} />
      {report && (
        <>
          <People inside={report} severityOf={severityOf} />
          <Facilities inside={report} />
        </>
      )}
      <ModelDrawer danger={facts ? danger : null} onClose={() => setFacts(false)} />
    </div>
  );
}
