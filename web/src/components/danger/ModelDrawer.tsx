import { Alert, Descriptions, Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Danger, type Figure, useModels } from '../../api/danger';
import { formatQuantity } from '../../lib/number';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { Scroller } from '../Scroller';

/** What a model was told, as words. */
export function figureWords(value: Figure, unit: string): string {
  if (typeof value === 'number') return formatQuantity(value, unit);
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

/** The title of a model in the language of the screen. */
export function useModelTitle() {
  const { i18n } = useTranslation();
  const models = useModels().data;
  return (key: string) => {
    const [zh, en] = models?.find((model) => model.key === key)?.title ?? [key, key];
    return i18n.language === 'en' ? en : zh;
  };
}

/** Everything about how an area was made: model, inputs, warnings, where it holds, sources. */
export function ModelDrawer({ danger, onClose }: { danger: Danger | null; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const title = useModelTitle();
  const models = useModels().data;
  const fields = models?.find((model) => model.key === danger?.model)?.fields ?? [];
  return (
    <Drawer
      open={danger !== null}
      size={560}
      title={t('danger.model')}
      onClose={onClose}
      rootClassName="drawer-own-scroll"
      data-testid="model-drawer"
    >
      {danger && (
        <Scroller className="drawer-scroll" label={t('danger.model')}>
          <h3>
            {title(danger.model)} <span className="key">{danger.model}</span>
          </h3>
          <p className="muted">
            {t('danger.version', { n: danger.version })} · {formatTime(danger.made)} ·{' '}
            {danger.policy}
            {danger.holder && ` · ${danger.holder}`}
          </p>
          {danger.refused && (
            <Alert
              type="error"
              showIcon
              className="page-hint"
              title={t('danger.refused')}
              description={danger.refused}
            />
          )}
          {danger.warnings.map((warning) => (
            <Alert
              key={warning.en}
              type="warning"
              showIcon
              className="page-hint"
              title={text(warning)}
            />
          ))}
          <Descriptions
            bordered
            size="small"
            column={1}
            className="base-facts"
            items={Object.entries(danger.inputs).map(([name, value]) => {
              const field = fields.find((one) => one.name === name);
              return {
                key: name,
                label: (
                  <>
                    {name}
                    {field && <span className="key"> {field.about}</span>}
                  </>
                ),
                children: figureWords(value, field?.unit ?? ''),
              };
            })}
          />
          <h3>{t('danger.validity')}</h3>
          <p>{danger.validity || '–'}</p>
          <h3>{t('danger.sources')}</h3>
          <ul className="bullets">
            {danger.sources.map((source) => (
              <li key={source}>{source}</li>
            ))}
          </ul>
        </Scroller>
      )}
    </Drawer>
  );
}
