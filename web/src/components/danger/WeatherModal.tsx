import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, InputNumber, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { type Air, dangerKeys } from '../../api/danger';
import type { Position } from '../../api/types';
import { useAct } from '../../lib/actions';
import { WindDial } from './WindDial';

/** Longest that a weather written down by hand holds, minutes. */
const LONGEST_MIN = 360;
const USUAL_MIN = 60;

interface Said {
  wind_m_s: number;
  wind_from_deg: number;
  temperature_c?: number | null;
  cloud_tenths?: number | null;
  minutes: number;
}

interface Props {
  at: Position;
  area: number;
  /** What is known of the air there. */
  air: Air | undefined;
  onClose(): void;
}

/** How the air is at a place, as somebody sees it there: it comes before stations and feeds. */
export function WeatherModal({ at, area, air, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Said>();
  const { act, busy } = useAct();
  // The same place has the same name: what is said anew takes the place of what was said.
  const key = `${at.lon.toFixed(4)} ${at.lat.toFixed(4)}`;
  // What holds here may have been written down for a place nearby: its own name takes it back.
  const byHand = air?.source === 'hand' ? air.by_hand : undefined;
  const write = async (said: Partial<Said> & { key: string; minutes: number }, words: string) => {
    if (!(await act(() => post('/weather', { position: at, area, ...said }), words))) return;
    void client.invalidateQueries({ queryKey: dangerKeys.weather });
    void client.invalidateQueries({ queryKey: ['danger'] });
    void client.invalidateQueries({ queryKey: ['response'] });
    onClose();
  };
  const needed = [{ required: true, message: t('base.required') }];
  return (
    <Modal
      open
      title={t('weather.title')}
      onCancel={onClose}
      footer={[
        byHand && (
          <Button
            key="back"
            danger
            disabled={busy}
            data-testid="weather-take"
            onClick={() => write({ key: byHand, minutes: 0 }, t('weather.back'))}
          >
            {t('weather.take')}
          </Button>
        ),
        <Button key="cancel" onClick={onClose}>
          {t('cancel')}
        </Button>,
        <Button
          key="ok"
          type="primary"
          loading={busy}
          data-testid="weather-set"
          onClick={form.submit}
        >
          {t('ok')}
        </Button>,
      ]}
    >
      <p className="muted">
        {t('weather.hint')}
        {!byHand && ` ${t('weather.noneByHand')}`}
      </p>
      <Form
        form={form}
        layout="vertical"
        className="weather-form"
        initialValues={{
          wind_m_s: air?.wind_m_s ?? undefined,
          wind_from_deg: air?.wind_from_deg ?? undefined,
          minutes: USUAL_MIN,
        }}
        onFinish={(said) => write({ key, ...said }, t('weather.set'))}
      >
        <Form.Item name="wind_from_deg" noStyle>
          <WindDial />
        </Form.Item>
        <div>
          <Form.Item name="wind_from_deg" label={t('danger.windFrom')} rules={needed}>
            <InputNumber min={0} max={360} suffix="°" data-testid="weather-from" />
          </Form.Item>
          <Form.Item name="wind_m_s" label={t('danger.windSpeed')} rules={needed}>
            <InputNumber min={0} max={60} step={0.5} suffix="m/s" data-testid="weather-speed" />
          </Form.Item>
          <Form.Item name="temperature_c" label={t('weather.temperature')}>
            <InputNumber min={-60} max={60} suffix="°C" />
          </Form.Item>
          <Form.Item name="cloud_tenths" label={t('weather.cloud')}>
            <InputNumber min={0} max={10} precision={0} suffix="/10" />
          </Form.Item>
          <Form.Item name="minutes" label={t('weather.minutes')} rules={needed}>
            <InputNumber min={1} max={LONGEST_MIN} precision={0} suffix={t('span.unit')} />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
