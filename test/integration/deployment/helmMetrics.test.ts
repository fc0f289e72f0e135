import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { describeWith } from '../../services/describeWith.ts';
import { renderChart } from './chart.ts';

const prometheus = { namespaceSelector: { matchLabels: { team: 'monitoring' } } };

describeWith('helm', 'the Helm chart', (helm) => {
  const annotationsOf = (values: object) =>
    renderChart(helm, values).deployments[0]?.spec.template.metadata.annotations;

  test('lets nobody scrape the pods, unless configured', () => {
    const { serviceMonitors, callers, text } = renderChart(helm, { metrics: { from: [prometheus] } });
    expect(serviceMonitors).toEqual([]);
    expect(callers).not.toContainEqual(prometheus);
    expect(text).not.toContain('prometheus.io');
  });

  test.each([{ annotations: true }, { serviceMonitor: { enabled: true } }])(
    'with %j gives Prometheus access, besides the callers of the service',
    (metrics) => {
      const caller = { podSelector: { matchLabels: { app: 'proxy' } } };
      const networkPolicy = { ingressFrom: [caller] };
      const values = { networkPolicy, metrics: { ...metrics, from: [prometheus] } };
      expect(renderChart(helm, values).callers).toEqual([caller, prometheus]);
    },
  );

  test('annotates the pods with the location of the metrics, and keeps other annotations', () => {
    const port = '8000';
    expect(annotationsOf({ metrics: { annotations: true }, podAnnotations: { a: 'b' } })).toEqual({
      a: 'b',
      'prometheus.io/scrape': 'true',
      'prometheus.io/path': '/metrics',
      'prometheus.io/port': port,
    });
    expect(annotationsOf({})).toBeUndefined();
  });

  test('has a ServiceMonitor that finds every Service, by the job name that the alerts use', () => {
    const serviceMonitor = { enabled: true, labels: { release: 'stack' }, interval: '30s' };
    const values = { metrics: { serviceMonitor } };
    const { serviceMonitors, services } = renderChart(helm, values, 'examples/one-per-function.yaml');
    expect(serviceMonitors).toHaveLength(1);
    const [monitor] = serviceMonitors;
    expect(monitor?.metadata.labels).toMatchObject({ release: 'stack' });
    expect(monitor?.spec).toMatchObject({
      jobLabel: 'app.kubernetes.io/name',
      endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
    });
    expect(services).toHaveLength(parseConfig({}).functions.length);
    for (const { metadata } of services) {
      expect(metadata.labels).toMatchObject(monitor?.spec.selector.matchLabels ?? { none: 'none' });
      expect(metadata.labels['app.kubernetes.io/name']).toBe('ska-staging-service');
    }
  });
});
