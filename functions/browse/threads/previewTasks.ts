/** The tasks of the threads in `previewThreads.ts`, never run in the main one. */

export { drawPicture } from './drawPicture.ts';
export { measureFolder } from './measureFolder.ts';
export { searchFolder } from './searchFolder.ts';
