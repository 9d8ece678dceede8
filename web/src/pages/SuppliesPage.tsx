import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../api/client';
import { type StockBooks, stockKeys, takeOver } from '../api/stock';
import { useMay } from '../app/session';
import { Allocations } from '../components/supplies/Allocations';
import { Items } from '../components/supplies/Items';
import { Lots } from '../components/supplies/Lots';
import { StockInModal } from '../components/supplies/StockInModal';
import { useAct } from '../lib/actions';

/** What lies in the stores, who gets it, and where it is now. */
export default function SuppliesPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const mayRecord = useMay('records');
  const { act, busy } = useAct();
  const [adding, setAdding] = useState(false);
  const check = () =>
    act(async () => {
      const books = await get<StockBooks>('/stock/check');
      const good = books.flaws.length === 0;
      const said = t(good ? 'stock.booksGood' : 'stock.booksBad', {
        lots: books.lots,
        entries: books.entries,
        flaws: books.flaws.length,
      });
      if (good) message.success(said);
      else message.error(said);
    });
  const take = () =>
    act(async () => {
      const done = await takeOver();
      message.info(t('stock.taken', { taken: done.taken, skipped: done.skipped.length }));
      void client.invalidateQueries({ queryKey: stockKeys.all });
    });
  return (
    <section className="page">
      <div className="page-head">
        <h2>{t('page.supplies')}</h2>
        <span className="row-buttons">
          <Button disabled={busy} data-testid="stock-check" onClick={check}>
            {t('stock.check')}
          </Button>
          {mayRecord && (
            <>
              <Button disabled={busy} data-testid="stock-take-over" onClick={take}>
                {t('stock.takeOver')}
              </Button>
              <Button type="primary" data-testid="stock-in" onClick={() => setAdding(true)}>
                {t('stock.deed.in')}
              </Button>
            </>
          )}
        </span>
      </div>
      <Tabs
        items={[
          { key: 'allocations', label: t('stock.allocations'), children: <Allocations /> },
          { key: 'lots', label: t('stock.tab.lots'), children: <Lots /> },
          { key: 'items', label: t('stock.tab.items'), children: <Items /> },
        ]}
      />
      {adding && <StockInModal onClose={() => setAdding(false)} />}
    </section>
  );
}
