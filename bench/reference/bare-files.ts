import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

// `bare-files.ts <directory>`: whoever connects is sent every file below it, one after the other, and nothing else.
const [directory = ''] = process.argv.slice(2);
const found = await readdir(directory, { recursive: true, withFileTypes: true });
const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

const server = createServer({ noDelay: true }, async (socket) => {
  for (const file of files)
    for await (const chunk of createReadStream(file)) if (!socket.write(chunk as Buffer)) await once(socket, 'drain');
  socket.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`ready ${(server.address() as { port: number }).port}`);
