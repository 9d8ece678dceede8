import { Descriptions, Drawer, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { BaseKind, BaseObject } from '../../api/base';
import { type DutyChain, type DutyDefect, type DutyLink, useChain, usePlace } from '../../api/duty';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { PlaceWeather } from '../danger/PlaceWeather';
import { Problem } from '../Problem';

/** Who answers for an object. */
export function ObjectDuty({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const query = useChain(kind.key, object.key);
  return (
    <section data-testid="object-duty">
      <h3>{t('duty.title')}</h3>
      <Problem query={query} />
      {query.data && <Chain chain={query.data} />}
    </section>
  );
}

function Defects({ defects }: { defects: DutyDefect[] }) {
  const { t } = useTranslation();
  if (defects.length === 0) return null;
  return (
    <p className="row-buttons">
      {defects.map((defect) => (
        <Tag color="red" key={`${defect.link} ${defect.code}`}>
          {t(`duty.link.${defect.link}`)}: {t(`duty.defect.${defect.code}`)}
        </Tag>
      ))}
    </p>
  );
}

function Link({ link }: { link: DutyLink | null }) {
  const { t } = useTranslation();
  if (!link) return '–';
  return (
    <>
      <div>
        {link.name} · {[link.person, ...link.also].filter(Boolean).join(', ') || '–'}{' '}
        {link.phone && <a href={`tel:${link.phone}`}>{link.phone}</a>}
      </div>
      {link.until !== null && (
        <div className="muted small">{t('duty.until', { time: formatTime(link.until) })}</div>
      )}
    </>
  );
}

function Chain({ chain }: { chain: DutyChain }) {
  const { t } = useTranslation();
  const text = useText();
  const item = (key: string, label: string, children: React.ReactNode) => ({
    key,
    label,
    children,
  });
  return (
    <>
      <Defects defects={chain.defects} />
      <Descriptions
        column={1}
        size="small"
        bordered
        className="base-facts"
        items={[
          item('post', t('duty.link.post'), <Link link={chain.post} />),
          ...chain.deputies.map((deputy) =>
            item(deputy.post, t('duty.link.deputy'), <Link link={deputy} />),
          ),
          item(
            'enterprise',
            t('duty.link.enterprise'),
            [chain.enterprise, chain.contact, chain.phone].filter(Boolean).join(' · ') || '–',
          ),
          item(
            'sector',
            `${t('duty.link.sector')} ${text(chain.sector)}`,
            <Link link={chain.sector_post} />,
          ),
          item(
            'area',
            `${t('duty.link.area')} ${chain.area_name}`,
            <Link link={chain.area_post} />,
          ),
        ]}
      />
    </>
  );
}

/** Who is responsible at a place of the map. */
export function PlaceDuty({ at, onClose }: { at: { lon: number; lat: number }; onClose(): void }) {
  const { t } = useTranslation();
  const query = usePlace(at);
  const place = query.data;
  return (
    <Drawer open size={520} onClose={onClose} title={t('duty.place')}>
      <p className="muted">
        {at.lat.toFixed(5)}, {at.lon.toFixed(5)}
      </p>
      <Problem query={query} />
      {place && (
        <div data-testid="place-duty">
          <h3>
            {t('duty.link.area')} {place.area_name}
          </h3>
          <Defects defects={place.defects} />
          <Link link={place.area_post} />
          <PlaceWeather at={at} area={place.area} />
          {place.chains.length === 0 && <p className="muted">{t('duty.nothingNear')}</p>}
          {place.chains.map((chain, i) => (
            <section key={`${chain.kind} ${chain.key}`}>
              <h3>
                {chain.object} · {Math.round(place.near[i]?.metres ?? 0)} m
              </h3>
              <Chain chain={chain} />
            </section>
          ))}
        </div>
      )}
    </Drawer>
  );
}
