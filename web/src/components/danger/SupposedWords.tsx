import { useTranslation } from 'react-i18next';
import { type Danger, type Figure, type ModelField, useModels } from '../../api/danger';
import { substanceOf, useSubstances } from '../../api/substances';
import { formatQuantity } from '../../lib/number';
import type { Supposed } from './useWhatIf';
import { useWindWords } from './Wind';

interface Props {
  danger: Danger | undefined;
  supposed: Supposed;
}

/** Says a value of an input as people do: a word by its name, a wind by its direction, an amount with its unit. */
function useFigureOf() {
  const { t, i18n } = useTranslation();
  const wind = useWindWords();
  const substances = useSubstances();
  return (name: string, field: ModelField | undefined, value: Figure | null): string => {
    if (value === null) return t('whatIf.none');
    if (typeof value === 'number') {
      return name === 'wind_from_deg' ? wind(value) : formatQuantity(value, field?.unit ?? '');
    }
    if (typeof value !== 'string') return JSON.stringify(value);
    if (name !== 'substance') return t(`whatIf.word.${value}`, value);
    const substance = substanceOf(substances, value);
    return substance?.[i18n.language.startsWith('en') ? 'en' : 'zh'] ?? value;
  };
}

/** What is supposed, in a line: nobody has to remember it. */
export function SupposedWords({ danger, supposed }: Props) {
  const { t } = useTranslation();
  const figureOf = useFigureOf();
  const fields = useModels().data?.find(({ key }) => key === danger?.model)?.fields ?? [];
  const { danger: other, close, open } = supposed;
  const words = Object.entries(other?.changed ?? {}).map(([name, value]) => {
    const field = fields.find((one) => one.name === name);
    return `${t(`whatIf.input.${name}`)} ${figureOf(name, field, value)}`;
  });
  if (close.length > 0) words.push(t('whatIf.closed', { n: close.length }));
  if (open.length > 0) words.push(t('whatIf.opened', { n: open.length }));
  if (words.length === 0) return null;
  return <b data-testid="what-if-words">{words.join(t('list.comma'))}</b>;
}
