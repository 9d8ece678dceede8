import { Drawer, Spin } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDevice } from '../../api/queries';
import type { DeviceDetail } from '../../api/types';
import { useErrorText } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { selection, useSelection } from '../../lib/selection';
import { useText } from '../../lib/text';
import { Age, Moment } from '../Age';
import { AlarmRow } from '../AlarmRow';
import { Picture } from '../incident/FourItems';
import { DrillTag, StateTag } from '../Tags';
import { DeviceAdmin } from './DeviceAdmin';
import { DeviceCommands } from './DeviceCommands';
import { Maintenance } from './Maintenance';
import { PointTable } from './PointTable';

const PointChart = lazy(() => import('./PointChart'));

/** One device: what it measures now and measured before, what it can be told, and who answers for it. */
export function DeviceDrawer() {
  const { t } = useTranslation();
  const key = useSelection((s) => s.device);
  const errorText = useErrorText();
  const { data, error } = useDevice(key);
  return (
    <Drawer
      open={key !== null}
      size={480}
      mask={false}
      rootClassName="device-drawer"
      title={data?.name || key}
      closable={{ 'aria-label': t('close') }}
      onClose={() => selection.set({ device: null })}
    >
      {error && <p className="empty">{errorText(error)}</p>}
      {!data && !error && <Spin className="page-spin" />}
      {data && <Device key={data.key} device={data} />}
    </Drawer>
  );
}

function Device({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const [point, setPoint] = useState(device.points[0]?.name ?? '');
  const chosen = device.points.find((p) => p.name === point);
  return (
    <div className="device" data-testid="device">
      <Facts device={device} />
      <h3>{t('device.points')}</h3>
      <PointTable points={device.points} chosen={point} onChoose={setPoint} />
      {chosen && (
        <Suspense fallback={<Spin />}>
          <PointChart device={device.key} point={chosen} />
        </Suspense>
      )}
      {device.alarms.length > 0 && (
        <>
          <h3>{t('incident.alarms')}</h3>
          <ul className="alarm-list plain">
            {device.alarms.map((alarm) => (
              <AlarmRow
                key={alarm.id}
                alarm={alarm}
                selected={false}
                onSelect={() => selection.set({ alarm: alarm.id, incident: alarm.incident })}
              />
            ))}
          </ul>
        </>
      )}
      <DeviceCommands device={device} />
      <Maintenance device={device} />
      <DeviceAdmin device={device} />
    </div>
  );
}

function Facts({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const { post } = device;
  return (
    <>
      <div className="alarm-line">
        <StateTag state={device.state} />
        <span>{text(device.profile_name)}</span>
        {device.drill && <DrillTag />}
        <span className="muted">
          {t('device.last')} <Age at={device.last_at} />
        </span>
      </div>
      <dl className="device-facts">
        <Fact label={t('device.key')}>{device.key}</Fact>
        <Fact label={t('incident.area')}>{nameOf(device.area)}</Fact>
        <Fact label={t('item.place')}>
          {[
            device.facility_name || device.facility,
            device.room,
            device.floor ? t('device.floor', { n: device.floor }) : '',
          ]
            .filter(Boolean)
            .join(' · ') || null}
        </Fact>
        <Fact label={t('item.person')}>
          {post?.person ? `${post.person} · ${post.name}` : null}
        </Fact>
        <Fact label={t('item.contact')}>
          {post?.phone ? <a href={`tel:${post.phone}`}>{post.phone}</a> : null}
        </Fact>
        <Fact label={t('device.camera')}>
          {device.camera ? <Picture reference={device.camera} /> : null}
        </Fact>
        {device.maintenance_until !== null && (
          <Fact label={t('state.maintenance')}>
            <Moment at={device.maintenance_until} />
          </Fact>
        )}
        {Object.entries(device.attributes).map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
      </dl>
    </>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={children === null ? 'missing' : ''}>
      <dt>{label}</dt>
      <dd>{children ?? `⚠ ${t('item.missing')}`}</dd>
    </div>
  );
}
