import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { setLanguage } from '../i18n';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const other = i18n.language === 'en' ? 'zh' : 'en';
  return (
    <Button
      type="text"
      size="small"
      lang={other === 'en' ? 'en' : 'zh-CN'}
      title={t('language.label')}
      data-testid="language"
      onClick={() => setLanguage(other)}
    >
      {t('language.switch')}
    </Button>
  );
}
