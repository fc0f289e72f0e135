import { Router } from 'express';
import { memoizeFor } from '../../shared/async/coalesce.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { publicUrl } from '../../shared/http/publicUrls.ts';
import { onlyQuery } from '../../shared/http/validation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { checkReadiness, isReady } from '../../shared/service/readiness.ts';
import { xmlBuilder } from './jobXml.ts';

/** How long an availability is cached, in ms: the checks write, and anybody may request them. */
const availabilityMs = 2000;

/**
 * `/uws/capabilities` and `/uws/availability`: the first requests of clients of the Virtual Observatory (IVOA VOSI
 * 1.1).
 */
export function createVosiRouter(services: Dependencies): Router {
  const router = Router();
  const readiness = memoizeFor<void, Record<string, string>>(availabilityMs, () => checkReadiness(services));
  router
    .route('/uws/capabilities')
    .get(onlyQuery(), (_request, response) => {
      response.type('text/xml').send(capabilitiesXml((path) => publicUrl(response, `/uws${path}`)));
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/uws/availability')
    .get(onlyQuery(), async (_request, response) => {
      response.type('text/xml').send(availabilityXml(await readiness()));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** VOSI 1.1 §3. UWS has no standard identifier of its own; only services built on it have one. */
function capabilitiesXml(urlOf: (path: string) => string): string {
  const standard = (name: string) => ({
    '@standardID': `ivo://ivoa.net/std/VOSI#${name}`,
    interface: interfaceAt(urlOf(`/${name}`), 'full'),
  });
  const jobs = {
    description: 'Staging operations as jobs of a Universal Worker Service (IVOA UWS 1.1)',
    interface: interfaceAt(urlOf('/jobs'), 'base'),
  };
  return documentOf('vosi:capabilities', {
    '@xmlns:vosi': 'http://www.ivoa.net/xml/VOSICapabilities/v1.0',
    '@xmlns:vs': 'http://www.ivoa.net/xml/VODataService/v1.1',
    '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    capability: [standard('capabilities'), standard('availability'), jobs],
  });
}

function interfaceAt(url: string, use: string): object {
  return { '@xsi:type': 'vs:ParamHTTP', accessURL: { '@use': use, '#text': url } };
}

/** VOSI 1.1 §5. */
function availabilityXml(checks: Readonly<Record<string, string>>): string {
  const failed = Object.entries(checks).filter(([, result]) => result !== 'ok');
  return documentOf('vosi:availability', {
    '@xmlns:vosi': 'http://www.ivoa.net/xml/VOSIAvailability/v1.0',
    'vosi:available': String(isReady(checks)),
    'vosi:note': failed.map(([name, result]) => `${name}: ${result}`),
  });
}

function documentOf(root: string, content: object): string {
  return xmlBuilder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, [root]: content });
}
