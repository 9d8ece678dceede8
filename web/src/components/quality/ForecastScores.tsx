import { Segmented, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ModelScore, useForecastScores } from '../../api/forecasts';
import { Problem } from '../Problem';

const COLOURS = { 'too-few': 'default', 'no-reference': 'default', holds: 'green', worse: 'red' };

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)}%`);

/** How good each model was: forecasts, score, that of persistence, and the mark. */
export function ForecastScores() {
  const { t } = useTranslation();
  const [drill, setDrill] = useState(false);
  const query = useForecastScores(drill);
  const figure = (score: ModelScore, value: number | null) => {
    if (value === null) return '–';
    if (score.form === 'outline') return percent(value);
    const unit = score.form === 'chance' ? '' : ` ${score.unit}`;
    return `${value.toPrecision(3)}${unit}`;
  };
  return (
    <>
      <div className="filters">
        <Segmented<boolean>
          value={drill}
          onChange={setDrill}
          options={[
            { value: false, label: t('forecasts.real') },
            { value: true, label: t('forecasts.drill') },
          ]}
        />
      </div>
      <p className="muted">{t('forecasts.hint')}</p>
      <Problem query={query} />
      <Table<ModelScore>
        rowKey={(row) => `${row.model} ${row.what}`}
        size="small"
        loading={query.isPending}
        dataSource={query.data?.scores ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('forecasts.none')}</span> }}
        columns={[
          {
            title: t('forecasts.what'),
            render: (_, row) => (
              <>
                {t(`forecasts.what.${row.what}`)} <span className="muted small">{row.model}</span>
              </>
            ),
          },
          { title: t('forecasts.pairs'), align: 'right', dataIndex: 'pairs' },
          {
            title: t('forecasts.events'),
            render: (_, row) => {
              if (row.form === 'outline' && row.pairs > 0) {
                return t('forecasts.areas', {
                  overlap: figure(row, row.score),
                  missed: percent(row.missed),
                  vain: percent(row.in_vain),
                });
              }
              return row.hits === null
                ? '–'
                : t('forecasts.counts', {
                    hits: row.hits,
                    misses: row.misses,
                    alarms: row.false_alarms,
                  });
            },
          },
          {
            title: t('forecasts.score'),
            align: 'right',
            render: (_, row) => figure(row, row.score),
          },
          {
            title: t('forecasts.reference'),
            align: 'right',
            render: (_, row) =>
              row.against === ''
                ? '–'
                : `${figure(row, row.reference)} (${t(`forecasts.against.${row.against}`)})`,
          },
          {
            title: t('forecasts.standing'),
            render: (_, row) => (
              <Tag color={COLOURS[row.standing]} data-testid={`forecast-${row.what}`}>
                {t(`forecasts.standing.${row.standing}`)}
              </Tag>
            ),
          },
          {
            title: t('forecasts.open'),
            align: 'right',
            render: (_, row) => `${row.open} / ${row.void}`,
          },
        ]}
      />
      {query.data && (
        <p className="muted small">
          {t('forecasts.fewest', {
            fewest: query.data.fewest,
            events: query.data.fewest_events,
          })}
        </p>
      )}
    </>
  );
}
