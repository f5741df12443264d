/** How this command line was called: what npm runs stands on nobody's PATH. For commands that are printed to be run as they are. */
export const program = process.env.npm_command === undefined ? 'mailweir' : 'npx mailweir';
