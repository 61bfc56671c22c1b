CREATE TABLE audit (
    id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    staff_id BIGINT,
    act VARCHAR(64) NOT NULL,
    subject VARCHAR(64) DEFAULT '' NOT NULL,
    detail TEXT,
    CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_audit_at ON audit (at);

CREATE TABLE customers (
    id INTEGER NOT NULL,
    number VARCHAR(64),
    chat_id BIGINT,
    name TEXT DEFAULT '' NOT NULL,
    search TEXT DEFAULT '' NOT NULL,
    username TEXT,
    language VARCHAR(16),
    kind VARCHAR(16) DEFAULT 'consumer' NOT NULL,
    company TEXT,
    town TEXT,
    birth_date DATE,
    email TEXT,
    phone TEXT,
    timezone VARCHAR(64),
    reach VARCHAR(16) DEFAULT 'never_met' NOT NULL,
    met_at DATETIME,
    paused_until DATETIME,
    muted_until DATETIME,
    last_in_at DATETIME,
    owner_id BIGINT,
    tags TEXT,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_number UNIQUE (number),
    CONSTRAINT uq_customers_chat_id UNIQUE (chat_id)
);
CREATE INDEX ix_customers_search ON customers (search);

CREATE TABLE inbox (
    id INTEGER NOT NULL,
    update_id BIGINT NOT NULL,
    received_at DATETIME NOT NULL,
    body TEXT NOT NULL,
    state VARCHAR(8) DEFAULT 'new' NOT NULL,
    error TEXT,
    done_at DATETIME,
    CONSTRAINT pk_inbox PRIMARY KEY (id),
    CONSTRAINT uq_inbox_update_id UNIQUE (update_id)
);
CREATE INDEX ix_inbox_done_at ON inbox (done_at);
CREATE INDEX ix_inbox_new ON inbox (id) WHERE state = 'new';

CREATE TABLE outbox (
    id BIGINT NOT NULL,
    act VARCHAR(8) NOT NULL,
    chat_id BIGINT NOT NULL,
    lane INTEGER NOT NULL,
    kind VARCHAR(24) NOT NULL,
    payload TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    not_before DATETIME NOT NULL,
    customer_id BIGINT,
    thread_id BIGINT,
    message_id BIGINT,
    callback_id TEXT DEFAULT '' NOT NULL,
    run_id BIGINT,
    question VARCHAR(64),
    case_id BIGINT,
    newsletter_id BIGINT,
    staff_id BIGINT,
    on_unknown VARCHAR(16) NOT NULL,
    proactive BOOLEAN NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    ref VARCHAR(64) DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    state VARCHAR(8) DEFAULT 'waiting' NOT NULL,
    intent_at DATETIME,
    claimed_by VARCHAR(64),
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT uq_outbox_newsletter_id_customer_id UNIQUE (newsletter_id, customer_id)
);
CREATE INDEX ix_outbox_intent ON outbox (id) WHERE state = 'intent';
CREATE INDEX ix_outbox_waiting ON outbox (lane, id) WHERE state = 'waiting';

CREATE TABLE schedules (
    id INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    cron VARCHAR(128) NOT NULL,
    timezone VARCHAR(64) NOT NULL,
    late_s INTEGER NOT NULL,
    audience TEXT DEFAULT '' NOT NULL,
    since DATETIME NOT NULL,
    enabled BOOLEAN NOT NULL,
    CONSTRAINT pk_schedules PRIMARY KEY (id),
    CONSTRAINT uq_schedules_kind_name UNIQUE (kind, name)
);

CREATE TABLE scripts (
    digest VARCHAR(64) NOT NULL,
    script_id VARCHAR(64) NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    kept_at DATETIME NOT NULL,
    CONSTRAINT pk_scripts PRIMARY KEY (digest)
);

CREATE TABLE sendings (
    id BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    content TEXT NOT NULL,
    audience TEXT DEFAULT '' NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_at DATETIME NOT NULL,
    created_by BIGINT,
    approved_by BIGINT,
    started_at DATETIME,
    finished_at DATETIME,
    due_at DATETIME,
    schedule_id BIGINT,
    on_unknown VARCHAR(16) NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    frozen BOOLEAN NOT NULL,
    CONSTRAINT pk_sendings PRIMARY KEY (id),
    CONSTRAINT uq_sendings_schedule_id_due_at UNIQUE (schedule_id, due_at)
);
CREATE INDEX ix_sendings_name ON sendings (name, created_at);

CREATE TABLE settings (
    name VARCHAR(64) NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_settings PRIMARY KEY (name)
);

CREATE TABLE staff (
    id BIGINT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    role VARCHAR(16) NOT NULL,
    language VARCHAR(16),
    expects VARCHAR(64) DEFAULT '' NOT NULL,
    reachable BOOLEAN NOT NULL,
    added_at DATETIME NOT NULL,
    removed_at DATETIME,
    CONSTRAINT pk_staff PRIMARY KEY (id)
);

CREATE TABLE staff_messages (
    chat_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    ref VARCHAR(64) NOT NULL,
    customer_id BIGINT,
    case_id BIGINT,
    at DATETIME NOT NULL,
    CONSTRAINT pk_staff_messages PRIMARY KEY (chat_id, message_id)
);
CREATE INDEX ix_staff_messages_ref ON staff_messages (ref);

CREATE TABLE waves (
    id BIGINT NOT NULL,
    script_id VARCHAR(64) NOT NULL,
    audience TEXT DEFAULT '' NOT NULL,
    started_at DATETIME NOT NULL,
    due_at DATETIME,
    started_by VARCHAR(64) NOT NULL,
    schedule_id BIGINT,
    frozen BOOLEAN NOT NULL,
    CONSTRAINT pk_waves PRIMARY KEY (id)
);
CREATE INDEX ix_waves_script_id ON waves (script_id, started_at);

CREATE TABLE cases (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    customer_id BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    category VARCHAR(64) NOT NULL,
    state VARCHAR(24) NOT NULL,
    priority VARCHAR(16) NOT NULL,
    summary TEXT DEFAULT '' NOT NULL,
    remedy TEXT DEFAULT '' NOT NULL,
    order_ref TEXT DEFAULT '' NOT NULL,
    opened_at DATETIME NOT NULL,
    owner_id BIGINT,
    run_id BIGINT,
    first_answer_at DATETIME,
    first_answer_due DATETIME,
    warned_at DATETIME,
    resolved_at DATETIME,
    closed_at DATETIME,
    CONSTRAINT fk_cases_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT uq_cases_run_id UNIQUE (run_id)
);
CREATE INDEX ix_cases_customer_id ON cases (customer_id);
CREATE INDEX ix_cases_state ON cases (state, first_answer_due);

CREATE TABLE consents (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    given BOOLEAN NOT NULL,
    text_version VARCHAR(64) NOT NULL,
    source VARCHAR(64) NOT NULL,
    at DATETIME NOT NULL,
    current BOOLEAN NOT NULL,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT fk_consents_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE UNIQUE INDEX ix_consents_current ON consents (customer_id, purpose) WHERE current = 1;

CREATE TABLE contacts (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    channel VARCHAR(16) NOT NULL,
    direction VARCHAR(4) NOT NULL,
    kind VARCHAR(24) NOT NULL,
    text TEXT NOT NULL,
    media TEXT,
    album VARCHAR(64),
    state VARCHAR(16) NOT NULL,
    reason TEXT,
    message_id BIGINT,
    message_ids TEXT,
    run_id BIGINT,
    question VARCHAR(64),
    case_id BIGINT,
    newsletter_id BIGINT,
    staff_id BIGINT,
    feeling INTEGER,
    proactive BOOLEAN DEFAULT false NOT NULL,
    edited_from TEXT,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT fk_contacts_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_contacts_customer_id_at ON contacts (customer_id, at);
CREATE INDEX ix_contacts_customer_id_message_id ON contacts (customer_id, message_id);
CREATE INDEX ix_contacts_newsletter_id ON contacts (newsletter_id) WHERE newsletter_id IS NOT NULL;

CREATE TABLE exclusions (
    sending_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    reason VARCHAR(32) NOT NULL,
    CONSTRAINT pk_exclusions PRIMARY KEY (sending_id, customer_id),
    CONSTRAINT fk_exclusions_sending_id FOREIGN KEY(sending_id) REFERENCES sendings (id),
    CONSTRAINT fk_exclusions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE TABLE facts (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    value TEXT NOT NULL,
    word TEXT,
    figure FLOAT,
    source VARCHAR(64) NOT NULL,
    at DATETIME NOT NULL,
    current BOOLEAN NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (id),
    CONSTRAINT fk_facts_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE UNIQUE INDEX ix_facts_current ON facts (customer_id, name) WHERE current = 1;
CREATE INDEX ix_facts_name ON facts (name, customer_id) WHERE current = 1;

CREATE TABLE holds (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    kind VARCHAR(24) NOT NULL,
    reason VARCHAR(32) NOT NULL,
    ref VARCHAR(64) DEFAULT '' NOT NULL,
    CONSTRAINT pk_holds PRIMARY KEY (id),
    CONSTRAINT fk_holds_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_holds_at ON holds (at);
CREATE INDEX ix_holds_customer_id ON holds (customer_id, at);

CREATE TABLE invitations (
    wave_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(32) DEFAULT '' NOT NULL,
    run_id BIGINT,
    at DATETIME,
    CONSTRAINT pk_invitations PRIMARY KEY (wave_id, customer_id),
    CONSTRAINT fk_invitations_wave_id FOREIGN KEY(wave_id) REFERENCES waves (id),
    CONSTRAINT fk_invitations_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_invitations_customer_id ON invitations (customer_id);
CREATE INDEX ix_invitations_queued ON invitations (wave_id, customer_id) WHERE state = 'queued';

CREATE TABLE memberships (
    customer_id BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    since DATETIME NOT NULL,
    until DATETIME,
    CONSTRAINT pk_memberships PRIMARY KEY (customer_id, name),
    CONSTRAINT fk_memberships_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE TABLE purchases (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    receipt VARCHAR(64) NOT NULL,
    at DATETIME NOT NULL,
    product VARCHAR(64) DEFAULT '' NOT NULL,
    product_name TEXT DEFAULT '' NOT NULL,
    group_name VARCHAR(64) DEFAULT '' NOT NULL,
    quantity NUMERIC(14, 3) DEFAULT '1' NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    store VARCHAR(64) DEFAULT '' NOT NULL,
    external_id VARCHAR(128),
    import_id BIGINT,
    CONSTRAINT pk_purchases PRIMARY KEY (id),
    CONSTRAINT fk_purchases_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT uq_purchases_external_id UNIQUE (external_id)
);
CREATE INDEX ix_purchases_customer_id_at ON purchases (customer_id, at);

CREATE TABLE reactions (
    customer_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    emoji TEXT NOT NULL,
    CONSTRAINT pk_reactions PRIMARY KEY (customer_id, message_id),
    CONSTRAINT fk_reactions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE TABLE recipients (
    sending_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    state VARCHAR(8) NOT NULL,
    reason VARCHAR(32) DEFAULT '' NOT NULL,
    message_id BIGINT,
    at DATETIME,
    CONSTRAINT pk_recipients PRIMARY KEY (sending_id, customer_id),
    CONSTRAINT fk_recipients_sending_id FOREIGN KEY(sending_id) REFERENCES sendings (id),
    CONSTRAINT fk_recipients_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_recipients_customer_id ON recipients (customer_id);
CREATE INDEX ix_recipients_queued ON recipients (sending_id, customer_id) WHERE state = 'queued';

CREATE TABLE runs (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    script_id VARCHAR(64) NOT NULL,
    script_digest VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    started_at DATETIME NOT NULL,
    started_by VARCHAR(64) NOT NULL,
    focus BIGINT NOT NULL,
    asking INTEGER DEFAULT '0' NOT NULL,
    asked VARCHAR(64) DEFAULT '' NOT NULL,
    asked_at DATETIME,
    misses INTEGER DEFAULT '0' NOT NULL,
    reminders INTEGER DEFAULT '0' NOT NULL,
    due_at DATETIME,
    case_id BIGINT,
    wave_id BIGINT,
    ended_at DATETIME,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT fk_runs_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_runs_customer_id ON runs (customer_id, started_at);
CREATE INDEX ix_runs_due ON runs (due_at) WHERE state = 'open';
CREATE INDEX ix_runs_open ON runs (customer_id) WHERE state = 'open';
CREATE INDEX ix_runs_script_id ON runs (script_id, started_at);

CREATE TABLE slots (
    schedule_id BIGINT NOT NULL,
    due_at DATETIME NOT NULL,
    state VARCHAR(16) NOT NULL,
    handled_at DATETIME NOT NULL,
    CONSTRAINT pk_slots PRIMARY KEY (schedule_id, due_at),
    CONSTRAINT fk_slots_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedules (id)
);

CREATE TABLE topics (
    customer_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_topics PRIMARY KEY (customer_id),
    CONSTRAINT uq_topics_chat_id_thread_id UNIQUE (chat_id, thread_id),
    CONSTRAINT fk_topics_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE TABLE answers (
    id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    question VARCHAR(64) NOT NULL,
    version INTEGER NOT NULL,
    at DATETIME NOT NULL,
    value TEXT,
    text TEXT DEFAULT '' NOT NULL,
    skipped BOOLEAN NOT NULL,
    closed BOOLEAN NOT NULL,
    reopened BOOLEAN NOT NULL,
    media TEXT,
    message_id BIGINT,
    CONSTRAINT pk_answers PRIMARY KEY (id),
    CONSTRAINT uq_answers_run_id_question_version UNIQUE (run_id, question, version),
    CONSTRAINT fk_answers_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE TABLE case_events (
    id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    move VARCHAR(24) NOT NULL,
    staff_id BIGINT,
    text TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_case_events PRIMARY KEY (id),
    CONSTRAINT fk_case_events_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
CREATE INDEX ix_case_events_case_id ON case_events (case_id);

CREATE TABLE contact_edits (
    id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_contact_edits PRIMARY KEY (id),
    CONSTRAINT fk_contact_edits_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
);
CREATE INDEX ix_contact_edits_contact_id ON contact_edits (contact_id);
