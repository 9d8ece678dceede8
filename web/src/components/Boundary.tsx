import { Button } from 'antd';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  children: ReactNode;
}

/** Catches what goes wrong while a page is drawn: the frame around it stays, with its alarms and its ways to other pages. */
export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <div className="broken" role="alert" data-testid="broken">
      <h2>{t('broken.title')}</h2>
      <p>{t('broken.hint')}</p>
      <Button type="primary" onClick={() => location.reload()}>
        {t('broken.reload')}
      </Button>
    </div>
  );
}
