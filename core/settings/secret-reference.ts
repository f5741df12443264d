/** Before the name of a secret, where a setting or an option says that its value is one. */
export const secretPrefix = 'secret:';

const reference = /^secret:([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** @returns the name of the secret of `secret:<name>` */
export const parseSecretReference = (text: string): string | undefined => reference.exec(text)?.[1];
