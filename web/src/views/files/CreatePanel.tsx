import { Button, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type DragEvent, type SubmitEvent, useState } from 'react';
import { createFile } from '../../api/files/browse.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { plainText } from '../../components/controls/TextFilter.tsx';
import { Failure } from '../../components/layout/Loaded.tsx';
import { Message } from '../../components/layout/Message.tsx';
import { Panel } from '../../components/layout/View.tsx';
import { formatSize } from '../../format/format.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { filesStrings } from '../../strings/files.ts';
import { previewStrings } from '../../strings/preview.ts';
import styles from './Files.module.css';

interface CreatePanelProps {
  /** The default path of the file. */
  readonly folder: string;
  readonly maxBytes: number;
}

/** The form that creates a file: from a text, or from a local file. */
export function CreatePanel({ folder: openFolder, maxBytes }: CreatePanelProps) {
  const [typedFolder, setFolder] = useState<string>();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [file, setFile] = useState<File>();
  const [isUpload, setUpload] = useState(false);
  const [wasSent, setSent] = useState(false);
  const folder = typedFolder ?? openFolder;
  const path = [folder.replace(/\/+$/, ''), name].filter((part) => part !== '').join('/');
  const content = isUpload ? file : new Blob([text]);
  const problem = !content
    ? filesStrings.noFile
    : content.size > maxBytes
      ? filesStrings.tooLarge(formatSize(maxBytes))
      : undefined;
  const create = useMutation({ mutationFn: (blob: Blob) => createFile(path, blob).then(() => path) });

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setSent(true);
    if (name === '' || !content || problem) return;
    setSent(false);
    create.mutate(content);
  }

  return (
    <Panel title={filesStrings.create}>
      <form className={styles.form} onSubmit={submit} noValidate>
        <div className={styles.names}>
          <TextInput
            label={filesStrings.folder}
            {...plainText}
            value={folder}
            onChange={(event) => setFolder(event.currentTarget.value)}
          />
          <TextInput
            label={filesStrings.name}
            {...plainText}
            value={name}
            error={wasSent && name === '' && filesStrings.noName}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <p className={styles.hint}>{filesStrings.folderHint}</p>
        <SegmentedControl
          size="xs"
          aria-label={filesStrings.how}
          value={isUpload ? 'upload' : 'write'}
          onChange={(value) => setUpload(value === 'upload')}
          data={[
            { value: 'write', label: filesStrings.write },
            { value: 'upload', label: filesStrings.upload },
          ]}
        />
        {isUpload ? (
          <DropField
            file={file}
            onFile={(chosen) => {
              setFile(chosen);
              if (name === '') setName(chosen.name);
            }}
          />
        ) : (
          <Textarea
            label={filesStrings.text}
            rows={6}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {wasSent && problem && <Message kind="bad" title={problem} />}
        <div>
          <Button type="submit" loading={create.isPending}>
            {filesStrings.submit}
          </Button>
        </div>
      </form>
      <div role="status" className={styles.answer}>
        {create.error && <Failure error={create.error} remedy={commonStrings.tryAgain} />}
        {create.data && (
          <Message kind="good" title={filesStrings.created(create.data)}>
            <p className={styles.links}>
              <a href={hrefs.stage({ source: create.data })}>{previewStrings.stage}</a>
              <a href={hrefs.files({ path: create.data })}>{filesStrings.open}</a>
            </p>
          </Message>
        )}
      </div>
    </Panel>
  );
}

/** A field for a local file, which may also be dropped on it. */
function DropField({ file, onFile }: { file: File | undefined; onFile(file: File): void }) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const first = files?.[0];
    if (first) onFile(first);
  };
  const drag = (event: DragEvent, isOverNow: boolean) => {
    event.preventDefault();
    setOver(isOverNow);
  };
  return (
    <label
      className={styles.drop}
      data-over={isOver || undefined}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        drag(event, false);
        take(event.dataTransfer.files);
      }}
    >
      <Icon name="up" />
      <span>{file ? filesStrings.dropped(file.name, formatSize(file.size)) : filesStrings.drop}</span>
      <input type="file" onChange={(event) => take(event.currentTarget.files)} />
    </label>
  );
}
