import { Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { SECTIONS, type Section } from '../../api/danger';
import { MOST_TEXT, type PlanContent } from '../../api/plan';

/** Longest deadline that the form takes, minutes: a week. */
const LONGEST_MIN = 7 * 24 * 60;

interface Fields {
  section?: Section;
  text_zh: string;
  text_en?: string;
  who_zh?: string;
  who_en?: string;
  within_min?: number | null;
}

interface Props {
  title: string;
  /** None: a new line, of which the section is asked too. */
  content: PlanContent | null;
  busy: boolean;
  onCancel(): void;
  onSubmit(content: PlanContent, section: Section): void;
}

/** Words of a line: both languages side by side, for the plan is printed in either. */
export function PlanEdit({ title, content, busy, onCancel, onSubmit }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const submit = ({ section = 'action', within_min = null, ...words }: Fields) =>
    onSubmit(
      {
        text: { zh: words.text_zh.trim(), en: words.text_en?.trim() ?? '' },
        who: { zh: words.who_zh?.trim() ?? '', en: words.who_en?.trim() ?? '' },
        within_min,
      },
      section,
    );
  const area = (name: 'text_zh' | 'text_en', required: boolean) => (
    <Form.Item
      name={name}
      label={t(`plan.field.${name}`)}
      rules={[{ required, whitespace: required, message: t('base.required') }]}
    >
      <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={MOST_TEXT} />
    </Form.Item>
  );
  return (
    <Modal
      open
      width={640}
      title={title}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      mask={{ closable: false }}
      onOk={form.submit}
      onCancel={onCancel}
    >
      <p className="muted">{t('plan.editHint')}</p>
      <Form
        form={form}
        layout="vertical"
        data-testid="plan-edit"
        initialValues={{
          section: 'action',
          text_zh: content?.text.zh,
          text_en: content?.text.en,
          who_zh: content?.who.zh,
          who_en: content?.who.en,
          within_min: content?.within_min,
        }}
        onFinish={submit}
      >
        {content === null && (
          <Form.Item name="section" label={t('plan.field.section')}>
            <Select
              options={SECTIONS.map((one) => ({ value: one, label: t(`plan.section.${one}`) }))}
            />
          </Form.Item>
        )}
        {area('text_zh', true)}
        {area('text_en', false)}
        <div className="plan-edit-row">
          <Form.Item name="who_zh" label={t('plan.field.who_zh')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="who_en" label={t('plan.field.who_en')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="within_min" label={t('plan.field.within_min')}>
            <InputNumber min={0} max={LONGEST_MIN} precision={0} suffix={t('span.unit')} />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
