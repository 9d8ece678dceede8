import { Checkbox, Drawer, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BaseKind, DOMAINS, type Domain, useKinds } from '../api/base';
import { DOMAIN_COLOUR } from '../lib/colours';
import { shownKinds, useShownKinds } from '../lib/layers';
import { useText } from '../lib/text';

/** Which objects of the base database the map shows: whole domains in the legend, single kinds beside it. */
export function ObjectLayers() {
  const { t } = useTranslation();
  const [choosing, setChoosing] = useState(false);
  const kinds = (useKinds().data ?? []).filter((kind) => kind.count > 0);
  const shown = useShownKinds();
  if (kinds.length === 0) return null;
  const ofDomain = (domain: Domain) => kinds.filter((kind) => kind.domain === domain);
  return (
    <div className="legend-objects">
      <fieldset className="legend-states" aria-label={t('map.objects')}>
        {DOMAINS.filter((domain) => ofDomain(domain).length > 0).map((domain) => {
          const own = ofDomain(domain);
          const on = own.some((kind) => shown.has(kind.key));
          return (
            <button
              key={domain}
              type="button"
              aria-pressed={on}
              className={on ? 'legend-item' : 'legend-item off'}
              data-testid={`layer-${domain}`}
              onClick={() =>
                shownKinds.show(
                  own.map((kind) => kind.key),
                  !on,
                )
              }
            >
              <span aria-hidden="true" style={{ color: DOMAIN_COLOUR[domain] }}>
                {on ? '●' : '○'}
              </span>
              <span>{t(`base.domain.${domain}`)}</span>
              <b>{own.reduce((sum, kind) => sum + kind.count, 0)}</b>
            </button>
          );
        })}
      </fieldset>
      <button
        type="button"
        className="link"
        data-testid="layers-choose"
        onClick={() => setChoosing(true)}
      >
        {t('map.objectsChoose')}
      </button>
      {choosing && <Chooser kinds={kinds} onClose={() => setChoosing(false)} />}
    </div>
  );
}

function Chooser({ kinds, onClose }: { kinds: BaseKind[]; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const shown = useShownKinds();
  const [q, setQ] = useState('');
  const words = q.trim().toLowerCase();
  const found = kinds.filter((kind) => text(kind.name).toLowerCase().includes(words));
  return (
    <Drawer open size={340} placement="left" title={t('map.objects')} onClose={onClose}>
      <Input
        allowClear
        value={q}
        placeholder={t('map.objectsFilter')}
        aria-label={t('map.objectsFilter')}
        onChange={(event) => setQ(event.target.value)}
      />
      {DOMAINS.map((domain) => {
        const own = found.filter((kind) => kind.domain === domain);
        if (own.length === 0) return null;
        const on = own.filter((kind) => shown.has(kind.key)).length;
        return (
          <fieldset key={domain} className="layer-kinds" aria-label={t(`base.domain.${domain}`)}>
            <Checkbox
              checked={on === own.length}
              indeterminate={on > 0 && on < own.length}
              onChange={({ target }) =>
                shownKinds.show(
                  own.map((k) => k.key),
                  target.checked,
                )
              }
            >
              <b style={{ color: DOMAIN_COLOUR[domain] }}>{t(`base.domain.${domain}`)}</b>
            </Checkbox>
            {own.map((kind) => (
              <Checkbox
                key={kind.key}
                checked={shown.has(kind.key)}
                data-testid={`layer-kind-${kind.key}`}
                onChange={({ target }) => shownKinds.show([kind.key], target.checked)}
              >
                {text(kind.name)} <span className="muted">{kind.count}</span>
              </Checkbox>
            ))}
          </fieldset>
        );
      })}
    </Drawer>
  );
}
