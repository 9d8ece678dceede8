import { Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BaseKind } from '../../api/base';
import { FLAWS, type FlawedObject, useFlaws, useScores } from '../../api/quality';
import { useAreaNames } from '../../lib/areas';
import { clickableRow } from '../../lib/rows';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { ObjectDrawer } from '../base/ObjectDrawer';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';

/** What is to be put right, object by object; each opens where it can be changed. */
export function FlawList({
  kinds,
  initial,
  domain,
  area,
}: {
  kinds: BaseKind[];
  /** The kind that is shown first; else the one with most to do. */
  initial?: string;
  domain?: string;
  area?: number;
}) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const [chosen, setChosen] = useState(initial);
  const [flaw, setFlaw] = useState<string>();
  const [opened, setOpened] = useState<string>();
  const scores = useScores('kind', { domain, area });
  const flawsOf = (key: string) => scores.data?.rows.find((row) => row.key === key)?.flaws ?? {};
  const total = (key: string) => Object.values(flawsOf(key)).reduce((sum, n) => sum + n, 0);
  const some = kinds
    .filter((kind) => !domain || kind.domain === domain)
    .filter((kind) => total(kind.key) > 0)
    .sort((a, b) => total(b.key) - total(a.key));
  const kind = some.find((one) => one.key === chosen) ?? some[0];
  const pages = useFlaws(kind?.key ?? '', flaw, area);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const counts = kind ? flawsOf(kind.key) : {};
  return (
    <>
      <div className="filters">
        <Select
          aria-label={t('base.kind')}
          value={kind?.key}
          placeholder={t('base.kind')}
          onChange={setChosen}
          showSearch={{ optionFilterProp: 'label' }}
          className="quality-kind"
          options={some.map((one) => ({
            value: one.key,
            label: `${text(one.name)} · ${total(one.key)}`,
          }))}
        />
        <Select
          allowClear
          aria-label={t('quality.flaw')}
          placeholder={t('quality.flaw')}
          value={flaw}
          onChange={setFlaw}
          className="quality-kind"
          options={FLAWS.filter((code) => counts[code]).map((code) => ({
            value: code,
            label: `${t(`quality.flaw.${code}`)} · ${counts[code]}`,
          }))}
        />
      </div>
      <Problem query={pages} />
      <Table<FlawedObject>
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('quality.noFlaws')}</span> }}
        onRow={(row) => clickableRow(() => setOpened(row.key))}
        columns={[
          { title: t('base.name'), dataIndex: 'name' },
          { title: t('base.key'), dataIndex: 'key' },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('quality.flaw'),
            render: (_, row) =>
              row.flaws.map((one) => {
                const field = kind?.fields.find((f) => f.key === one.column);
                return (
                  <Tag key={`${one.code} ${one.column}`}>
                    {field ? `${text(field.name)}: ` : ''}
                    {text(one.words)}
                  </Tag>
                );
              }),
          },
          { title: t('quality.confirmed'), render: (_, row) => formatTime(row.checked_at) },
        ]}
      />
      <MoreButton pages={pages} />
      {kind && opened && (
        <ObjectDrawer kind={kind} objectKey={opened} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}
