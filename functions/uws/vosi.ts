import { Router } from 'express';
import * as z from 'zod';
import { publicUrl } from '../../shared/http/publicUrls.ts';
import { addReadRoute } from '../../shared/http/validation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createReadiness, type Readiness } from '../../shared/service/readiness.ts';
import { xmlDocument } from './jobXml.ts';

/**
 * `/uws/capabilities` and `/uws/availability`: the first requests of clients of the Virtual Observatory (IVOA VOSI
 * 1.1).
 */
export function createVosiRouter(services: Dependencies): Router {
  const router = Router();
  const readiness = createReadiness(services);
  addReadRoute(router, '/uws/capabilities', z.object(), (_query, _request, response) => {
    response.type('text/xml').send(capabilitiesXml((path) => publicUrl(response, `/uws${path}`)));
  });
  addReadRoute(router, '/uws/availability', z.object(), async (_query, _request, response) => {
    response.type('text/xml').send(availabilityXml(await readiness()));
  });
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
  return xmlDocument('vosi:capabilities', {
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
function availabilityXml({ isReady, checks }: Readiness): string {
  const failed = Object.entries(checks).filter(([, result]) => result !== 'ok');
  return xmlDocument('vosi:availability', {
    '@xmlns:vosi': 'http://www.ivoa.net/xml/VOSIAvailability/v1.0',
    'vosi:available': String(isReady),
    'vosi:note': failed.map(([name, result]) => `${name}: ${result}`),
  });
}
