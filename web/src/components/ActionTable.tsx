import { Table, type TableProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNarrow } from '../lib/narrow';

interface Props<Row> extends TableProps<Row> {
  dataSource: readonly Row[];
  keyOf(row: Row): string | number;
  /** What can be done with a row: buttons; nothing where nothing can be done. */
  actions(row: Row): React.ReactNode;
}

/**
 * Rows with what can be done with each. A wide screen keeps the buttons at the right edge; on a phone they would cover the
 * row, so there they stand under it and stay where they are while the row is moved sideways; what a row opens to stands below
 * them.
 */
export function ActionTable<Row extends object>({
  actions,
  keyOf,
  columns = [],
  dataSource,
  expandable,
  ...rest
}: Props<Row>) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const opens = (row: Row) =>
    Boolean(expandable?.expandedRowRender) && (expandable?.rowExpandable?.(row) ?? true);
  return (
    <Table<Row>
      {...rest}
      className="action-table"
      rowKey={keyOf}
      dataSource={dataSource}
      size="small"
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={
        narrow
          ? columns
          : [
              ...columns,
              { title: t('stock.next'), fixed: 'right', render: (_, row) => actions(row) },
            ]
      }
      expandable={
        narrow
          ? {
              showExpandColumn: false,
              expandedRowKeys: dataSource.map(keyOf),
              expandedRowClassName: 'actions-row',
              expandedRowRender: (row, ...place) => (
                <>
                  {actions(row)}
                  {opens(row) && (
                    <details>
                      <summary>{t('table.more')}</summary>
                      {expandable?.expandedRowRender?.(row, ...place)}
                    </details>
                  )}
                </>
              ),
              rowExpandable: (row) => Boolean(actions(row)) || opens(row),
            }
          : expandable
      }
    />
  );
}
