import { type DragEvent, useState } from 'react';
import { Icon } from '../../components/Icon.tsx';
import { formatSize } from '../../format/format.ts';
import { filesStrings } from '../../strings/files.ts';
import styles from './Files.module.css';

/** A field for a local file, which may also be dropped on it. */
export function DropField({ file, onFile }: { file: File | undefined; onFile(file: File): void }) {
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
