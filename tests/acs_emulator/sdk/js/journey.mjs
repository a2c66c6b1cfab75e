// The JavaScript SDK on a journey through call automation; the same as
// journey.py, whose names of calls it uses:
//
//     node journey.mjs CONTROL LINE USER
//
// prints one JSON document: what became of each SDK call, and all events.

import {
  CallAutomationClient,
  createOutboundAudioData,
  createOutboundStopAudioData,
} from "@azure/communication-call-automation";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { randomUUID } from "node:crypto";
import { Application } from "./application.mjs";

const [base, line, user] = process.argv.slice(2);
const caller = { phoneNumber: "+14255550123" };
const other = { phoneNumber: "+14255550177" };
const third = { phoneNumber: "+14255550199" };
const headers = { accountNumber: "12345", language: "en" };
const keys = Array.from({ length: 60 }, (_, i) => ({
  after: `at ${(0.6 + 0.4 * i).toFixed(1)}`,
  press: "1",
  beside: true,
}));
const words = Array.from({ length: 6 }, (_, i) => ({
  after: `at ${(0.6 + 3 * i).toFixed(1)}`,
  say_text: "good morning to all of you",
}));
const results = {};
const app = new Application();

async function control(method, path, body) {
  const response = await fetch(`${base}/emulator${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return response.json();
}

// What the SDK gave, if it did not fail; true if it gave nothing.
async function call(row, step) {
  try {
    const found = await step();
    results[row] = "ok";
    return found ?? true;
  } catch (error) {
    if (error.statusCode === undefined) throw error;
    results[row] = `${error.statusCode} ${error.code ?? ""}`.trim();
    return null;
  }
}

const kinds = () => app.parsed.map((event) => event.kind);
const count = (kind) => kinds().filter((found) => found === kind).length;

async function sees(row, kind, times = 1) {
  const came = await app.wait(() => count(kind) >= times);
  results[`${row}: ${kind}`] = came ? "ok" : "did not come";
}

async function place(steps, from = caller.phoneNumber) {
  const { id } = await control("POST", "/calls", { from, to: line, steps });
  for (;;) {
    const { to, incomingCallContext } = await app.nextIncoming();
    // A redirected call may still ring somewhere else.
    if (to.rawId === `4:${line}`) return [id, incomingCallContext];
  }
}

await app.start();
const callback = `http://${app.place}/callbacks`;
const { connection_string } = await control("GET", "/resource");
const client = new CallAutomationClient(connection_string, { retryOptions: { maxRetries: 0 } });

async function answered(context, options = {}) {
  const before = count("CallConnected");
  const answer = await call("answer_call", () => client.answerCall(context, callback, options));
  await sees("answer_call", "CallConnected", before + 1);
  return answer.callConnection;
}

async function audio(id) {
  const [socket] = app.sockets;
  const silence = Buffer.alloc(640).toString("base64");
  socket.send(createOutboundAudioData(silence));
  socket.send(createOutboundStopAudioData());
  socket.send(createOutboundAudioData(silence));
  for (const kind of ["AudioMetadata", "AudioData", "DtmfData"]) {
    const came = await app.wait(() => app.frames.some((frame) => frame.kind === kind));
    results[`media socket: receive ${kind}`] = came ? "ok" : "missing";
  }
  const { counters } = await control("GET", `/calls/${id}`);
  const good = counters.frames_heard > 0 && !counters.violations && counters.stop_audio === 1;
  results["media socket: send audio, StopAudio"] = good ? "ok" : JSON.stringify(counters);
}

async function play(media) {
  const file = { kind: "fileSource", url: `http://${app.place}/prompt.wav` };
  if (await call("play_media", () => media.play([file], [caller])))
    await sees("play_media", "PlayCompleted");
  if (await call("play_media_to_all", () => media.playToAll([file]))) {
    await sees("play_media_to_all", "PlayCompleted", 2);
    await call("play_media_to_all", () => media.playToAll([file], { loop: true }));
  }
  if (await call("cancel_all_media_operations", () => media.cancelAllOperations()))
    await sees("cancel_all_media_operations", "PlayCanceled");
}

async function listen(media) {
  let row = "start_recognizing_media, DTMF";
  const options = {
    kind: "callMediaRecognizeDtmfOptions",
    maxTonesToCollect: 2,
    initialSilenceTimeoutInSeconds: 5,
  };
  if (await call(row, () => media.startRecognizing(caller, options)))
    await sees(row, "RecognizeCompleted");
  row = "start_continuous_dtmf_recognition";
  if (await call(row, () => media.startContinuousDtmfRecognition(caller)))
    await sees(row, "ContinuousDtmfRecognitionToneReceived");
  row = "stop_continuous_dtmf_recognition";
  if (await call(row, () => media.stopContinuousDtmfRecognition(caller)))
    await sees(row, "ContinuousDtmfRecognitionStopped");
  row = "send_dtmf_tones";
  if (await call(row, () => media.sendDtmfTones(["one", "pound"], caller)))
    await sees(row, "SendDtmfTonesCompleted");
}

async function streaming(media) {
  let row = "stop_media_streaming";
  if (await call(row, () => media.stopMediaStreaming())) await sees(row, "MediaStreamingStopped");
  row = "start_media_streaming";
  if (await call(row, () => media.startMediaStreaming()))
    await sees(row, "MediaStreamingStarted", 2);
}

async function recording(connectionId) {
  const recordings = client.getCallRecording();
  const started = await call("start_recording", () =>
    recordings.start({
      callConnectionId: connectionId,
      recordingContent: "audio",
      recordingChannel: "mixed",
      recordingFormat: "wav",
      recordingStateCallbackEndpointUrl: callback,
    }),
  );
  if (started) await sees("start_recording", "RecordingStateChanged");
  const id = started?.recordingId ?? "bm9uZQ";
  await call("get_recording_properties", () => recordings.getState(id));
  await call("pause_recording", () => recordings.pause(id));
  await call("resume_recording", () => recordings.resume(id));
  await call("stop_recording", () => recordings.stop(id));
  await sees("stop_recording", "RecordingFileStatusUpdated");
}

async function mediaAndTransfer() {
  const mediaStreamingOptions = {
    transportUrl: `ws://${app.place}/media`,
    transportType: "websocket",
    contentType: "audio",
    audioChannelType: "mixed",
    startMediaStreaming: true,
    enableBidirectional: true,
    enableDtmfTones: true,
    audioFormat: "Pcm16KMono",
  };
  const [id, context] = await place(keys);
  const up = await answered(context, { mediaStreamingOptions });
  await sees("answer_call", "MediaStreamingStarted");
  await audio(id);
  const properties = await call("get_call_properties", () => up.getCallConnectionProperties());
  const media = up.getCallMedia();
  await play(media);
  await listen(media);
  await streaming(media);
  await recording(properties.callConnectionId);
  await call("hold", () => media.hold(caller));
  await call("unhold", () => media.unhold(caller));
  await transferToUser(up);
}

async function endCall(up) {
  const ended = count("CallDisconnected") + 1;
  await call("hang_up(True)", () => up.hangUp(true));
  await sees("hang_up(True)", "CallDisconnected", ended);
}

async function transcription() {
  const transcriptionOptions = {
    transportUrl: `ws://${app.place}/words`,
    transportType: "websocket",
    locale: "en-US",
    startTranscription: false,
  };
  const callIntelligenceOptions = { cognitiveServicesEndpoint: "https://speech.example/" };
  const [, context] = await place(words);
  const up = await answered(context, { transcriptionOptions, callIntelligenceOptions });
  const media = up.getCallMedia();
  if (await call("start_transcription", () => media.startTranscription()))
    await sees("start_transcription", "TranscriptionStarted");
  for (const kind of ["TranscriptionMetadata", "TranscriptionData"]) {
    const came = await app.wait(() => app.frames.some((frame) => frame.kind === kind), 20);
    results[`transcription socket: receive ${kind}`] = came ? "ok" : "missing";
  }
  if (await call("update_transcription", () => media.updateTranscription("en-GB")))
    await sees("update_transcription", "TranscriptionUpdated");
  if (await call("stop_transcription", () => media.stopTranscription()))
    await sees("stop_transcription", "TranscriptionStopped");
  await endCall(up);
}

async function groupCall() {
  const id = randomUUID();
  const connected = count("CallConnected") + 1;
  const found = await call("connect_call, group", () =>
    client.connectCall({ kind: "groupCallLocator", id }, callback),
  );
  await sees("connect_call, group", "CallConnected", connected);
  await call("start_recording, group", () =>
    client.getCallRecording().start({
      callLocator: { kind: "groupCallLocator", id },
      recordingContent: "audio",
      recordingChannel: "unmixed",
      recordingFormat: "wav",
    }),
  );
  await endCall(found.callConnection);
}

async function transferToUser(up) {
  const row = "transfer_call_to_participant, user";
  const customCallingContext = Object.entries(headers).map(([key, value]) => ({
    kind: "voip",
    key,
    value,
  }));
  await call(row, () =>
    up.transferCallToParticipant(
      { communicationUserId: user },
      { transferee: caller, operationContext: "to-user", customCallingContext },
    ),
  );
  const incoming = await app.nextIncoming();
  const arrived = JSON.stringify(incoming.customContext?.voipHeaders) === JSON.stringify(headers);
  results[`${row}: voip headers`] = arrived ? "ok" : JSON.stringify(incoming);
  const second = await answered(incoming.incomingCallContext);
  await sees(row, "CallTransferAccepted");
  await call("hang_up(False)", () => second.hangUp(false));
  await sees("hang_up(False)", "CallDisconnected", 2);
}

async function participants() {
  const [, context] = await place([]);
  const up = await answered(context);
  const about = await up.getCallConnectionProperties();
  await call("connect_call", () =>
    client.connectCall({ kind: "serverCallLocator", id: about.serverCallId }, callback),
  );
  await call("list_participants", () => up.listParticipants());
  await call("get_participant", () => up.getParticipant(caller));
  await call("mute_participant", () => up.muteParticipant(about.answeredby));
  await addAndRemove(up);
  await move(up);
  await endCall(up);
}

async function addAndRemove(up) {
  const invite = { targetParticipant: other, sourceCallIdNumber: { phoneNumber: line } };
  const added = await call("add_participant", () => up.addParticipant(invite));
  const row = "cancel_add_participant_operation";
  if (await call(row, () => up.cancelAddParticipantOperation(added?.invitationId ?? "none")))
    await sees(row, "CancelAddParticipantSucceeded");
  if (await call("add_participant", () => up.addParticipant(invite)))
    await sees("add_participant", "AddParticipantSucceeded");
  if (await call("remove_participant", () => up.removeParticipant(other)))
    await sees("remove_participant", "RemoveParticipantSucceeded");
}

async function move(up) {
  const [, context] = await place([], third.phoneNumber);
  const second = await answered(context);
  const { callConnectionId } = await second.getCallConnectionProperties();
  if (await call("move_participants", () => up.moveParticipants([third], callConnectionId)))
    await sees("move_participants", "MoveParticipantSucceeded");
}

async function transferToPhone() {
  const [, context] = await place([]);
  const up = await answered(context);
  const row = "transfer_call_to_participant, phone";
  await call(row, () => up.transferCallToParticipant(other));
  await sees(row, "CallTransferAccepted", 2);
}

async function notAnswered() {
  let [id, context] = await place([]);
  const invite = { targetParticipant: { communicationUserId: user } };
  await call("redirect_call", () => client.redirectCall(context, invite));
  await control("DELETE", `/calls/${id}`);
  [id, context] = await place([]);
  await call("reject_call", () => client.rejectCall(context, { callRejectReason: "busy" }));
  await control("DELETE", `/calls/${id}`);
}

async function outbound() {
  const sourceCallIdNumber = { phoneNumber: line };
  const invite = { targetParticipant: other, sourceCallIdNumber };
  await call("create_call", () => client.createCall(invite, callback));
  await call("create_group_call", () =>
    client.createGroupCall([other, caller], callback, { sourceCallIdNumber }),
  );
}

async function identity() {
  const users = new CommunicationIdentityClient(connection_string, {
    retryOptions: { maxRetries: 0 },
  });
  const made = await call("create_user", () => users.createUser());
  await call("create_user_and_token", () => users.createUserAndToken(["chat"]));
  await call("get_token", () => users.getToken(made, ["voip"], { tokenExpiresInMinutes: 60 }));
  await call("revoke_tokens", () => users.revokeTokens(made));
  await call("delete_user", () => users.deleteUser(made));
}

await control("PUT", "/subscriptions/journey", { endpoint: `http://${app.place}/events` });
await mediaAndTransfer();
await transcription();
await groupCall();
await participants();
await transferToPhone();
await notAnswered();
await outbound();
await identity();
app.stop();
console.log(JSON.stringify({ results, events: app.events }));
process.exit(0);
