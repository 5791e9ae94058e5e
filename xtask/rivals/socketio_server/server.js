// Socket.IO as Node.js programs commonly have it: who connects may follow a job, and an event goes to its room.
'use strict';
const http = require('node:http');
const { Server } = require('socket.io');

const JOB = 'benchmark';
let version = 0;
const server = http.createServer((request, response) => {
  if (request.method !== 'POST' || request.url !== '/pause') return response.writeHead(404).end();
  version += 1;
  io.to(`job:${JOB}`).emit('job:progress', {
    jobId: JOB,
    version,
    status: 'paused',
    progress: 0,
    total: 100,
    successCount: 0,
    failureCount: 0,
    skippedCount: 0,
    unconfirmedCount: 0,
    itemsPerSecond: null,
    estimatedCompletion: null,
  });
  return response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
});
const io = new Server(server);
io.on('connection', (socket) => {
  socket.on('subscribe:jobs', ({ jobIds }, acknowledge) => {
    socket.join(jobIds.map((id) => `job:${id}`));
    acknowledge({ ok: jobIds, refused: [] });
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
