import { useQueryClient } from '@tanstack/react-query';
import { Alert, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { type DataSet, type Share, shareKeys } from '../../api/sharing';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { serverNow } from '../../lib/clock';
import { useText } from '../../lib/text';
import { formatLocal, parseLocal } from '../../lib/time';
import { useFieldName, withRegion } from './words';

const DAY_MS = 24 * 3_600_000;
/** Asked for when nothing else is said. */
const USUAL_DAYS = 90;
export const USUAL_QUOTA = 100_000;
/** The largest quota that the server takes. */
export const MOST_QUOTA = 10_000_000;

interface Fields {
  fields: string[];
  area: number;
  until: string;
  purpose: string;
  recipient: string;
  quota: number;
}

/** Asks for data of a set; with a request at hand, grants it in full or less of it. */
export function TermsForm({
  set,
  share,
  onClose,
}: {
  set: DataSet;
  share?: Share;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const fieldName = useFieldName();
  const client = useQueryClient();
  const { all } = useAreaNames();
  const { act, busy } = useAct();
  const [form] = Form.useForm<Fields>();
  const may = set.fields.filter((field) =>
    share ? share.fields.includes(field.key) : field.given !== 'never',
  );
  const submit = ({ until, quota, fields, area, purpose, recipient }: Fields) =>
    act(
      async () => {
        const terms = { fields, area, until: parseLocal(until) };
        if (share) await post(`/share/requests/${share.id}/approve`, { ...terms, quota });
        else await post('/share/requests', { ...terms, kind: set.kind, purpose, recipient });
        void client.invalidateQueries({ queryKey: shareKeys.all });
        onClose();
      },
      t(share ? 'share.approved' : 'share.sent'),
    );
  return (
    <Modal
      open
      title={`${t(share ? 'share.approve' : 'share.request')} · ${text(set.name)}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      {set.private && (
        <Alert type="info" showIcon className="page-hint" title={t('share.privateHint')} />
      )}
      <Form
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{
          fields: share?.fields ?? [],
          area: share?.area,
          until: formatLocal(share?.until ?? serverNow() + USUAL_DAYS * DAY_MS),
          quota: USUAL_QUOTA,
        }}
      >
        <Form.Item
          name="fields"
          label={t('share.fields')}
          extra={share ? undefined : t('share.fieldsHint')}
          rules={[{ required: true }]}
        >
          <Select
            mode="multiple"
            data-testid="share-fields"
            showSearch={{ optionFilterProp: 'label' }}
            options={may.map((field) => ({
              value: field.key,
              label:
                field.given === 'blurred'
                  ? `${fieldName(set, field.key)} · ${t('share.given.blurred')}`
                  : fieldName(set, field.key),
            }))}
          />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} rules={[{ required: true }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={withRegion(all)} />
        </Form.Item>
        <Form.Item name="until" label={t('share.until')} rules={[{ required: true }]}>
          <Input type="datetime-local" />
        </Form.Item>
        {share ? (
          <Form.Item name="quota" label={t('share.quota')} rules={[{ required: true }]}>
            <InputNumber min={1} max={MOST_QUOTA} precision={0} className="wide" />
          </Form.Item>
        ) : (
          <>
            <Form.Item
              name="recipient"
              label={t('share.recipient')}
              rules={[{ required: true, whitespace: true }]}
            >
              <Input maxLength={200} data-testid="share-recipient" />
            </Form.Item>
            <Form.Item
              name="purpose"
              label={t('share.purpose')}
              rules={[{ required: true, whitespace: true }]}
            >
              <Input.TextArea rows={2} maxLength={2000} data-testid="share-purpose" />
            </Form.Item>
          </>
        )}
      </Form>
    </Modal>
  );
}
