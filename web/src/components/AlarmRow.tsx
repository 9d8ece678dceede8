import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../api/types';
import { PRIORITY_COLOUR } from '../lib/colours';
import { formatQuantity } from '../lib/number';
import { selection } from '../lib/selection';
import { useText } from '../lib/text';
import { formatClock } from '../lib/time';
import { Age } from './Age';
import { DrillTag, MissingTags, PriorityTag } from './Tags';

interface Props {
  alarm: Alarm;
  selected: boolean;
  onSelect(): void;
  actions?: ReactNode;
}

/** One alarm: what, how much, where, since when, and what is missing about it. */
export function AlarmRow({ alarm, selected, onSelect, actions }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const waiting = alarm.state === 'unacknowledged';
  return (
    <li
      className={`alarm ${alarm.priority} ${waiting ? 'waiting' : ''} ${selected ? 'selected' : ''}`}
      style={{ borderLeftColor: PRIORITY_COLOUR[alarm.priority] }}
      data-testid="alarm-row"
      data-alarm={alarm.id}
      data-state={alarm.state}
    >
      <button type="button" className="alarm-main" aria-pressed={selected} onClick={onSelect}>
        <span className="alarm-line">
          <PriorityTag priority={alarm.priority} />
          <strong>{text(alarm.rule_name)}</strong>
          <span className="alarm-value">{formatQuantity(alarm.value, alarm.unit)}</span>
        </span>
        <span className="alarm-place">{alarm.place.place || alarm.device}</span>
        <span className="alarm-line">
          <span className="alarm-state">{t(`alarmState.${alarm.state}`)}</span>
          <Age at={alarm.raised} />
          {alarm.until !== null && alarm.state === 'shelved' && (
            <span>{t('alarms.until', { time: formatClock(alarm.until) })}</span>
          )}
          {alarm.escalated > 0 && (
            <Tag color="volcano">{t('alarms.escalated', { n: alarm.escalated })}</Tag>
          )}
          {alarm.chattering && <Tag color="gold">{t('alarms.chattering')}</Tag>}
          {alarm.drill && <DrillTag />}
          <MissingTags missing={alarm.missing} />
        </span>
      </button>
      {selected && text(alarm.advice) && <p className="alarm-advice">{text(alarm.advice)}</p>}
      <span className="alarm-actions">
        <button
          type="button"
          className="link"
          onClick={() => selection.set({ device: alarm.device })}
        >
          {t('alarms.device')}
        </button>
        {actions}
      </span>
    </li>
  );
}
