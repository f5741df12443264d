import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Debian's Dovecot as an IMAP server on loopback, as a user without rights, in a directory of its own, its mail in mdbox. */
export interface DovecotImap {
  readonly port: number;
  /** Octets that it has written under its directory. */
  stop(): Promise<void>;
}

const nobody = { name: 'nobody', uid: 65_534, gid: 65_534, group: 'nogroup' };

/** @returns undefined where there is none */
export async function startDovecotImap(): Promise<DovecotImap | undefined> {
  if (spawnSync('dovecot', ['--version']).status !== 0) return undefined;
  const dir = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const me = userInfo();
  const user = me.uid === 0 ? nobody : { name: me.username, uid: me.uid, gid: me.gid, group: String(me.gid) };
  const port = await freePort();
  await writeFile(join(dir, 'dovecot.conf'), configuration(dir, user, port));
  for (const name of ['mail', 'run', 'state']) await mkdir(join(dir, name));
  for (const name of ['', 'mail', 'run', 'state', 'dovecot.conf']) await chown(join(dir, name), user.uid, user.gid);
  await chmod(dir, 0o755);
  const as = me.uid === 0 ? { uid: user.uid, gid: user.gid } : {};
  const child = spawn('dovecot', ['-F', '-c', join(dir, 'dovecot.conf')], { stdio: 'ignore', ...as });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return {
    port,
    async stop() {
      if (child.exitCode === null) {
        child.kill();
        await once(child, 'exit');
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const configuration = (dir: string, user: { name: string; uid: number; gid: number; group: string }, port: number): string => `
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = ${user.name}
default_internal_group = ${user.group}
default_login_user = ${user.name}
mail_location = mdbox:${dir}/mail/%u
first_valid_uid = 1
ssl = no
disable_plaintext_auth = no
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=wonderland
}
userdb {
  driver = static
  args = uid=${user.uid} gid=${user.gid} home=${dir}/mail/%u
}
namespace inbox {
  inbox = yes
}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
