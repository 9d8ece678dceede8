import { Alert, Button } from 'antd';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Danger, DangerLevel, InsideReport } from '../../api/danger';
import { useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Problem } from '../Problem';
import { Facilities } from './Facilities';
import { ModelDrawer, useModelTitle } from './ModelDrawer';
import { Hours, Levels } from './People';

interface Props {
  /** None where no model belongs to the incident: then its zones are the levels. */
  danger: Danger | undefined;
  /** The levels that are shown: of the whole time, or of one moment. */
  levels: readonly DangerLevel[];
  inside: { data: InsideReport | undefined; error: unknown; refetch(): unknown };
  /** What chooses another area. */
  children: React.ReactNode;
}

/** How far it reaches, who is inside, what else is there. */
export function DangerTab({ danger, levels, inside, children }: Props) {
  const { t } = useTranslation();
  const report = inside.data;
  const severityOf = useCallback(
    (key: string) =>
      [...levels, ...(danger?.levels ?? [])].find((level) => level.level === key)?.severity ?? 0,
    [levels, danger],
  );
  return (
    <div className="danger-tab">
      {danger ? (
        <Made danger={danger}>{children}</Made>
      ) : (
        <p className="muted">{t('danger.noModel')}</p>
      )}
      <Levels levels={levels} inside={report} />
      <Problem query={inside} />
      {!report && !inside.error && levels.length > 0 && (
        <p className="muted" role="status">
          {t('danger.counting')}
        </p>
      )}
      {report && (
        <>
          <Hours inside={report} severityOf={severityOf} />
          <Facilities inside={report} />
        </>
      )}
    </div>
  );
}

/** Which model made the areas, when, and what to beware of. */
function Made({ danger, children }: { danger: Danger; children: React.ReactNode }) {
  const { t } = useTranslation();
  const text = useText();
  const title = useModelTitle();
  const [facts, setFacts] = useState(false);
  return (
    <>
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
        {children}
        <Button size="small" data-testid="model-facts" onClick={() => setFacts(true)}>
          {t('danger.model')}
        </Button>
      </div>
      <ModelDrawer danger={facts ? danger : null} onClose={() => setFacts(false)} />
    </>
  );
}
