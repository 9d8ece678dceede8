import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import { put } from '../../api/client';
import { type ConnectorView, connectorKeys, connectorPath } from '../../api/connectors';
import { useMe } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { useText } from '../../lib/text';

const TYPES = ['http-json', 'http-csv', 'postgres'];
const DATUMS = ['wgs84', 'gcj02', 'bd09'];
/** Instead of a kind: the rows are reports of weather stations. */
const WEATHER = 'weather';
/** What such a row can hold. */
const WEATHER_FIELDS = [
  'observed_at',
  'observed_at_utc',
  'time_zone',
  'wind_m_s',
  'wind_km_h',
  'wind_beaufort',
  'wind_from',
  'temperature_c',
  'humidity_pct',
  'cloud_tenths',
  'cloud_oktas',
  'cloud_pct',
  'rain_mm',
];
const COMMON = ['key', 'name', 'area', 'address', 'post', 'lon', 'lat', 'synthetic'];

type Fields = Omit<ConnectorView, 'mapping' | 'from'> & {
  from: Record<string, string | number | undefined>;
  columns?: { column: string; field?: string | null }[];
};

/** Sets a connector up, or anew. Secrets are only named here: the server's configuration holds them. */
export function ConnectorForm({
  connector,
  onClose,
}: {
  connector?: ConnectorView;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const [form] = Form.useForm<Fields>();
  const client = useQueryClient();
  const kinds = useKinds().data ?? [];
  const { all } = useAreaNames();
  const { area: own } = useMe();
  const { act, busy } = useAct();
  const type = Form.useWatch(['from', 'type'], form) ?? connector?.from.type ?? 'http-json';
  const chosen = Form.useWatch('kind', form);
  const kind = kinds.find((k) => k.key === chosen);
  const common = chosen === WEATHER ? ['key', 'area', 'lon', 'lat'] : COMMON;
  const weather = chosen === WEATHER ? WEATHER_FIELDS : [];
  const fields = [
    ...common.map((value) => ({ value, label: t(`base.column.${value}`) })),
    ...weather.map((value) => ({ value, label: t(`connectors.weather.${value}`) })),
    ...(kind?.fields ?? []).map((field) => ({ value: field.key, label: text(field.name) })),
  ];

  const submit = ({ key, columns, from, ...rest }: Fields) =>
    act(async () => {
      const mapping = Object.fromEntries(
        (columns ?? []).map(({ column, field }) => [column, field ?? null]),
      );
      const source = from.type === 'http-json' ? { ...from, list: from.list ?? '' } : from;
      await put(connectorPath(key), { ...rest, secret: rest.secret ?? '', mapping, from: source });
      await client.invalidateQueries({ queryKey: connectorKeys.all });
      onClose();
    });

  const needed = [{ required: true }];
  return (
    <Modal
      open
      width={720}
      title={t(connector ? 'connectors.change' : 'connectors.create')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        className="base-form"
        onFinish={submit}
        initialValues={{
          minutes: 60,
          enabled: true,
          datum: 'wgs84',
          area: own,
          ...connector,
          from: connector?.from ?? { type: 'http-json', port: 5432 },
          columns: Object.entries(connector?.mapping ?? {}).map(([column, field]) => ({
            column,
            field,
          })),
        }}
      >
        <Form.Item
          name="key"
          label={t('base.key')}
          rules={[{ required: true, pattern: /^[A-Za-z0-9._-]{1,60}$/ }]}
        >
          <Input disabled={connector !== undefined} maxLength={60} />
        </Form.Item>
        <Form.Item name="name" label={t('base.name')} rules={needed}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="kind" label={t('base.kind')} rules={needed}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={[
              { value: WEATHER, label: t('connectors.weather') },
              ...kinds.map((k) => ({ value: k.key, label: text(k.name) })),
            ]}
          />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} rules={needed}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={all} />
        </Form.Item>
        <Form.Item name="minutes" label={t('connectors.minutes')} rules={needed}>
          <InputNumber min={5} max={43200} precision={0} />
        </Form.Item>
        <Form.Item name="datum" label={t('base.datum')}>
          <Select options={DATUMS.map((value) => ({ value, label: t(`base.datum.${value}`) }))} />
        </Form.Item>
        <Form.Item name={['from', 'type']} label={t('connectors.type')} rules={needed}>
          <Select
            options={TYPES.map((value) => ({ value, label: t(`connectors.type.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="secret" label={t('connectors.secret')} extra={t('connectors.secretHint')}>
          <Input maxLength={200} />
        </Form.Item>
        {type === 'postgres' ? (
          <>
            <Form.Item name={['from', 'host']} label={t('connectors.host')} rules={needed}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name={['from', 'port']} label={t('connectors.port')} rules={needed}>
              <InputNumber min={1} max={65535} precision={0} />
            </Form.Item>
            <Form.Item name={['from', 'database']} label={t('connectors.database')} rules={needed}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name={['from', 'user']} label={t('connectors.user')} rules={needed}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item
              name={['from', 'query']}
              label={t('connectors.query')}
              rules={needed}
              className="whole-row"
            >
              <Input.TextArea rows={3} maxLength={3000} />
            </Form.Item>
          </>
        ) : (
          <Form.Item
            name={['from', 'url']}
            label={t('connectors.url')}
            rules={needed}
            className="whole-row"
          >
            <Input maxLength={2000} placeholder="https://" />
          </Form.Item>
        )}
        {type === 'http-json' && (
          <Form.Item
            name={['from', 'list']}
            label={t('connectors.list')}
            extra={t('connectors.listHint')}
          >
            <Input maxLength={200} placeholder="/data/rows" />
          </Form.Item>
        )}
        <Form.Item name="enabled" label={t('connectors.enabled')} valuePropName="checked">
          <Switch />
        </Form.Item>
        <div className="whole-row">
          <p className="muted">
            {t('connectors.mappingHint')}
            {chosen === WEATHER && ` ${t('connectors.weatherHint')}`}
          </p>
          <Form.List name="columns">
            {(columns, { add, remove }) => (
              <>
                {columns.map(({ key, name }) => (
                  <div key={key} className="connector-column">
                    <Form.Item name={[name, 'column']} rules={needed} noStyle>
                      <Input maxLength={200} aria-label={t('connectors.column')} />
                    </Form.Item>
                    <Form.Item name={[name, 'field']} noStyle>
                      <Select
                        allowClear
                        aria-label={t('connectors.field')}
                        placeholder={t('base.passedOver')}
                        showSearch={{ optionFilterProp: 'label' }}
                        options={fields}
                      />
                    </Form.Item>
                    <Button onClick={() => remove(name)}>{t('base.remove')}</Button>
                  </div>
                ))}
                <Button onClick={() => add({ column: '' })}>{t('connectors.addColumn')}</Button>
              </>
            )}
          </Form.List>
        </div>
      </Form>
    </Modal>
  );
}
