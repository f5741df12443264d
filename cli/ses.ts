import type { SendingService } from '../core/delivery/sending-service.ts';
import { sesService } from '../platform/aws/ses/sending-service.ts';
import { systemClock } from '../platform/node/clock.ts';

/** Amazon SES for the route `ses`. Nothing of it is loaded, and no credentials are looked for, before a message leaves that way. */
export const ses = (): SendingService => sesService({ clock: systemClock, region: process.env.AWS_REGION });
