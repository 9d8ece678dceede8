import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Modal, Popconfirm, Select, Switch, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { patch, post, seg } from '../api/client';
import { keys } from '../api/keys';
import { useAccounts } from '../api/queries';
import { type Account, ROLES } from '../api/types';
import { useMe } from '../app/session';
import { Problem } from '../components/Problem';
import { useAct } from '../lib/actions';
import { useAreaNames } from '../lib/areas';
import { serverNow } from '../lib/clock';

/** A password is shown once, to whoever made it. */
interface Fresh {
  account: string;
  password: string;
}

export default function AccountsPage() {
  const { t } = useTranslation();
  const query = useAccounts();
  const { data, isPending } = query;
  const me = useMe();
  const client = useQueryClient();
  const { nameOf } = useAreaNames();
  const [editing, setEditing] = useState<Account | 'new' | null>(null);
  const [fresh, setFresh] = useState<Fresh | null>(null);
  const { act } = useAct();
  const refresh = () => client.invalidateQueries({ queryKey: keys.accounts });

  const reset = (account: string) =>
    act(async () => {
      const { password } = await post<{ password: string }>(`/accounts/${seg(account)}/password`);
      setFresh({ account, password });
    });
  return (
    <section className="page">
      <h2>{t('page.accounts')}</h2>
      <div className="filters">
        <Button type="primary" data-testid="account-new" onClick={() => setEditing('new')}>
          {t('accounts.new')}
        </Button>
      </div>
      {fresh && (
        <Alert
          type="warning"
          showIcon
          className="page-hint"
          closable={{ onClose: () => setFresh(null) }}
          title={t('accounts.password', { account: fresh.account })}
          description={<code data-testid="account-password">{fresh.password}</code>}
        />
      )}
      <Problem query={query} />
      <Table<Account>
        rowKey="account"
        size="small"
        loading={isPending}
        dataSource={data ?? []}
        pagination={{ pageSize: 50, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('login.account'), dataIndex: 'account' },
          { title: t('accounts.name'), dataIndex: 'name' },
          { title: t('accounts.role'), render: (_, a) => t(`role.${a.role}`) },
          { title: t('incident.area'), render: (_, a) => nameOf(a.area) },
          {
            title: t('devices.state'),
            render: (_, a) => (
              <span className="row-buttons">
                {a.disabled ? (
                  <Tag>{t('accounts.disabled')}</Tag>
                ) : (
                  <Tag color="green">{t('accounts.enabled')}</Tag>
                )}
                {a.must_change && <Tag color="gold">{t('accounts.mustChange')}</Tag>}
                {(a.locked_until ?? 0) > serverNow() && (
                  <Tag color="red">{t('accounts.locked')}</Tag>
                )}
              </span>
            ),
          },
          {
            title: '',
            render: (_, a) => (
              <span className="row-buttons">
                <Button size="small" onClick={() => setEditing(a)}>
                  {t('accounts.edit')}
                </Button>
                <Popconfirm
                  title={t('accounts.resetAsk')}
                  okText={t('ok')}
                  onConfirm={() => reset(a.account)}
                >
                  <Button size="small" disabled={a.account === me.account}>
                    {t('accounts.reset')}
                  </Button>
                </Popconfirm>
              </span>
            ),
          },
        ]}
      />
      {editing && (
        <AccountModal
          account={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onDone={(made) => {
            setEditing(null);
            if (made) setFresh(made);
            void refresh();
          }}
        />
      )}
    </section>
  );
}

interface ModalProps {
  account: Account | null;
  onClose(): void;
  onDone(fresh: Fresh | null): void;
}
function AccountModal({ account, onClose, onDone }: ModalProps) {
  const { t, i18n } = useTranslation();
  const [form] = Form.useForm();
  const me = useMe();
  const { all } = useAreaNames();
  const { act, busy } = useAct();
  const itself = account?.account === me.account;
  const submit = (fields: Account & { enabled: boolean }) =>
    act(async () => {
      const { name, role, area } = fields;
      if (account) {
        const body = itself ? { name } : { name, role, area, disabled: !fields.enabled };
        await patch(`/accounts/${seg(account.account)}`, body);
        onDone(null);
      } else {
        const body = { account: fields.account, name, role, area, language: fields.language };
        const { password } = await post<{ password: string }>('/accounts', body);
        onDone({ account: fields.account, password });
      }
    });
  const required = [{ required: true, message: t('call.required') }];
  return (
    <Modal
      open
      title={account ? `${t('accounts.edit')} · ${account.account}` : t('accounts.new')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={
          account
            ? { ...account, enabled: !account.disabled }
            : { role: 'duty', area: 0, language: i18n.language, enabled: true }
        }
        onFinish={submit}
      >
        {!account && (
          <Form.Item name="account" label={t('login.account')} rules={required}>
            <Input maxLength={64} autoComplete="off" />
          </Form.Item>
        )}
        <Form.Item name="name" label={t('accounts.name')} rules={required}>
          <Input maxLength={50} />
        </Form.Item>
        <Form.Item name="role" label={t('accounts.role')} rules={required}>
          <Select
            disabled={itself}
            options={ROLES.map((r) => ({ value: r, label: t(`role.${r}`) }))}
          />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} rules={required}>
          <Select disabled={itself} showSearch={{ optionFilterProp: 'label' }} options={all} />
        </Form.Item>
        {account ? (
          <Form.Item name="enabled" label={t('accounts.enabled')} valuePropName="checked">
            <Switch disabled={itself} />
          </Form.Item>
        ) : (
          <Form.Item name="language" label={t('accounts.language')}>
            <Select
              options={[
                { value: 'zh', label: t('accounts.chinese') },
                { value: 'en', label: 'English' },
              ]}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
