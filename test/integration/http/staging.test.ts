import { afterAll, beforeAll, describe } from '@jest/globals';
import { corsContract } from '../../contracts/cors.ts';
import { downloadContract } from '../../contracts/download.ts';
import { eventContract } from '../../contracts/events.ts';
import { hostileContract } from '../../contracts/hostile.ts';
import { idempotencyContract } from '../../contracts/idempotency.ts';
import { otherSitesContract } from '../../contracts/otherSites.ts';
import { presentContract } from '../../contracts/present.ts';
import { retryContract } from '../../contracts/retry.ts';
import { siteContract } from '../../contracts/site.ts';
import { stagingContract } from '../../contracts/staging.ts';
import type { ReachableService } from '../../services/staging/stagingService.ts';
import { describeTargets } from './targets.ts';

/** All promises of the API, for every service that serves it. */
describeTargets((target) => {
  let service: ReachableService;
  beforeAll(async () => {
    service = await target.start();
  });
  afterAll(() => target.stop());
  const { exceptions } = target;
  describe('staging', () => stagingContract(() => service));
  describe('present data', () => presentContract(() => service));
  describe('retries', () => retryContract(() => service));
  describe('repeated requests', () => idempotencyContract(() => service));
  describe('downloads', () => downloadContract(() => service, exceptions.downloads));
  describe('hostile requests', () => hostileContract(() => service, exceptions.hostile));
  describe('the rest of the API', () => siteContract(() => service));
  describe('events', () => eventContract(() => service));
  describe('pages of other origins', () => corsContract(() => service));
  describe('other sites', () => otherSitesContract(() => service));
});
