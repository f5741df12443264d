import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';

const script = new URL('./python-clients.py', import.meta.url).pathname;

describe("Python's smtplib, poplib and imaplib", { skip: missing('python3') }, () => {
  let mail: Served;
  before(async () => {
    mail = await serve({ accounts: { 'alice@example.test': 'wonderland' } });
  });
  after(() => mail.stop());

  for (const story of ['submission_and_imap', 'starttls_everywhere', 'pop3', 'idle']) {
    it(`play ${story.replaceAll('_', ' ')}`, async () => {
      await succeeds('python3', [script, story, JSON.stringify(mail.ports)]);
    });
  }
});
