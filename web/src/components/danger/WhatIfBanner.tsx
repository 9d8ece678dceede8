import { Button, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Danger } from '../../api/danger';
import { useErrorText } from '../../lib/actions';
import { Old } from './ResponseCompare';
import { SupposedWords } from './SupposedWords';
import type { Supposed } from './useWhatIf';

interface Props {
  danger: Danger | undefined;
  /** What stands on the screen, or, before there is an answer, what is asked. */
  supposed: Supposed;
  /** Which side is looked at; null where there is only one. */
  side: 'now' | 'if' | null;
  busy: boolean;
  error: unknown;
  onSide(side: 'now' | 'if'): void;
  onAgain(): void;
  onEnd(): void;
}

/** Over everything while something is supposed: what, whether it is being reckoned, why it could not be. */
export function WhatIfBanner(props: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { side, busy, error } = props;
  return (
    <div className="what-if-banner" role="status" data-testid="what-if-banner">
      <span>
        {t('whatIf.banner')} <SupposedWords danger={props.danger} supposed={props.supposed} />
        {busy && (
          <span className="badge not-now" data-testid="what-if-busy">
            {t('whatIf.busy')}
          </span>
        )}
        {error !== null && (
          <span className="bad" data-testid="what-if-error">
            {' '}
            ⚠ {errorText(error)}{' '}
            <Button size="small" onClick={props.onAgain}>
              {t('error.retry')}
            </Button>
          </span>
        )}
      </span>
      <span className="incident-actions">
        {side && (
          <Segmented<'now' | 'if'>
            size="small"
            value={side}
            onChange={props.onSide}
            aria-label={t('whatIf.side')}
            data-testid="what-if-side"
            options={[
              { value: 'now', label: t('whatIf.now') },
              { value: 'if', label: t('whatIf.other') },
            ]}
          />
        )}
        <Button size="small" onClick={props.onEnd}>
          {t('whatIf.end')}
        </Button>
      </span>
    </div>
  );
}

/** Tabs that show what is supposed while something is; the others are about what is so. */
const SUPPOSED_TABS = ['ways', 'comes', 'options'];

/** Says of the tab that is looked at whether it is so or only supposed, and whether what is supposed is old. */
export function Side({ tab, isIf, old }: { tab: string; isIf: boolean; old: boolean }) {
  const { t } = useTranslation();
  const supposed = isIf && SUPPOSED_TABS.includes(tab);
  return (
    <p
      className={supposed ? 'side-note what-if-banner' : 'side-note'}
      role="status"
      data-testid="what-if-note"
      data-supposed={supposed}
    >
      {t(supposed ? 'whatIf.sideIf' : 'whatIf.sideNow')} {old && <Old />}
    </p>
  );
}
