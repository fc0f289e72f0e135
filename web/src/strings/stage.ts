/** Texts of the staging view. */
export const stageStrings = {
  title: 'Stage data',
  hint: 'Bring data from the storage of this centre to where you work.',

  data: 'Data',
  browse: 'Browse',
  paste: 'Paste paths',
  pasteLabel: 'Paths, one in a line',
  pasteHint: 'Beneath the source storage, or s3://bucket/key; a path that ends with / means all beneath it.',
  pastePlaceholder: 'survey/image.fits\nsurvey/night-2/',
  chosen: 'Chosen',
  chosenCount: (count: string) => (count === '1' ? '1 item chosen' : `${count} items chosen`),
  nothingChosen: 'Nothing chosen yet: tick files or folders above.',
  remove: (path: string) => `Remove ${path}`,
  clear: 'Clear',
  noSource: 'Choose at least one file or folder, or paste its path.',
  tooManySources: (most: string) =>
    `Choose up to ${most} at a time. To have more at once, choose the folder that they are in.`,
  andMoreWrong: (problem: string, count: number) =>
    `${problem}${problem.endsWith('.') ? '' : '.'} ${count === 1 ? 'One other path is' : `${count} other paths are`} not in order either.`,

  method: 'Method',
  methods: {
    local_copy: {
      title: 'Copy to my user area',
      sentence: 'A checked, read-only copy of your own. Choose this if you are not sure.',
    },
    symlink_copy: {
      title: 'Link in my user area',
      sentence: 'There at once, without using space. For large data that you only read.',
    },
    jupyter_copy: {
      title: 'Copy to my notebook server',
      sentence: 'For work in JupyterLab. Your server is started if it is not running.',
    },
    direct_download: {
      title: 'Download to this computer',
      sentence: 'Your browser saves the data. A folder comes as one archive.',
    },
  },
  notOffered: 'This site does not offer it.',
  noJupyterHub: 'This site has no JupyterHub.',
  noLinksToObjects: 'Not for objects of an object store: only mounted data can be linked to.',

  destination: 'Destination',
  username: 'Username',
  place: {
    one: 'Path in your user area',
    many: 'Folder in your user area',
    oneInNotebook: 'Path in your notebook server',
    manyInNotebook: 'Folder in your notebook server',
  },
  placeHint: 'Missing folders are made. Nothing is ever replaced.',
  folderPlaceholder: 'the top folder',
  jupyterToken: 'Your JupyterHub token (optional)',
  jupyterTokenHint: 'For this request only; it is not stored. Without it, the service uses its own token.',
  fieldProblem: (field: string, problem: string) =>
    field === 'username' ? `A username ${problem}.` : `${problem}.`,
  sameTarget: (target: string) =>
    `Two of the items would both become ${target}. Keep their folders, or stage them one after another.`,
  needsFolder: 'Say which new folder it shall be: all or nothing needs one.',

  keepFolders: 'Keep their folders',
  keepFoldersHint: 'Each lies there beneath the folders that it is in now, instead of all side by side.',
  allOrNothing: 'All or nothing',
  allOrNothingHint:
    'The folder, a new one, appears when every item is in it; if one fails, nothing is staged.',

  preview: 'It will be at',
  previewMany: 'They will be at',
  previewDownload: 'Your browser will save',
  andMore: (count: string) => `and ${count} more`,
  notebookPlace: (username: string) => `notebook server of ${username || '…'}: `,

  stage: 'Stage',
  stageMany: (count: string) => `Stage ${count} items`,
  download: 'Download',
  downloadMany: (count: string) => `Download ${count} items`,

  requests: 'Your requests',
  clearRequests: 'Clear ended',
  tryAgainWhenBack: 'The service may still be at work: look at the operations before you try again.',
  staged: 'The data is in place, complete and read-only.',
  alreadyThere: 'The data was there already, and nothing was touched.',
  downloaded: 'The browser has all of the data.',
  copyPath: 'path of the data',
  downloadBegun: (name: string) => `The download of ${name} has begun.`,
  downloadBegunHint: 'Your browser shows how far it is.',
  details: 'Size, checksums, and how to script it',
  downloadAgain: 'Download again',
  wholeStorage: 'the storage',
  script: 'Do the same from a script',
  curl: 'curl',
  python: 'Python',
  copyScript: (language: string) => `${language} commands`,
} as const;
