// The seed's own design as a yardstick: Express, HMAC over the raw body, parse, BullMQ's add before
// the 200. Redis runs with `appendfsync always`, so that its answer is durable as ours is.
"use strict";
const crypto = require("node:crypto");
const express = require("express");
const { Queue } = require("bullmq");

const [, , secret, redisPort] = process.argv;
const queue = new Queue("messages", { connection: { host: "127.0.0.1", port: Number(redisPort) } });
const app = express();

const isSigned = (body, header) => {
  const expected = "sha256=" + crypto.createHmac("sha256", secret).update(body).digest("hex");
  const given = Buffer.from(header || "");
  return given.length === expected.length && crypto.timingSafeEqual(given, Buffer.from(expected));
};

app.post("/api/webhooks/whatsapp", express.raw({ type: "*/*", limit: "3mb" }), async (request, response) => {
  if (!isSigned(request.body, request.get("X-Hub-Signature-256"))) return response.status(401).end();
  const messages = JSON.parse(request.body).entry
    .flatMap((entry) => entry.changes)
    .flatMap((change) => change.value.messages || []);
  // The message's own id as the job's: added twice, it is there once.
  const jobs = messages.map((message) => ({
    name: "message",
    data: message,
    opts: { jobId: message.id, attempts: 3, backoff: { type: "exponential", delay: 2000 } },
  }));
  if (jobs.length === 1) await queue.add(jobs[0].name, jobs[0].data, jobs[0].opts);
  else await queue.addBulk(jobs);
  response.json({ success: true, queued: jobs.length });
});

queue.waitUntilReady().then(() => {
  const server = app.listen(0, "127.0.0.1", () => {
    console.log(`webhook    http://127.0.0.1:${server.address().port}/api/webhooks/whatsapp`);
  });
});
