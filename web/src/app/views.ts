import { type ComponentType, lazy } from 'react';
import { reportReachable } from '../api/connection.ts';
import type { View } from '../routing/useRoute.ts';

type ViewModule = Promise<{ default: ComponentType }>;

const retryMs = 2000;

/** The views, each loaded when it is first shown. */
export const lazyViews = {
  stage: lazyView(() => import('../views/stage/StageView.tsx')),
  data: lazyView(() => import('../views/data/MyDataView.tsx')),
  operations: lazyView(() => import('../views/operations/OperationsView.tsx')),
  logs: lazyView(() => import('../views/logs/LogsView.tsx')),
  files: lazyView(() => import('../views/files/FilesView.tsx')),
  overview: lazyView(() => import('../views/overview/OverviewView.tsx')),
} satisfies Readonly<Record<View, unknown>>;

/** Preloads the other views, so that they open immediately, even while the service is down. */
export function preloadViews(): void {
  for (const { load } of Object.values(lazyViews)) load().catch(() => undefined);
}

function lazyView(load: () => ViewModule) {
  return { load, Component: lazy(() => loadWithRetries(load)) };
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
