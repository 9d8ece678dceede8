import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useOpenIncidents } from '../../api/queries';
import { useIncidentName } from '../../lib/text';

interface Props {
  value?: number;
  onChange?(id: number | undefined): void;
  /** Whether none may be chosen: all of them. */
  clear?: boolean;
}

/** Chooses one of the open incidents. */
export function IncidentChoice({ value, onChange, clear = false }: Props) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const incidents = useOpenIncidents().data ?? [];
  return (
    <Select
      allowClear={clear}
      value={value}
      onChange={onChange}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t('support.incident')}
      aria-label={t('support.incident')}
      popupMatchSelectWidth={false}
      className="incident-choice"
      data-testid="incident-choice"
      options={incidents.map((one) => ({
        value: one.id,
        label: `${one.id} ${nameOf(one)} ${one.place}`,
      }))}
    />
  );
}
