import { useTranslation } from 'react-i18next';
import { type Danger, useModels } from '../../api/danger';
import type { Supposed } from './useWhatIf';
import { changedOf } from './whatIf';

interface Props {
  danger: Danger | undefined;
  supposed: Supposed;
}

/** What is supposed, in a line: nobody has to remember it. */
export function SupposedWords({ danger, supposed }: Props) {
  const { t } = useTranslation();
  const fields = useModels().data?.find(({ key }) => key === danger?.model)?.fields ?? [];
  const { danger: other, close, open } = supposed;
  const inputs = other?.inputs ?? {};
  const words = danger && other ? changedOf(danger, inputs) : [];
  const figures = words.map((name) => {
    const unit = fields.find((field) => field.name === name)?.unit ?? '';
    const value = inputs[name];
    return `${t(`whatIf.input.${name}`)} ${value ?? t('whatIf.none')}${value == null ? '' : ` ${unit}`}`;
  });
  if (close.length > 0) figures.push(t('whatIf.closed', { n: close.length }));
  if (open.length > 0) figures.push(t('whatIf.opened', { n: open.length }));
  if (figures.length === 0) return null;
  return <b data-testid="what-if-words">{figures.join(t('list.comma'))}</b>;
}
