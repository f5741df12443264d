// Preloaded into a server that is to let everybody in without asking: the ceiling of what admission can cost.
import { registerHooks } from 'node:module';

const stub = new URL('./no-slots.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    return resolved.url.endsWith('/core/slots/open-slots.ts') && context.parentURL !== stub ? { ...resolved, url: stub } : resolved;
  },
});
