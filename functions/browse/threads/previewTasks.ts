/** What runs in the threads of `previewThreads.ts`, never in the main one. */

export { drawPicture } from './drawPicture.ts';
export { measureFolder } from './measureFolder.ts';
export { searchFolder } from './searchFolder.ts';
