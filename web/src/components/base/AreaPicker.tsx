import { TreeSelect } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type BaseArea, useBaseAreas } from '../../api/base';
import { areaTree } from '../../lib/areas';

interface Props {
  value?: number;
  onChange?(area: number | undefined): void;
  id?: string;
}

/** Chooses an area, from the region down to the township; found by its name or its code. */
export function AreaPicker({ value, onChange, id }: Props) {
  const { t, i18n } = useTranslation();
  const areas = useBaseAreas().data;
  const english = i18n.language === 'en';
  const tree = useMemo(() => {
    const nameOf = (area: BaseArea) => (english && area.name_en) || area.name;
    return areaTree(areas ?? [], nameOf);
  }, [areas, english]);
  return (
    <TreeSelect<number>
      id={id}
      allowClear
      showSearch={{ filterTreeNode: (words, node) => String(node.search).includes(words) }}
      className="area-picker"
      placeholder={t('incident.area')}
      aria-label={t('incident.area')}
      data-testid="area-picker"
      value={value}
      onChange={onChange}
      treeData={tree}
      popupMatchSelectWidth={280}
    />
  );
}
