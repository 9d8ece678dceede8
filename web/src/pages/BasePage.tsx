import { SearchOutlined } from '@ant-design/icons';
import { Button, Input, Table, Tag } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type BaseKind,
  type BaseObject,
  DOMAINS,
  useFind,
  useKinds,
  useObjects,
} from '../api/base';
import { useMay } from '../app/session';
import { AreaPicker } from '../components/base/AreaPicker';
import { ExportButton } from '../components/base/ExportButton';
import { ImportWizard } from '../components/base/ImportWizard';
import { ObjectDrawer } from '../components/base/ObjectDrawer';
import { ObjectForm } from '../components/base/ObjectForm';
import { RiskTag } from '../components/base/RiskTag';
import { useBaseWords } from '../components/base/words';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { useAreaNames } from '../lib/areas';
import { clickableRow } from '../lib/rows';
import { useText } from '../lib/text';

/** Fields of a kind that stand in the list; the rest are on the object's own page. */
const LISTED = 4;

interface Opened {
  kind: string;
  key: string;
}

/** The emergency base database: kinds by domain, objects of a kind, search over all. */
export default function BasePage() {
  const { t } = useTranslation();
  const text = useText();
  const kinds = useKinds();
  const [chosen, setChosen] = useState<string>();
  const [q, setQ] = useState('');
  const [opened, setOpened] = useState<Opened>();
  const words = useDeferredValue(q.trim());
  const all = kinds.data ?? [];
  const kind = all.find((k) => k.key === chosen) ?? all.find((k) => k.count > 0) ?? all[0];
  const openedKind = all.find((k) => k.key === opened?.kind);
  return (
    <section className="page">
      <h2>{t('page.base')}</h2>
      <div className="filters">
        <Input
          className="search"
          prefix={<SearchOutlined />}
          allowClear
          value={q}
          placeholder={t('base.search')}
          aria-label={t('base.search')}
          data-testid="base-search"
          maxLength={64}
          onChange={(event) => setQ(event.target.value)}
        />
      </div>
      <Problem query={kinds} />
      {words ? (
        <Found words={words} kinds={all} onOpen={setOpened} />
      ) : (
        <div className="base">
          <nav className="base-kinds" aria-label={t('base.kinds')}>
            {DOMAINS.map((domain) => (
              <div key={domain}>
                <h3>{t(`base.domain.${domain}`)}</h3>
                {all
                  .filter((k) => k.domain === domain)
                  .map((k) => (
                    <button
                      key={k.key}
                      type="button"
                      className={k.key === kind?.key ? 'base-kind current' : 'base-kind'}
                      aria-current={k.key === kind?.key}
                      data-testid={`kind-${k.key}`}
                      onClick={() => setChosen(k.key)}
                    >
                      <span>{text(k.name)}</span>
                      <span className="muted">{k.count}</span>
                    </button>
                  ))}
              </div>
            ))}
          </nav>
          {kind && (
            <Objects
              key={kind.key}
              kind={kind}
              onOpen={(key) => setOpened({ kind: kind.key, key })}
            />
          )}
        </div>
      )}
      {opened && openedKind && (
        <ObjectDrawer
          kind={openedKind}
          objectKey={opened.key}
          onClose={() => setOpened(undefined)}
        />
      )}
    </section>
  );
}

function Objects({ kind, onOpen }: { kind: BaseKind; onOpen(key: string): void }) {
  const { t } = useTranslation();
  const text = useText();
  const words = useBaseWords();
  const [area, setArea] = useState<number>();
  const [making, setMaking] = useState(false);
  const [bringing, setBringing] = useState(false);
  const allowed = useMay('records');
  const { nameOf } = useAreaNames();
  const pages = useObjects(kind.key, area);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="base-objects">
      <div className="filters">
        <strong>
          {text(kind.name)} · {kind.count}
        </strong>
        <AreaPicker value={area} onChange={setArea} />
        <ExportButton kind={kind} area={area} />
        {allowed && (
          <>
            <Button data-testid="base-create" onClick={() => setMaking(true)}>
              {t('base.create')}
            </Button>
            <Button type="primary" data-testid="base-bring" onClick={() => setBringing(true)}>
              {t('base.import')}
            </Button>
          </>
        )}
      </div>
      <Problem query={pages} />
      <Table<BaseObject>
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('base.none')}</span> }}
        onRow={(row) => clickableRow(() => onOpen(row.key))}
        columns={[
          {
            title: t('base.name'),
            render: (_, row) => (
              <>
                {row.name} {row.stale && <Tag color="orange">{t('base.stale')}</Tag>}
                {row.doubtful && <Tag color="gold">{t('base.doubtful')}</Tag>}
                {row.synthetic && <Tag className="tag-synthetic">{t('base.synthetic')}</Tag>}
                {!row.geometry && <Tag color="red">{t('base.noPlace')}</Tag>}
                {row.risk && <RiskTag colour={row.risk} />}
              </>
            ),
          },
          { title: t('base.key'), dataIndex: 'key' },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          ...kind.fields.slice(0, LISTED).map((field) => ({
            title: text(field.name),
            render: (_: unknown, row: BaseObject) => words.value(field, row.values[field.key]),
          })),
        ]}
      />
      <MoreButton pages={pages} />
      {making && <ObjectForm kind={kind} onClose={() => setMaking(false)} />}
      {bringing && <ImportWizard kind={kind} onClose={() => setBringing(false)} />}
    </div>
  );
}

function Found({
  words,
  kinds,
  onOpen,
}: {
  words: string;
  kinds: BaseKind[];
  onOpen(opened: Opened): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const found = useFind(words);
  const nameOfKind = (key: string) => {
    const kind = kinds.find((k) => k.key === key);
    return kind ? text(kind.name) : key;
  };
  return (
    <>
      <Problem query={found} />
      <Table
        rowKey="id"
        size="small"
        loading={found.isFetching}
        dataSource={found.data ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('base.nothingFound')}</span> }}
        onRow={(row) => clickableRow(() => onOpen({ kind: row.kind, key: row.key }))}
        columns={[
          {
            title: t('base.name'),
            render: (_, row) => (
              <>
                {row.name} {row.stale && <Tag color="orange">{t('base.stale')}</Tag>}
                {row.doubtful && <Tag color="gold">{t('base.doubtful')}</Tag>}
              </>
            ),
          },
          { title: t('base.kind'), render: (_, row) => nameOfKind(row.kind) },
          { title: t('base.key'), dataIndex: 'key' },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
        ]}
      />
    </>
  );
}
