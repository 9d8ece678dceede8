import { useTranslation } from 'react-i18next';
import type { Alarm, Incident } from '../../api/types';
import { selection } from '../../lib/selection';

/** Place, person in charge, contact, picture: taken from the first alarm that has them; a gap is a defect that is shown. */
export function FourItems({ incident, alarms }: { incident: Incident; alarms: Alarm[] }) {
  const { t } = useTranslation();
  const of = (item: 'person' | 'contact' | 'picture') =>
    alarms.map((alarm) => alarm.place[item]).find((value) => value) ?? '';
  const contact = of('contact');
  const picture = of('picture');
  return (
    <dl className="four" aria-label={t('incident.items')} data-testid="four-items">
      <Item wide label={t('item.place')} value={incident.place} />
      <Item wide label={t('item.person')} value={of('person')} />
      <Item label={t('item.contact')} value={contact}>
        <a href={`tel:${contact}`}>{contact}</a>
      </Item>
      <Item label={t('item.picture')} value={picture}>
        <Picture reference={picture} />
      </Item>
    </dl>
  );
}

function Item({
  label,
  value,
  wide,
  children,
}: {
  label: string;
  value: string;
  wide?: boolean;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className={`${wide ? 'wide' : ''} ${value ? '' : 'missing'}`}>
      <dt>{label}</dt>
      <dd>{value ? (children ?? value) : `⚠ ${t('item.missing')}`}</dd>
    </div>
  );
}

/** A camera is a device of ours, or an address elsewhere. */
export function Picture({ reference }: { reference: string }) {
  if (/^https?:\/\//.test(reference)) {
    return (
      <a href={reference} target="_blank" rel="noreferrer">
        {reference}
      </a>
    );
  }
  return (
    <button type="button" className="link" onClick={() => selection.set({ device: reference })}>
      {reference}
    </button>
  );
}
