// Transport as a cloud service: OAuth 2 tokens, a rate limit, idempotency keys that it honours, signed webhooks.
import { ok } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Frame } from '../frame/frame.ts';
import { pairFrom, wholeNumber } from '../frame/process.ts';
import type { ProcessOptions } from '../frame/process.ts';
import { rateLimit } from '../frame/rate-limit.ts';
import type { Call } from '../frame/route.ts';
import { tooManyRequests } from '../frame/server.ts';
import type { System } from '../frame/server.ts';
import { appointmentRoutes } from './appointment.ts';
import { accessTokensOf } from './access-token.ts';

export const tmsOptions = ['client', 'token-ttl', 'rate-per-second'];
const perSecondMax = 100_000;

export function tms(frame: Frame, { extra }: ProcessOptions): System {
  const last = (name: string, usual: string) => extra.get(name)?.at(-1) ?? usual;
  const clients = new Map((extra.get('client') ?? ['lineshaft=tms-demo-secret']).map((pair) => pairFrom('client', pair)));
  const tokens = accessTokensOf(clients, wholeNumber('token-ttl', last('token-ttl', '300'), 86_400));
  const usualLimit = rateLimit(wholeNumber('rate-per-second', last('rate-per-second', '20'), perSecondMax));
  let limit = usualLimit;
  frame.onWorld(() => {
    limit = usualLimit;
  });

  const setRate = ({ body }: Call) => {
    const fields = fieldsOf(body, ['perSecond']);
    const perSecond = fields.integer('perSecond', 1, perSecondMax);
    limit = rateLimit(perSecond);
    return ok({ perSecond });
  };
  const subscribe = ({ body, after }: Call) => {
    const { shown, add } = frame.webhooks.subscription(body);
    after(add);
    return { status: 201, body: shown };
  };

  const appointments = appointmentRoutes(frame);
  return {
    routes: [tokens.route, ...appointments.routes, { method: 'POST', path: '/v1/webhooks', handle: subscribe }],
    controls: [...appointments.controls, { method: 'POST', path: '/_rate', handle: setRate }],
    busy: () => (limit.take() ? undefined : tooManyRequests()),
    principalOf: tokens.principalOf,
  };
}
