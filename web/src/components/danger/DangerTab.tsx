import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Danger, DangerLevel, InsideReport } from '../../api/danger';
import { useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Problem } from '../Problem';
import { Facilities } from './Facilities';
import { ModelDrawer, useModelTitle } from './ModelDrawer';
import { Hours, Levels } from './People';

interface Props {
  danger: Danger;
  /** The levels that are shown: of the whole time, or of one moment. */
  levels: readonly DangerLevel[];
  inside: { data: InsideReport | undefined; error: unknown; refetch(): unknown };
}

/** How far it reaches, who is inside, what else is there. */
export function DangerTab({ danger, levels, inside }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const title = useModelTitle();
  const [facts, setFacts] = useState(false);
  const report = inside.data;
  const severityOf = (key: string) =>
    danger.levels.find((level) => level.level === key)?.severity ?? 0;
  return (
    <div className="danger-tab">
      {danger.refused && (
        <Alert
          type="error"
          showIcon
          title={t('danger.refused')}
          description={danger.refused}
          data-testid="danger-refused"
        />
      )}
      {danger.warnings.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={danger.warnings.map((warning) => text(warning)).join(t('list.comma'))}
        />
      )}
      <div className="danger-model">
        <span>
          {title(danger.model)} · {t('danger.version', { n: danger.version })} ·{' '}
          <BriefMoment at={danger.made} />
        </span>
        <Button size="small" data-testid="model-facts" onClick={() => setFacts(true)}>
          {t('danger.model')}
        </Button>
      </div>
      <Levels levels={levels} inside={report} />
      <Problem query={inside} />
      {report && (
        <>
          <Hours inside={report} severityOf={severityOf} />
          <Facilities inside={report} />
        </>
      )}
      <ModelDrawer danger={facts ? danger : null} onClose={() => setFacts(false)} />
    </div>
  );
}
