import { Form, InputNumber, Modal, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DispatchAsk } from '../../api/dispatch';
import { useOpenIncidents } from '../../api/queries';
import { useIncidentName } from '../../lib/text';

/** A change has to win so many minutes when nobody says how many. */
const WORTH_MIN = 5;
/** Longest that the server takes: a day. */
const MOST_WORTH_MIN = 1440;

interface Values {
  incidents?: number[];
  how?: 'few' | 'worth';
  worth_min?: number | null;
}

interface Props {
  kind: 'propose' | 'replan';
  busy: boolean;
  onCancel(): void;
  onAsk(ask: DispatchAsk): void;
}

/** About which incidents, and how much may change. */
export function AskModal({ kind, busy, onCancel, onAsk }: Props) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const [form] = Form.useForm<Values>();
  const how = Form.useWatch('how', form);
  const incidents = useOpenIncidents().data ?? [];
  const ask = ({ incidents: named, how: by, worth_min }: Values) =>
    onAsk({
      incidents: named && named.length > 0 ? named : null,
      worth_min: by === 'worth' ? (worth_min ?? WORTH_MIN) : null,
    });
  return (
    <Modal
      open
      title={t(`dispatch.${kind}`)}
      okText={t('ok')}
      cancelText={t('cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy }}
      onCancel={onCancel}
      modalRender={(dom) => (
        <Form
          form={form}
          layout="vertical"
          initialValues={{ how: 'few', worth_min: WORTH_MIN }}
          onFinish={ask}
        >
          {dom}
        </Form>
      )}
    >
      <p className="muted">{t(`dispatch.${kind}Hint`)}</p>
      <Form.Item name="incidents" label={t('dispatch.which')}>
        <Select
          mode="multiple"
          allowClear
          placeholder={t(kind === 'propose' ? 'dispatch.allOpen' : 'dispatch.asBefore')}
          optionFilterProp="label"
          options={incidents.map((one) => ({
            value: one.id,
            label: `${one.id} ${nameOf(one)} ${one.place}`,
          }))}
        />
      </Form.Item>
      {kind === 'replan' && (
        <>
          <Form.Item name="how" label={t('dispatch.how')}>
            <Radio.Group
              className="dispatch-how"
              options={[
                { value: 'few', label: t('dispatch.few') },
                { value: 'worth', label: t('dispatch.worth') },
              ]}
            />
          </Form.Item>
          {how === 'worth' && (
            <Form.Item name="worth_min" label={t('dispatch.worthMin')}>
              <InputNumber min={0} max={MOST_WORTH_MIN} precision={0} />
            </Form.Item>
          )}
        </>
      )}
    </Modal>
  );
}
