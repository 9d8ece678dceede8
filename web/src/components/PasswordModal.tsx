import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { PasswordForm } from './PasswordForm';

export function PasswordModal({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={open}
      title={t('password.change')}
      footer={null}
      destroyOnHidden
      onCancel={onClose}
    >
      <PasswordForm onDone={onClose} />
    </Modal>
  );
}
