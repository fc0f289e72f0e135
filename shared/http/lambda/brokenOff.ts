import { Router } from 'express';
import { StagingError } from '../../errors/stagingError.ts';

/**
 * Turns an aborted answer into an error of the function: there is no connection here that could be reset, and nothing
 * of the answer has been sent yet.
 */
export function failWhenBrokenOff(): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.destroy = (cause) => {
      response.emit('error', new StagingError('ANSWER_INCOMPLETE', {}, { cause }));
      return response;
    };
    next();
  });
  return router;
}
