import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../i18n';
import { ActionTable } from './ActionTable';

const wide = { is: true };
vi.mock('../lib/narrow', () => ({ useNarrow: () => !wide.is }));

beforeEach(() => {
  wide.is = true;
});
afterEach(cleanup);

const shown = () =>
  render(
    <ActionTable<{ id: number }>
      dataSource={[{ id: 1 }]}
      keyOf={({ id }) => id}
      columns={[{ title: 'n', dataIndex: 'id' }]}
      actions={() => <button type="button">act</button>}
      expandable={{ expandedRowRender: ({ id }) => `history of ${id}` }}
    />,
  );

describe('a table with actions', () => {
  it('opens its rows on a wide screen', () => {
    shown();
    expect(screen.getByText('act')).toBeTruthy();
    const opener = document.querySelector('.ant-table-row-expand-icon');
    expect(opener).not.toBeNull();
    if (opener) fireEvent.click(opener);
    expect(screen.getByText('history of 1')).toBeTruthy();
  });

  it('has both under the row on a phone', () => {
    wide.is = false;
    shown();
    expect(screen.getByText('act')).toBeTruthy();
    expect(screen.getByText('history of 1').closest('details')).not.toBeNull();
  });
});
