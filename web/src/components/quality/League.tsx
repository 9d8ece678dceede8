import { Segmented, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BaseKind } from '../../api/base';
import { ASPECTS, type By, type Scope, type Score, useScores } from '../../api/quality';
import { useAreaNames } from '../../lib/areas';
import { clickableRow } from '../../lib/rows';
import { useText } from '../../lib/text';
import { Problem } from '../Problem';

/** From which score on data is good, and below which it is not. */
const GOOD = 90;
const FAIR = 70;

export function ScoreText({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <span className="muted">–</span>;
  const tone = value >= GOOD ? 'holds' : value >= FAIR ? 'fair' : 'misses';
  return <span className={tone}>{value.toFixed(1)}</span>;
}

/** How kinds, departments and areas are called. */
export function useKeyName(kinds: BaseKind[]) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  return (by: By, key: string) => {
    if (by === 'domain') return t(`base.domain.${key}`);
    if (by === 'kind') return text(kinds.find((kind) => kind.key === key)?.name) || key;
    return nameOf(Number(key));
  };
}

/** Who has the best data, and who does not: one row for each kind, department, city or county; each leads further in. */
export function League({
  scope,
  kinds,
  onChoose,
}: {
  scope: Scope;
  kinds: BaseKind[];
  onChoose(by: By, key: string): void;
}) {
  const { t } = useTranslation();
  const [by, setBy] = useState<By>('domain');
  const query = useScores(by, scope);
  const keyName = useKeyName(kinds);
  const rows = [...(query.data?.rows ?? [])].sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  return (
    <>
      <div className="filters">
        <Segmented<By>
          value={by}
          onChange={setBy}
          options={(['domain', 'kind', 'city', 'county'] as const).map((value) => ({
            value,
            label: t(`quality.by.${value}`),
          }))}
        />
      </div>
      <Problem query={query} />
      <Table<Score>
        rowKey="key"
        size="small"
        loading={query.isPending}
        dataSource={rows}
        pagination={{ pageSize: 25, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('quality.none')}</span> }}
        onRow={(row) => clickableRow(() => onChoose(by, row.key))}
        columns={[
          { title: t('quality.rank'), render: (_, row) => rows.indexOf(row) + 1 },
          { title: t(`quality.by.${by}`), render: (_, row) => keyName(by, row.key) },
          { title: t('quality.records'), dataIndex: 'records', align: 'right' },
          {
            title: t('quality.score'),
            align: 'right',
            render: (_, row) => (
              <strong>
                <ScoreText value={row.score} />
              </strong>
            ),
          },
          ...ASPECTS.map((aspect) => ({
            title: t(`quality.aspect.${aspect}`),
            align: 'right' as const,
            render: (_: unknown, row: Score) => <ScoreText value={row.aspects[aspect]} />,
          })),
        ]}
      />
    </>
  );
}
