import { useRoute } from '../../routing/useRoute.ts';
import { LiveLog } from './LiveLog.tsx';

/** The log, live. */
export default function LogsView() {
  const { parameters } = useRoute();
  const level = parameters.get('level') ?? 'INFO';
  const operation = parameters.get('operation') ?? undefined;
  return <LiveLog key={`${level} ${operation}`} level={level} operation={operation} />;
}
