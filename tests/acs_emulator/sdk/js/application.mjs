// The web side of an application: Event Grid, callbacks, a media WebSocket.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { WebSocketServer } from "ws";
import { StreamingData, parseCallAutomationEvent } from "@azure/communication-call-automation";

// 0.3 s of silence, as play wants it: 16 kHz, 16 bit, mono.
function wav() {
  const size = 9600;
  const file = Buffer.alloc(44 + size);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + size, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(16000, 24);
  file.writeUInt32LE(32000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(size, 40);
  return file;
}

export class Application {
  constructor() {
    this.incoming = [];
    this.events = []; // as they came
    this.parsed = []; // as the SDK reads them
    this.frames = []; // kind, and what the SDK reads
    this.sockets = [];
    this.server = createServer((request, response) => this.#serve(request, response));
    this.media = new WebSocketServer({ server: this.server });
    this.media.on("connection", (socket) => {
      this.sockets.push(socket);
      socket.on("message", (data) => {
        const body = StreamingData.parse(data);
        this.frames.push({ kind: StreamingData.getStreamingKind(), body });
      });
    });
  }

  async start() {
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.place = `127.0.0.1:${this.server.address().port}`;
  }

  #serve(request, response) {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "GET") {
        response.writeHead(200, { "Content-Type": "audio/wav" });
        response.end(wav());
        return;
      }
      let answer = "";
      for (const event of JSON.parse(Buffer.concat(chunks).toString())) {
        const kind = event.eventType ?? event.type;
        if (kind.endsWith("SubscriptionValidationEvent")) {
          answer = JSON.stringify({ validationResponse: event.data.validationCode });
        } else if (kind.endsWith("IncomingCall")) {
          this.incoming.push(event.data);
        } else if (event.eventType) {
          this.parsed.push({ kind: event.eventType.split(".").pop() });
        } else {
          // A copy: the parser changes what it is given.
          this.parsed.push(parseCallAutomationEvent(structuredClone(event)));
          this.events.push(event);
        }
      }
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(answer);
    });
  }

  // Wait until something is so.
  async wait(there, seconds = 5) {
    const end = Date.now() + seconds * 1000;
    while (!there()) {
      if (Date.now() > end) return false;
      await new Promise((done) => setTimeout(done, 10));
    }
    return true;
  }

  async nextIncoming() {
    if (!(await this.wait(() => this.incoming.length))) throw new Error("no IncomingCall");
    return this.incoming.shift();
  }

  stop() {
    for (const socket of this.sockets) socket.terminate();
    this.server.close();
    this.server.closeAllConnections();
  }
}

// Read a file of events with the SDK: node application.mjs FILE.
if (process.argv[1]?.endsWith("application.mjs")) {
  const events = JSON.parse(readFileSync(process.argv[2], "utf-8"));
  const found = events.map((event) => {
    try {
      return parseCallAutomationEvent([event]);
    } catch (error) {
      return { kind: "", error: String(error) };
    }
  });
  console.log(JSON.stringify(found));
}
