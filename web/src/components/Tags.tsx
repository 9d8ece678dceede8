import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DeviceState, PlaceItem, Priority } from '../api/types';
import { GRADE_COLOUR, PRIORITY_COLOUR, PRIORITY_SIGN, STATE_COLOUR } from '../lib/colours';
import { STATE_SIGN } from '../map/icons';

export function PriorityTag({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  const colour = PRIORITY_COLOUR[priority];
  // What is critical is found before it is read: white on red, as nothing else is.
  const letters = priority === 'critical' ? '#ffffff' : colour;
  return (
    <span className={`badge ${priority}`} style={{ color: letters, borderColor: colour }}>
      <span aria-hidden="true">{PRIORITY_SIGN[priority]}</span> {t(`priority.${priority}`)}
    </span>
  );
}

export function StateTag({ state }: { state: DeviceState }) {
  const { t } = useTranslation();
  const colour = STATE_COLOUR[state];
  return (
    <span className="badge" style={{ color: colour, borderColor: colour }}>
      <span aria-hidden="true">{STATE_SIGN[state]}</span> {t(`state.${state}`)}
    </span>
  );
}

export function GradeTag({ grade }: { grade: number | null }) {
  const { t } = useTranslation();
  const colour = (grade && GRADE_COLOUR[grade]) || '#b3c4e0';
  return (
    <span className="badge" style={{ color: colour, borderColor: colour }}>
      {t(grade ? `incident.grade.${grade}` : 'incident.grade.none')}
    </span>
  );
}

/** A missing item of the four is a defect of the base data, and shown as one. */
export function MissingTags({ missing }: { missing: PlaceItem[] }) {
  const { t } = useTranslation();
  return missing.map((item) => (
    <Tag key={item} className="defect">
      ⚠ {t(`missing.${item}`)}
    </Tag>
  ));
}

export function DrillTag() {
  const { t } = useTranslation();
  return <Tag className="drill">{t('alarms.drill')}</Tag>;
}
