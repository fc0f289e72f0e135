/**
 * The tasks of the storage threads. Everything here runs in a worker thread of `threadPool.ts`, never in the main one.
 */

export { copyFile, digestFile } from './fileTasks.ts';
export { copyObject } from './objectTask.ts';
export { removeEntry } from './removeTask.ts';
export { copySmallFiles } from './smallFilesTask.ts';
export { copySmallObjects } from './smallObjectsTask.ts';
export { readSmallFiles } from './smallSource.ts';
export { digestPublished, measurePublished, sealPublished, unsealPublished } from './trees/publishedTree.ts';
export { copyOpenFileTo, copyTree, linkTree, measureTree } from './trees/treeTasks.ts';
