import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../platform/node/certificates.ts';
import { until } from '../harness/edge.ts';

/** Debian's Dovecot as a POP3 server on loopback, as a user without rights, in a directory of its own. */
export interface Dovecot {
  readonly port: number;
  readonly tlsPort: number;
  /** PEM file of the certificate for `localhost`. */
  readonly certificate: string;
  put(user: string, name: string, octets: Buffer): Promise<void>;
  /** Messages in the maildrop. */
  left(user: string): Promise<number>;
  stop(): Promise<void>;
}

export const dovecotPassword = 'wonderland';
const nobody = { name: 'nobody', uid: 65_534, gid: 65_534, group: 'nogroup' };

export async function startDovecot(): Promise<Dovecot> {
  const dir = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const me = userInfo();
  const user = me.uid === 0 ? nobody : { name: me.username, uid: me.uid, gid: me.gid, group: String(me.gid) };
  const { key, certificate } = selfSigned('localhost', Date.now());
  const certFile = join(dir, 'cert.pem');
  await writeFile(certFile, certificate);
  await writeFile(join(dir, 'key.pem'), key);
  const [port, tlsPort] = [await freePort(), await freePort()];
  await writeFile(join(dir, 'dovecot.conf'), configuration(dir, user, port, tlsPort));
  for (const name of ['mail', 'run', 'state']) await mkdir(join(dir, name));
  for (const name of ['', 'mail', 'run', 'state', 'cert.pem', 'key.pem', 'dovecot.conf']) await chown(join(dir, name), user.uid, user.gid);
  await chmod(dir, 0o755);
  const as = me.uid === 0 ? { uid: user.uid, gid: user.gid } : {};
  const child = spawn('dovecot', ['-F', '-c', join(dir, 'dovecot.conf')], { stdio: 'ignore', ...as });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      child.kill();
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until('Dovecot to answer', () => answers(port));
  } catch (error) {
    const log = await readFile(join(dir, 'log'), 'utf8').catch(() => 'it wrote no log');
    await stop();
    throw new Error(`Dovecot did not start:\n${log}`, { cause: error });
  }
  return {
    port,
    tlsPort,
    certificate: certFile,
    async put(box, name, octets) {
      const maildir = join(dir, 'mail', box);
      for (const part of ['', 'new', 'cur', 'tmp']) {
        await mkdir(join(maildir, part), { recursive: true });
        await chown(join(maildir, part), user.uid, user.gid);
      }
      await writeFile(join(maildir, 'new', name), octets.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
      await chown(join(maildir, 'new', name), user.uid, user.gid);
    },
    async left(box) {
      const [fresh, seen] = await Promise.all(['new', 'cur'].map((part) => readdir(join(dir, 'mail', box, part))));
      return (fresh?.length ?? 0) + (seen?.length ?? 0);
    },
    stop,
  };
}

const configuration = (
  dir: string,
  user: { name: string; uid: number; gid: number; group: string },
  port: number,
  tlsPort: number,
): string => `
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/log
protocols = pop3
listen = 127.0.0.1
default_internal_user = ${user.name}
default_internal_group = ${user.group}
default_login_user = ${user.name}
mail_location = maildir:${dir}/mail/%u
first_valid_uid = 1
ssl = yes
ssl_cert = <${dir}/cert.pem
ssl_key = <${dir}/key.pem
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
    ssl = yes
  }
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=${dovecotPassword}
}
userdb {
  driver = static
  args = uid=${user.uid} gid=${user.gid} home=${dir}/mail/%u
}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
