import { FilePdfOutlined, UploadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Image, Popconfirm, Upload } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  type BaseDocument,
  type BaseKind,
  baseKeys,
  documentsPath,
  useDocuments,
} from '../../api/base';
import { del, postFile } from '../../api/client';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { formatTime } from '../../lib/time';

/** Photos and papers of an object; on a phone the camera is one of the ways to add one. */
export function Documents({ kind, objectKey }: { kind: BaseKind; objectKey: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const allowed = useMay('records');
  const query = useDocuments(kind.key, objectKey);
  const path = documentsPath(kind.key, objectKey);
  const known = query.data ?? [];
  const photos = known.filter((document) => document.media.startsWith('image/'));
  const papers = known.filter((document) => !document.media.startsWith('image/'));
  const fresh = () =>
    client.invalidateQueries({ queryKey: baseKeys.documents(kind.key, objectKey) });
  const bring = (file: File) => {
    void act(async () => {
      await postFile<BaseDocument>(path, { name: file.name }, file);
      await fresh();
    }, t('base.documentFiled'));
    return false;
  };
  const remove = (id: number) =>
    act(async () => {
      await del(`${path}/${id}`);
      await fresh();
    });
  // Whoever may not see people gets no documents, and does not need to hear of it.
  if (query.error || (known.length === 0 && !allowed)) return null;
  const caption = (document: BaseDocument) => (
    <span className="small">
      {document.name} <span className="muted">{`${document.by} · ${formatTime(document.at)}`}</span>
      {allowed && (
        <Popconfirm
          title={t('base.documentRemoveSure')}
          okText={t('ok')}
          cancelText={t('cancel')}
          onConfirm={() => remove(document.id)}
        >
          <Button size="small" type="text" danger>
            {t('base.remove')}
          </Button>
        </Popconfirm>
      )}
    </span>
  );
  return (
    <section className="documents">
      <h3>{t('base.documents')}</h3>
      <Image.PreviewGroup>
        {photos.map((document) => (
          <figure key={document.id}>
            <Image src={`/api/v1${path}/${document.id}`} alt={document.name} height={110} />
            <figcaption>{caption(document)}</figcaption>
          </figure>
        ))}
      </Image.PreviewGroup>
      {papers.map((document) => (
        <p key={document.id}>
          <a href={`/api/v1${path}/${document.id}`} download={document.name}>
            <FilePdfOutlined /> {t('base.documentOpen')}
          </a>{' '}
          {caption(document)}
        </p>
      ))}
      {allowed && (
        <Upload
          accept="image/jpeg,image/png,image/webp,application/pdf"
          showUploadList={false}
          beforeUpload={bring}
        >
          <Button size="small" icon={<UploadOutlined />} loading={busy} data-testid="document-add">
            {t('base.documentAdd')}
          </Button>
        </Upload>
      )}
    </section>
  );
}
