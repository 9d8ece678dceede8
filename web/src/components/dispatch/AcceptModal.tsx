import { Alert, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accept, DISPATCH_REFUSALS, type Dispatch, type DispatchDone } from '../../api/dispatch';
import { useAct } from '../../lib/actions';
import { useIncidentName, useSpan, useText } from '../../lib/text';
import { amount } from '../supplies/words';
import { Sign } from './NeedRows';
import { nameOfLine, scenesOf } from './view';

interface Props {
  /** As it was when the lines were ticked: what is accepted is what was seen. */
  dispatch: Dispatch;
  lines: readonly number[];
  onDone(done: DispatchDone[]): void;
  onClose(): void;
}

/** Second step: what becomes an order, read once more; then what came of each. */
export function AcceptModal({ dispatch, lines, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const [done, setDone] = useState<DispatchDone[] | null>(null);
  const { act, busy } = useAct();
  const go = () =>
    act(async () => {
      const came = await accept(dispatch.id, [...lines]);
      setDone(came);
      onDone(came);
    });
  const refused = done?.filter((one) => !one.done) ?? [];
  const close = (
    <Button key="close" type="primary" data-testid="accept-close" onClick={onClose}>
      {t('dispatch.close')}
    </Button>
  );
  const ask = [
    <Button key="back" onClick={onClose}>
      {t('cancel')}
    </Button>,
    <Button key="go" type="primary" loading={busy} data-testid="accept-go" onClick={go}>
      {t('dispatch.acceptGo', { n: lines.length })}
    </Button>,
  ];
  return (
    <Modal
      open
      width={620}
      title={done ? t('dispatch.cameTitle') : t('dispatch.acceptTitle', { n: lines.length })}
      footer={done ? close : ask}
      mask={{ closable: false }}
      onCancel={onClose}
    >
      {!done && dispatch.stale && (
        <Alert type="warning" showIcon title={t('dispatch.acceptStale')} />
      )}
      {!done && <p className="muted">{t('dispatch.acceptHint')}</p>}
      {done && (
        <p role="status" data-testid="accept-came">
          {t('dispatch.came', { done: done.length - refused.length, refused: refused.length })}
        </p>
      )}
      <Lines dispatch={dispatch} lines={lines} done={done} />
    </Modal>
  );
}

function Lines({
  dispatch,
  lines,
  done,
}: {
  dispatch: Dispatch;
  lines: readonly number[];
  done: DispatchDone[] | null;
}) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const span = useSpan();
  const nameOf = useIncidentName();
  const wanted = new Set(lines);
  const reason = (code: string) => {
    if ((DISPATCH_REFUSALS as readonly string[]).includes(code)) {
      return t(`dispatch.refused.${code}`);
    }
    return i18n.exists(`error.${code}`) ? t(`error.${code}`) : code;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
    <section className="accept-list" tabIndex={0} aria-label={t('dispatch.lines')}>
      {scenesOf(dispatch).map(({ scene, needs }) => {
        const rows = needs.flatMap(({ need, lines: all }) =>
          all.filter((line) => wanted.has(line.line)).map((line) => ({ need, line })),
        );
        if (rows.length === 0) return null;
        return (
          <section key={scene.id} aria-label={nameOf(scene)}>
            <h3>
              {scene.id} {nameOf(scene)} <span className="muted">{scene.place}</span>
            </h3>
            <ul className="shares">
              {rows.map(({ need, line }) => {
                const came = done?.find((one) => one.line === line.line);
                return (
                  <li key={line.line} data-testid="accept-line" data-done={came?.done}>
                    <Sign sort={line.what.sort} /> <b>{nameOfLine(line)}</b>{' '}
                    {line.what.sort === 'goods' && `${amount(line.what.amount)} ${line.what.unit} `}
                    <span className="muted">
                      {text(need.name)} · {span(line.minutes)}
                    </span>
                    {came &&
                      (came.done ? (
                        <span className="done">
                          {' '}
                          ✓{' '}
                          {came.beds !== null
                            ? t('dispatch.spoken', { n: came.beds })
                            : came.order !== null
                              ? t('dispatch.ordered', { n: came.order })
                              : t('dispatch.promised', { n: came.allocations.join(', ') })}
                        </span>
                      ) : (
                        <span className="bad"> ✕ {reason(came.why ?? '')}</span>
                      ))}
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
    </section>
  );
}
