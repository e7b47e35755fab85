CREATE TABLE "webhook_bodies" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "sha256" TEXT,
  "body" BLOB NOT NULL,
  "received_at" DATETIME NOT NULL,
  "deliveries" INTEGER NOT NULL,
  "error" TEXT
);

CREATE TABLE "clients" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "name_key" TEXT NOT NULL,
  "email" TEXT,
  "vip" INTEGER NOT NULL,
  "folder" TEXT NOT NULL,
  "folder_key" TEXT NOT NULL,
  "created_at" DATETIME NOT NULL
);

CREATE UNIQUE INDEX "clients_name_key" ON "clients" ("name_key");

CREATE UNIQUE INDEX "clients_folder_key" ON "clients" ("folder_key");

CREATE TABLE "contacts" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "client_id" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  "created_at" DATETIME NOT NULL,
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id")
);

CREATE INDEX "contacts_client_id" ON "contacts" ("client_id");

CREATE INDEX "contacts_value" ON "contacts" ("value");

CREATE UNIQUE INDEX "contacts_client_id_value" ON "contacts" ("client_id", "value");

CREATE TABLE "dossiers" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "client_id" INTEGER NOT NULL,
  "reference" TEXT NOT NULL,
  "reference_key" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "lawyer" TEXT,
  "label" TEXT,
  "folder" TEXT NOT NULL,
  "opened_at" DATETIME NOT NULL,
  "closed_at" DATETIME,
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id")
);

CREATE INDEX "dossiers_client_id" ON "dossiers" ("client_id");

CREATE UNIQUE INDEX "dossiers_reference_key" ON "dossiers" ("reference_key");

CREATE TABLE "parties" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "dossier_id" INTEGER NOT NULL,
  "role" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "name_key" TEXT NOT NULL,
  "number" TEXT,
  FOREIGN KEY ("dossier_id") REFERENCES "dossiers" ("id")
);

CREATE INDEX "parties_dossier_id" ON "parties" ("dossier_id");

CREATE INDEX "parties_name_key" ON "parties" ("name_key");

CREATE INDEX "parties_number" ON "parties" ("number");

CREATE UNIQUE INDEX "parties_dossier_id_role_name_key" ON "parties" ("dossier_id", "role", "name_key");

CREATE TABLE "correspondents" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "profile_name" TEXT,
  "language" TEXT,
  "last_wrote_at" DATETIME,
  "opted_out_at" DATETIME,
  "asked_number_at" DATETIME,
  "withheld_since" DATETIME,
  "created_at" DATETIME NOT NULL
);

CREATE TABLE "identifiers" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "correspondent_id" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  "first_seen_at" DATETIME NOT NULL,
  "last_seen_at" DATETIME NOT NULL,
  "ended_at" DATETIME,
  FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id")
);

CREATE INDEX "identifiers_correspondent_id" ON "identifiers" ("correspondent_id");

CREATE INDEX "identifiers_value_kind" ON "identifiers" ("value", "kind");

CREATE TABLE "identity_events" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "correspondent_id" INTEGER NOT NULL,
  "other_id" INTEGER,
  "kind" TEXT NOT NULL,
  "old_value" TEXT,
  "new_value" TEXT,
  "wamid" TEXT,
  "happened_at" DATETIME NOT NULL,
  "settled_at" DATETIME,
  "settled_by" TEXT,
  "verdict" TEXT,
  FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
  FOREIGN KEY ("other_id") REFERENCES "correspondents" ("id")
);

CREATE INDEX "identity_events_correspondent_id" ON "identity_events" ("correspondent_id");

CREATE INDEX "identity_events_other_id" ON "identity_events" ("other_id");

CREATE INDEX "identity_events_wamid_kind" ON "identity_events" ("wamid", "kind");

CREATE TABLE "whatsapp_media_cache" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "media_id" TEXT NOT NULL,
  "sha256" TEXT,
  "mime_type" TEXT,
  "size" INTEGER,
  "filename" TEXT,
  "declared_sha256" TEXT,
  "status" TEXT NOT NULL,
  "error" TEXT,
  "seen_at" DATETIME NOT NULL,
  "downloaded_at" DATETIME,
  "expires_at" DATETIME NOT NULL
);

CREATE UNIQUE INDEX "whatsapp_media_cache_media_id" ON "whatsapp_media_cache" ("media_id");

CREATE TABLE "documents" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "owner_key" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "client_id" INTEGER,
  "dossier_id" INTEGER,
  "sender" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "original_name" TEXT,
  "mime_type" TEXT NOT NULL,
  "size" INTEGER NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "local_path" TEXT,
  "old_path" TEXT,
  "received_at" DATETIME NOT NULL,
  "stored_at" DATETIME,
  "filed_at" DATETIME,
  "filed_by" TEXT,
  "drive_id" TEXT,
  "drive_status" TEXT,
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id"),
  FOREIGN KEY ("dossier_id") REFERENCES "dossiers" ("id")
);

CREATE INDEX "documents_client_id" ON "documents" ("client_id");

CREATE INDEX "documents_dossier_id" ON "documents" ("dossier_id");

CREATE UNIQUE INDEX "documents_owner_key_sha256" ON "documents" ("owner_key", "sha256");

CREATE INDEX "documents_status_received_at" ON "documents" ("status", "received_at");

CREATE TABLE "whatsapp_messages" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "due_at" DATETIME,
  "leased_until" DATETIME,
  "attempts" INTEGER NOT NULL,
  "interruptions" INTEGER NOT NULL,
  "priority" INTEGER NOT NULL,
  "wamid" TEXT NOT NULL,
  "direction" TEXT NOT NULL,
  "sender" TEXT NOT NULL,
  "user_id" TEXT,
  "profile_name" TEXT,
  "type" TEXT NOT NULL,
  "body" TEXT,
  "status" TEXT NOT NULL,
  "received_at" DATETIME NOT NULL,
  "sent_at" DATETIME,
  "processed_at" DATETIME,
  "error" TEXT,
  "reason" TEXT,
  "raw" TEXT NOT NULL,
  "webhook_body_id" INTEGER,
  "correspondent_id" INTEGER,
  "client_id" INTEGER,
  "document_id" INTEGER,
  "is_duplicate" INTEGER NOT NULL,
  "edited_at" DATETIME,
  "revoked_at" DATETIME,
  FOREIGN KEY ("webhook_body_id") REFERENCES "webhook_bodies" ("id"),
  FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id"),
  FOREIGN KEY ("document_id") REFERENCES "documents" ("id")
);

CREATE UNIQUE INDEX "whatsapp_messages_wamid" ON "whatsapp_messages" ("wamid");

CREATE INDEX "whatsapp_messages_received_at" ON "whatsapp_messages" ("received_at");

CREATE INDEX "whatsapp_messages_sender_received_at" ON "whatsapp_messages" ("sender", "received_at");

CREATE INDEX "whatsapp_messages_work" ON "whatsapp_messages" ("due_at", "leased_until") WHERE "due_at" IS NOT NULL;

CREATE TABLE "receipts" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "due_at" DATETIME,
  "leased_until" DATETIME,
  "attempts" INTEGER NOT NULL,
  "interruptions" INTEGER NOT NULL,
  "priority" INTEGER NOT NULL,
  "wamid" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "happened_at" DATETIME,
  "callback" TEXT,
  "raw" TEXT NOT NULL,
  "received_at" DATETIME NOT NULL,
  "webhook_body_id" INTEGER,
  "error" TEXT,
  FOREIGN KEY ("webhook_body_id") REFERENCES "webhook_bodies" ("id")
);

CREATE UNIQUE INDEX "receipts_wamid_status" ON "receipts" ("wamid", "status");

CREATE INDEX "receipts_work" ON "receipts" ("due_at", "leased_until") WHERE "due_at" IS NOT NULL;

CREATE TABLE "notices" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "field" TEXT NOT NULL,
  "raw" TEXT NOT NULL,
  "error" TEXT,
  "received_at" DATETIME NOT NULL,
  "read_at" DATETIME,
  "webhook_body_id" INTEGER,
  FOREIGN KEY ("webhook_body_id") REFERENCES "webhook_bodies" ("id")
);

CREATE INDEX "notices_received_at" ON "notices" ("received_at");

CREATE TABLE "outbox" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "due_at" DATETIME,
  "leased_until" DATETIME,
  "attempts" INTEGER NOT NULL,
  "interruptions" INTEGER NOT NULL,
  "priority" INTEGER NOT NULL,
  "channel" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "gathers" TEXT,
  "status" TEXT NOT NULL,
  "dedupe_key" TEXT NOT NULL,
  "callback" TEXT NOT NULL,
  "remote_id" TEXT,
  "subject" TEXT,
  "body" TEXT,
  "content" TEXT,
  "held" TEXT,
  "category" TEXT,
  "correspondent_id" INTEGER,
  "client_id" INTEGER,
  "dossier_id" INTEGER,
  "created_at" DATETIME NOT NULL,
  "expires_at" DATETIME,
  "sending_at" DATETIME,
  "sent_at" DATETIME,
  "error" TEXT,
  "reason" TEXT,
  FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id"),
  FOREIGN KEY ("dossier_id") REFERENCES "dossiers" ("id")
);

CREATE UNIQUE INDEX "outbox_dedupe_key" ON "outbox" ("dedupe_key");

CREATE UNIQUE INDEX "outbox_callback" ON "outbox" ("callback");

CREATE INDEX "outbox_remote_id" ON "outbox" ("remote_id");

CREATE INDEX "outbox_correspondent_id" ON "outbox" ("correspondent_id");

CREATE INDEX "outbox_client_id" ON "outbox" ("client_id");

CREATE INDEX "outbox_dossier_id" ON "outbox" ("dossier_id");

CREATE INDEX "outbox_created_at" ON "outbox" ("created_at");

CREATE INDEX "outbox_gathers_status" ON "outbox" ("gathers", "status");

CREATE INDEX "outbox_recipient_created_at" ON "outbox" ("recipient", "created_at");

CREATE INDEX "outbox_work" ON "outbox" ("due_at", "leased_until") WHERE "due_at" IS NOT NULL;

CREATE TABLE "outbox_items" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "outgoing_id" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "message_id" INTEGER NOT NULL,
  FOREIGN KEY ("outgoing_id") REFERENCES "outbox" ("id"),
  FOREIGN KEY ("message_id") REFERENCES "whatsapp_messages" ("id")
);

CREATE INDEX "outbox_items_outgoing_id" ON "outbox_items" ("outgoing_id");

CREATE INDEX "outbox_items_message_id" ON "outbox_items" ("message_id");

CREATE UNIQUE INDEX "outbox_items_kind_recipient_message_id" ON "outbox_items" ("kind", "recipient", "message_id");

CREATE TABLE "sending_holds" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "scope" TEXT NOT NULL,
  "recipient" TEXT,
  "code" INTEGER,
  "error" TEXT NOT NULL,
  "reason" TEXT,
  "since_at" DATETIME NOT NULL,
  "until_at" DATETIME,
  "ended_at" DATETIME
);

CREATE INDEX "sending_holds_scope_recipient_ended_at" ON "sending_holds" ("scope", "recipient", "ended_at");

CREATE TABLE "questions" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "outgoing_id" INTEGER NOT NULL,
  "correspondent_id" INTEGER NOT NULL,
  "client_id" INTEGER NOT NULL,
  "asked_at" DATETIME NOT NULL,
  "answered_at" DATETIME,
  "dossier_id" INTEGER,
  "answer_wamid" TEXT,
  FOREIGN KEY ("outgoing_id") REFERENCES "outbox" ("id"),
  FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
  FOREIGN KEY ("client_id") REFERENCES "clients" ("id"),
  FOREIGN KEY ("dossier_id") REFERENCES "dossiers" ("id")
);

CREATE UNIQUE INDEX "questions_outgoing_id" ON "questions" ("outgoing_id");

CREATE INDEX "questions_correspondent_id" ON "questions" ("correspondent_id");

CREATE INDEX "questions_client_id" ON "questions" ("client_id");

CREATE INDEX "questions_dossier_id" ON "questions" ("dossier_id");

CREATE TABLE "whatsapp_auto_replies" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "trigger" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "message_template" TEXT NOT NULL,
  "enabled" INTEGER NOT NULL
);

CREATE UNIQUE INDEX "whatsapp_auto_replies_trigger_language" ON "whatsapp_auto_replies" ("trigger", "language");

CREATE TABLE "faq_entries" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "language" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "keywords" TEXT NOT NULL,
  "answer" TEXT NOT NULL,
  "priority" INTEGER NOT NULL,
  "enabled" INTEGER NOT NULL
);

CREATE TABLE "users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "name_key" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "email" TEXT,
  "password_hash" TEXT NOT NULL,
  "created_at" DATETIME NOT NULL,
  "disabled_at" DATETIME,
  "failures" INTEGER NOT NULL,
  "locked_until" DATETIME
);

CREATE UNIQUE INDEX "users_name_key" ON "users" ("name_key");

CREATE TABLE "sessions" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "token_hash" TEXT NOT NULL,
  "user_id" INTEGER NOT NULL,
  "created_at" DATETIME NOT NULL,
  "seen_at" DATETIME NOT NULL,
  "expires_at" DATETIME NOT NULL,
  FOREIGN KEY ("user_id") REFERENCES "users" ("id")
);

CREATE UNIQUE INDEX "sessions_token_hash" ON "sessions" ("token_hash");

CREATE INDEX "sessions_user_id" ON "sessions" ("user_id");

CREATE TABLE "audit_log" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "at" DATETIME NOT NULL,
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "subject" TEXT,
  "detail" TEXT
);

CREATE INDEX "audit_log_at" ON "audit_log" ("at");

CREATE TABLE "rate_limits" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "who" TEXT NOT NULL,
  "at" INTEGER NOT NULL
);

CREATE UNIQUE INDEX "rate_limits_name_key_who" ON "rate_limits" ("name", "key", "who");

CREATE INDEX "rate_limits_name_key_at" ON "rate_limits" ("name", "key", "at");

CREATE TABLE "limit_settings" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "amount" INTEGER,
  "seconds" INTEGER,
  "changed_at" DATETIME NOT NULL,
  "changed_by" TEXT NOT NULL
);

CREATE INDEX "limit_settings_name" ON "limit_settings" ("name");

CREATE TABLE "limit_uses" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "hour_at" DATETIME NOT NULL,
  "allowed" INTEGER NOT NULL,
  "refused" INTEGER NOT NULL
);

CREATE UNIQUE INDEX "limit_uses_name_hour_at" ON "limit_uses" ("name", "hour_at");

CREATE TABLE "presences" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "started_at" DATETIME NOT NULL,
  "seen_at" DATETIME NOT NULL
);

CREATE TABLE "inventories" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "taken_at" DATETIME NOT NULL,
  "received" INTEGER NOT NULL,
  "filed" INTEGER NOT NULL,
  "pending" INTEGER NOT NULL,
  "processed" INTEGER NOT NULL,
  "failed" INTEGER NOT NULL,
  "working" INTEGER NOT NULL,
  "missing" TEXT NOT NULL,
  "displaced" INTEGER NOT NULL,
  "last_body_id" INTEGER NOT NULL
);

CREATE TABLE "account_events" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "notice_id" INTEGER,
  "field" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "severity" TEXT NOT NULL,
  "error" TEXT,
  "reason" TEXT,
  "happened_at" DATETIME,
  "received_at" DATETIME NOT NULL,
  "settled_at" DATETIME,
  FOREIGN KEY ("notice_id") REFERENCES "notices" ("id")
);

CREATE UNIQUE INDEX "account_events_notice_id" ON "account_events" ("notice_id");

CREATE INDEX "account_events_received_at" ON "account_events" ("received_at");

CREATE INDEX "whatsapp_messages_client_id" ON "whatsapp_messages" ("client_id") WHERE "client_id" IS NOT NULL;

CREATE INDEX "whatsapp_messages_document_id" ON "whatsapp_messages" ("document_id") WHERE "document_id" IS NOT NULL;

CREATE INDEX "whatsapp_messages_errors" ON "whatsapp_messages" ("status", "received_at") WHERE "error" IS NOT NULL;

CREATE INDEX "whatsapp_messages_correspondent_id" ON "whatsapp_messages" ("correspondent_id") WHERE "correspondent_id" IS NOT NULL;

CREATE INDEX "whatsapp_messages_out" ON "whatsapp_messages" ("received_at") WHERE "direction" = 'out';

CREATE INDEX "outbox_sent" ON "outbox" ("sent_at") WHERE "category" IS NOT NULL AND "sent_at" IS NOT NULL;

CREATE INDEX "notices_unread" ON "notices" ("id") WHERE "read_at" IS NULL;

CREATE INDEX "account_events_open" ON "account_events" ("id") WHERE "settled_at" IS NULL;

CREATE INDEX "outbox_held" ON "outbox" ("held") WHERE "held" IS NOT NULL;

CREATE INDEX "documents_moved" ON "documents" ("id") WHERE "old_path" IS NOT NULL;

CREATE INDEX "outbox_errors" ON "outbox" ("status") WHERE "error" IS NOT NULL;

CREATE INDEX "webhook_bodies_errors" ON "webhook_bodies" ("received_at") WHERE "error" IS NOT NULL;

CREATE UNIQUE INDEX "webhook_bodies_sha256" ON "webhook_bodies" ("sha256") WHERE "sha256" IS NOT NULL;

CREATE INDEX "notices_errors" ON "notices" ("received_at") WHERE "error" IS NOT NULL;

CREATE VIEW "whatsapp_stats_30d" AS
SELECT
  date("received_at") AS "day",
  count(*) AS "messages",
  count(DISTINCT "sender") AS "senders",
  sum("status" = 'document_created') AS "documents",
  sum("status" = 'processed') AS "processed",
  sum("status" = 'error') AS "errors",
  sum("status" IN ('received', 'media_downloaded')) AS "waiting",
  sum("is_duplicate") AS "duplicates"
FROM "whatsapp_messages"
WHERE "direction" = 'in' AND "received_at" >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-30 days')
GROUP BY date("received_at");

CREATE VIEW "whatsapp_media_expired" AS
SELECT "media_id", "status", "mime_type", "filename", "seen_at", "expires_at", "error"
FROM "whatsapp_media_cache"
WHERE "status" <> 'downloaded' AND "expires_at" < strftime('%Y-%m-%d %H:%M:%f', 'now');
