import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { BedList } from '../components/forces/BedList';
import { ForceList } from '../components/forces/ForceList';
import { Orders } from '../components/forces/Orders';

/** Who could help, who is on the way, and how many beds are free. */
export default function ForcesPage() {
  const { t } = useTranslation();
  return (
    <section className="page">
      <h2>{t('page.forces')}</h2>
      <Tabs
        items={[
          { key: 'orders', label: t('force.orders'), children: <Orders /> },
          { key: 'forces', label: t('force.tab.forces'), children: <ForceList /> },
          { key: 'beds', label: t('force.tab.beds'), children: <BedList /> },
        ]}
      />
    </section>
  );
}
