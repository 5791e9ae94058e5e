// A proxy to GitLab as Node.js programs commonly have one: a session in memory, axios, the parsed body sent again.
'use strict';
const http = require('node:http');
const axios = require('axios');
const express = require('express');
const session = require('express-session');

const [gitlab, token] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const app = express();
app.use(session({ secret: 'a secret of the benchmark', resave: false, saveUninitialized: false }));
app.post('/login', (request, response) => {
  request.session.token = token;
  response.json({});
});
app.get(/^\/api\/gitlab\//, (request, response, next) => {
  if (!request.session.token) return response.status(401).json({});
  const path = request.originalUrl.replace('/api/gitlab', '/api/v4');
  return axios
    .get(`${gitlab}${path}`, { headers: { 'PRIVATE-TOKEN': request.session.token }, httpAgent: agent })
    .then((answer) => {
      for (const name of ['x-total', 'x-next-page', 'link']) {
        if (answer.headers[name]) response.set(name, answer.headers[name]);
      }
      response.status(answer.status).json(answer.data);
    })
    .catch(next);
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
