// Node with ws on both sides: node --expose-gc node_peer.mjs FOLDER PORT AGENT_URL
// where FOLDER/node_modules has ws.

import { createRequire } from 'node:module';

const [folder, port, agentUrl] = process.argv.slice(2);
const { WebSocket, WebSocketServer } = createRequire(`${folder}/`)('ws');

process.on('SIGUSR2', () => globalThis.gc?.());

function pcmOf(text) {
  const message = JSON.parse(text);
  return message.kind === 'AudioData'
    ? Buffer.from(message.audioData.data, 'base64')
    : null;
}

function audioMessage(pcm) {
  const body = {
    Kind: 'AudioData',
    AudioData: { Data: pcm.toString('base64') },
    StopAudio: null,
  };
  return JSON.stringify(body);
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  perMessageDeflate: false,
  backlog: 500,
});

server.on('connection', (caller) => {
  const agent = new WebSocket(agentUrl, { perMessageDeflate: false });
  caller.on('message', (text, isBinary) => {
    if (isBinary) return;
    const pcm = pcmOf(text);
    if (pcm !== null && agent.readyState === WebSocket.OPEN) agent.send(pcm);
  });
  agent.on('message', (pcm, isBinary) => {
    if (isBinary && caller.readyState === WebSocket.OPEN) {
      caller.send(audioMessage(pcm));
    }
  });
  caller.on('close', () => agent.terminate());
  agent.on('close', () => caller.close());
  for (const socket of [caller, agent]) {
    socket.on('error', (error) => console.error(String(error)));
  }
});
