// The least a hand-made fake in Node.js does: one body, the same for everybody, without looking at the request.
'use strict';
const fs = require('node:fs');
const http = require('node:http');

const body = fs.readFileSync(process.argv[2]);
const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
const server = http.createServer((request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
