import { Segmented, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ModelScore, useForecastScores } from '../../api/forecasts';
import { formatShare } from '../../lib/number';
import { Problem } from '../Problem';

const COLOURS = { 'too-few': 'default', 'no-reference': 'default', holds: 'green', worse: 'red' };

/** How good each model was: forecasts, score, that of persistence, and the mark. */
export function ForecastScores() {
  const { t } = useTranslation();
  const [drill, setDrill] = useState(false);
  const query = useForecastScores(drill);
  const figure = (score: ModelScore, value: number | null) => {
    if (value === null) return '–';
    if (score.form === 'outline') return formatShare(value);
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
          {
            title: t('forecasts.pairs'),
            align: 'right',
            render: (_, row) => (
              <>
                {row.pairs}
                {/* Score and reference are those of these pairs. */}
                {row.against !== '' && (
                  <div className="muted small">{t('forecasts.compared', { n: row.compared })}</div>
                )}
              </>
            ),
          },
          {
            title: t('forecasts.events'),
            render: (_, row) => {
              if (row.form === 'outline' && row.pairs > 0) {
                return t('forecasts.areas', {
                  missed: formatShare(row.missed),
                  vain: formatShare(row.in_vain),
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
