/** Texts of the staging view. */
export const stageStrings = {
  title: 'Stage data',
  hint: 'Bring data from the storage of this centre to where you work.',

  data: 'Data',
  browse: 'Browse',
  dids: 'Data identifiers',
  paste: 'Paste paths',
  pasteLabel: 'Paths, one per line',
  pasteHint:
    'Relative to the source storage, or s3://bucket/key; a path that ends with / means everything below it. Patterns such as beam0*.fits are expanded.',
  pastePlaceholder: 'survey/image.fits\nsurvey/night-2/',
  choose: 'Choose',
  isChosen: 'Chosen',
  chosen: 'Chosen',
  checking: 'Checking the paths…',
  notChecked: (why: string) => `The paths were not checked: ${why}`,
  allFound: (count: string) =>
    count === '1' ? 'The path can be staged.' : `All ${count} paths can be staged.`,
  someFound: (good: string, all: string) => `${good} of ${all} paths can be staged.`,
  wrongPaths: 'Paths that cannot be staged',
  wrongLine: (line: number, reason: string) => `Line ${line}: ${reason}`,
  takeNearest: (path: string) => `Use ${path}`,
  leaveOut: 'Leave out',
  leaveOutLine: (path: string) => `Leave out ${path}`,
  takeAllNearest: (count: string) => `Use all ${count} suggestions`,
  leaveOutAll: (count: string) => `Leave out all ${count}`,
  matches: (line: number, pattern: string, count: string) =>
    `Line ${line}: ${pattern} matches ${count} ${count === '1' ? 'path' : 'paths'}.`,
  takeMatches: 'Use these paths',
  chosenCount: (count: string) => (count === '1' ? '1 item chosen' : `${count} items chosen`),
  nothingChosen: 'Nothing chosen yet: tick files or folders above; click a file to preview it.',
  remove: (path: string) => `Remove ${path}`,
  clear: 'Clear',
  noSource: 'Choose at least one file or folder, or paste its path.',
  tooManySources: (most: string) =>
    `Choose up to ${most} at a time. To stage more at once, choose the folder that contains them.`,
  andMoreWrong: (problem: string, count: number) =>
    `${problem}${problem.endsWith('.') ? '' : '.'} ${count === 1 ? '1 other path is' : `${count} other paths are`} also invalid.`,

  method: 'Method',
  methods: {
    local_copy: {
      title: 'Copy to my user area',
      sentence: 'Your own verified, read-only copy. Choose this if you are not sure.',
    },
    symlink_copy: {
      title: 'Link in my user area',
      sentence: 'Available immediately, without using space. For large data that you only read.',
    },
    jupyter_copy: {
      title: 'Copy to my notebook server',
      sentence: 'For work in JupyterLab. Your server is started if it is not running.',
    },
    direct_download: {
      title: 'Download to this computer',
      sentence: 'Your browser saves the data. A folder is saved as one archive.',
    },
  },
  notOffered: 'Not available at this site.',
  noJupyterHub: 'This site has no JupyterHub.',
  noLinksToObjects: 'Not for objects of an object store: only mounted data can be linked.',

  destination: 'Destination',
  username: 'Username',
  place: {
    one: 'Path in your user area',
    many: 'Folder in your user area',
    oneInNotebook: 'Path in your notebook server',
    manyInNotebook: 'Folder in your notebook server',
  },
  placeHint: 'Missing folders are created. Existing files are never overwritten.',
  folderPlaceholder: 'the top folder',
  jupyterToken: 'Your JupyterHub token (optional)',
  jupyterTokenHint: 'For this request only; it is not stored. Without it, the service uses its own token.',
  fieldProblem: (field: string, problem: string) =>
    field === 'username' ? `A username ${problem}.` : `${problem}.`,
  sameTarget: (target: string) =>
    `Two of the items would have the same path, ${target}. Keep their folders, or stage them one after another.`,
  needsFolder: 'Enter a new folder name; "all or nothing" needs one.',

  keepFolders: 'Keep their folders',
  keepFoldersHint: 'Keep the source folder structure instead of putting everything in one folder.',
  allOrNothing: 'All or nothing',
  allOrNothingHint:
    'The new folder appears only once every item has been staged. If any item fails, nothing is kept.',

  preview: 'It will be at',
  previewMany: 'They will be at',
  previewDownload: 'Your browser will save',
  andMore: (count: string) => `and ${count} more`,
  notebookPlace: (username: string) => `notebook server of ${username || '…'}: `,

  stage: 'Stage',
  stageMany: (count: string) => `Stage ${count} items`,
  download: 'Download',
  downloadMany: (count: string) => `Download ${count} items`,

  saveScript: 'Save as a script instead',
  saveScriptHint:
    'Run it where you want the data: bash download.sh. It keeps the folder structure, and resumes after an interruption.',
  scriptPurpose:
    'Downloads the chosen items into this folder. Run it again to resume; complete files are skipped.',

  requests: 'Your requests',
  clearRequests: 'Clear finished',
  tryAgainWhenBack: 'The service may still be working on it: check the operations before you retry.',
  staged: 'The data is in place, complete and read-only.',
  alreadyThere: 'The data was already present; nothing was changed.',
  downloaded: 'Download complete.',
  copyPath: 'path of the data',
  downloadBegun: (name: string) => `The download of ${name} has started.`,
  downloadBegunHint: 'Your browser shows the progress.',
  details: 'Next steps, checksums and scripts',
  downloadAgain: 'Download again',
  wholeStorage: 'the storage',
  script: 'Same request as a script',
  curl: 'curl',
  python: 'Python',
  copyScript: (language: string) => `${language} commands`,
} as const;
