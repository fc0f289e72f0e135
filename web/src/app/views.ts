import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { reportReachable } from '../api/connection.ts';
import type { View } from '../routing/useRoute.ts';

type ViewModule = Promise<{ default: ComponentType }>;

const retryMs = 2000;

const loaders: Readonly<Record<View, () => ViewModule>> = {
  stage: () => import('../views/stage/StageView.tsx'),
  data: () => import('../views/data/MyDataView.tsx'),
  operations: () => import('../views/operations/OperationsView.tsx'),
  logs: () => import('../views/logs/LogsView.tsx'),
  files: () => import('../views/files/FilesView.tsx'),
  overview: () => import('../views/overview/OverviewView.tsx'),
};

/** The views, each loaded when it is first shown. */
export const viewComponents: Readonly<Record<View, LazyExoticComponent<ComponentType>>> = {
  stage: lazy(() => loadWithRetries(loaders.stage)),
  data: lazy(() => loadWithRetries(loaders.data)),
  operations: lazy(() => loadWithRetries(loaders.operations)),
  logs: lazy(() => loadWithRetries(loaders.logs)),
  files: lazy(() => loadWithRetries(loaders.files)),
  overview: lazy(() => loadWithRetries(loaders.overview)),
};

/** Preloads the other views, so that they open immediately, even while the service is down. */
export function preloadViews(): void {
  for (const load of Object.values(loaders)) load().catch(() => undefined);
}

/** A view that cannot be loaded now is loaded when its host answers again. */
async function loadWithRetries(load: () => ViewModule): ViewModule {
  for (;;) {
    try {
      return await load();
    } catch {
      reportReachable(false);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
