import { expect, it, vi } from 'vitest';
import { get } from './client';
import { allOpenOrders } from './forces';

vi.mock('./client', () => ({ get: vi.fn() }));

it('counts the orders of all pages', async () => {
  const pages = [
    { items: [{ id: 1 }, { id: 2 }], next: '2' },
    { items: [{ id: 3 }], next: null },
  ];
  vi.mocked(get).mockImplementation(async () => pages.shift());
  const { orders, more } = await allOpenOrders();
  expect(orders.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(more).toBe(false);
  expect(vi.mocked(get).mock.calls.map(([, query]) => query?.after)).toEqual([undefined, '2']);
});

it('stops where nobody could have so many, and says so', async () => {
  const items = Array.from({ length: 500 }, (_, id) => ({ id }));
  vi.mocked(get).mockImplementation(async () => ({ items, next: 'more' }));
  const { orders, more } = await allOpenOrders();
  expect(orders.length).toBe(5000);
  expect(more).toBe(true);
});
