/** Texts of the view of files. */
export const filesStrings = {
  title: 'Files',
  hint: 'Browse the storage, preview files, and create small test files.',
  browse: 'Browse',

  create: 'Create a file',
  folder: 'Folder',
  folderHint: 'Missing folders are created. Existing files are never overwritten.',
  name: 'File name',
  how: 'Content from',
  write: 'Write',
  upload: 'Upload',
  text: 'Content',
  drop: 'Drop a file here, or choose one',
  dropped: (name: string, size: string) => `${name}, ${size}`,
  tooLarge: (most: string) => `A file may have up to ${most}.`,
  noName: 'Give the file a name.',
  noFile: 'Choose a file first.',
  submit: 'Create',
  created: (path: string) => `${path} was created.`,
  open: 'Open it',
} as const;
