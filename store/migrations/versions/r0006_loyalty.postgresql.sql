CREATE TABLE campaigns (
    name VARCHAR(64) NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    spent BIGINT DEFAULT '0' NOT NULL,
    redeemed INTEGER DEFAULT '0' NOT NULL,
    issued INTEGER DEFAULT '0' NOT NULL,
    stopped_at TIMESTAMP WITH TIME ZONE,
    stopped_why TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_campaigns PRIMARY KEY (name)
);
CREATE TABLE care_runs (
    id BIGINT NOT NULL,
    plan VARCHAR(64) NOT NULL,
    action VARCHAR(64) NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(16) NOT NULL,
    upto BIGINT DEFAULT '0' NOT NULL,
    content TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_care_runs PRIMARY KEY (id),
    CONSTRAINT uq_care_runs_plan_action_due_at UNIQUE (plan, action, due_at)
);
CREATE TABLE consent_texts (
    purpose VARCHAR(32) NOT NULL,
    version VARCHAR(64) NOT NULL,
    language VARCHAR(16) NOT NULL,
    text TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_consent_texts PRIMARY KEY (purpose, version, language)
);
CREATE TABLE coupon_tries (
    id BIGINT NOT NULL,
    coupon_id BIGINT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    staff_id BIGINT,
    store VARCHAR(64) DEFAULT '' NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    CONSTRAINT pk_coupon_tries PRIMARY KEY (id)
);
CREATE INDEX ix_coupon_tries_coupon_id ON coupon_tries (coupon_id);
CREATE TABLE erasures (
    id BIGINT NOT NULL,
    was_id BIGINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    asked_by VARCHAR(64) NOT NULL,
    counts TEXT,
    proof VARCHAR(64) DEFAULT '' NOT NULL,
    CONSTRAINT pk_erasures PRIMARY KEY (id),
    CONSTRAINT uq_erasures_was_id UNIQUE (was_id)
);
CREATE INDEX ix_erasures_open ON erasures (asked_at) WHERE done_at IS NULL;
CREATE TABLE events (
    id BIGSERIAL NOT NULL,
    name VARCHAR(64) NOT NULL,
    store VARCHAR(64) DEFAULT '' NOT NULL,
    state VARCHAR(16) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    places INTEGER NOT NULL,
    evidence TEXT,
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_name UNIQUE (name)
);
CREATE TABLE referrals (
    referred_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(32) DEFAULT '' NOT NULL,
    counted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_referrals PRIMARY KEY (referred_id)
);
CREATE INDEX ix_referrals_customer_id ON referrals (customer_id);
CREATE INDEX ix_referrals_state ON referrals (state, at);
CREATE TABLE staff_stores (
    staff_id BIGINT NOT NULL,
    store VARCHAR(64) NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff_stores PRIMARY KEY (staff_id)
);
CREATE TABLE benefits_given (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    programme VARCHAR(64) NOT NULL,
    benefit VARCHAR(64) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    ref VARCHAR(64) DEFAULT '' NOT NULL,
    cost BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_benefits_given PRIMARY KEY (id),
    CONSTRAINT uq_benefits_given_customer_id_programme_benefit_ref UNIQUE (customer_id, programme, benefit, ref),
    CONSTRAINT fk_benefits_given_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_benefits_given_programme ON benefits_given (programme, at);
CREATE TABLE coupons (
    id BIGINT NOT NULL,
    code VARCHAR(16) NOT NULL,
    customer_id BIGINT NOT NULL,
    campaign VARCHAR(64) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    batch VARCHAR(160) DEFAULT '' NOT NULL,
    place INTEGER DEFAULT '1' NOT NULL,
    product VARCHAR(64) DEFAULT '' NOT NULL,
    product_name TEXT DEFAULT '' NOT NULL,
    group_name VARCHAR(64) DEFAULT '' NOT NULL,
    benefit TEXT NOT NULL,
    cost BIGINT DEFAULT '0' NOT NULL,
    evidence TEXT,
    store VARCHAR(64) DEFAULT '' NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(16) NOT NULL,
    redeemed_at TIMESTAMP WITH TIME ZONE,
    redeemed_by BIGINT,
    redeemed_store VARCHAR(64) DEFAULT '' NOT NULL,
    redeemed_cost BIGINT,
    CONSTRAINT pk_coupons PRIMARY KEY (id),
    CONSTRAINT uq_coupons_customer_id_campaign_batch_place UNIQUE (customer_id, campaign, batch, place),
    CONSTRAINT uq_coupons_code UNIQUE (code),
    CONSTRAINT fk_coupons_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_coupons_campaign ON coupons (campaign, state);
CREATE TABLE event_guests (
    event_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    rank INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(32) DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    invited_at TIMESTAMP WITH TIME ZONE,
    evidence TEXT,
    CONSTRAINT pk_event_guests PRIMARY KEY (event_id, customer_id),
    CONSTRAINT fk_event_guests_event_id FOREIGN KEY(event_id) REFERENCES events (id),
    CONSTRAINT fk_event_guests_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_event_guests_customer_id ON event_guests (customer_id);
CREATE INDEX ix_event_guests_state ON event_guests (event_id, state, rank);
CREATE TABLE guardians (
    customer_id BIGINT NOT NULL,
    club VARCHAR(64) NOT NULL,
    guardian_id BIGINT,
    code VARCHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_guardians PRIMARY KEY (customer_id, club),
    CONSTRAINT fk_guardians_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT uq_guardians_code UNIQUE (code)
);
CREATE INDEX ix_guardians_guardian_id ON guardians (guardian_id);
CREATE TABLE member_cards (
    number VARCHAR(32) NOT NULL,
    programme VARCHAR(64) NOT NULL,
    customer_id BIGINT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_member_cards PRIMARY KEY (number),
    CONSTRAINT fk_member_cards_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_member_cards_customer_id ON member_cards (customer_id, programme);
CREATE TABLE offers (
    customer_id BIGINT NOT NULL,
    batch VARCHAR(64) NOT NULL,
    place INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    product VARCHAR(64) NOT NULL,
    product_name TEXT DEFAULT '' NOT NULL,
    group_name VARCHAR(64) DEFAULT '' NOT NULL,
    score FLOAT,
    evidence TEXT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_offers PRIMARY KEY (customer_id, batch, place),
    CONSTRAINT fk_offers_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE TABLE picks (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    store VARCHAR(64) NOT NULL,
    batch VARCHAR(64) NOT NULL,
    offered TEXT NOT NULL,
    chosen TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    message_id BIGINT,
    CONSTRAINT pk_picks PRIMARY KEY (id),
    CONSTRAINT uq_picks_customer_id_store_batch UNIQUE (customer_id, store, batch),
    CONSTRAINT fk_picks_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE TABLE plan_actions (
    id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    owner_id BIGINT,
    reason VARCHAR(32) DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    contact_id BIGINT,
    CONSTRAINT pk_plan_actions PRIMARY KEY (id),
    CONSTRAINT uq_plan_actions_run_id_customer_id UNIQUE (run_id, customer_id),
    CONSTRAINT fk_plan_actions_run_id FOREIGN KEY(run_id) REFERENCES care_runs (id),
    CONSTRAINT fk_plan_actions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_plan_actions_customer_id ON plan_actions (customer_id, at);
CREATE INDEX ix_plan_actions_due ON plan_actions (not_before) WHERE state IN ('queued', 'held');
CREATE INDEX ix_plan_actions_open ON plan_actions (run_id, id) WHERE state IN ('queued', 'held', 'outbox');
CREATE INDEX ix_plan_actions_task ON plan_actions (owner_id, at) WHERE state = 'task';
CREATE TABLE points_lots (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    programme VARCHAR(64) NOT NULL,
    points BIGINT NOT NULL,
    points_left BIGINT NOT NULL,
    earner_id BIGINT NOT NULL,
    source VARCHAR(16) NOT NULL,
    ref VARCHAR(160) DEFAULT '' NOT NULL,
    earned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    usable_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    warned_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_points_lots PRIMARY KEY (id),
    CONSTRAINT fk_points_lots_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_points_lots_customer_id ON points_lots (customer_id, programme);
CREATE INDEX ix_points_lots_expires_at ON points_lots (expires_at) WHERE points_left > 0 AND expires_at IS NOT NULL;
CREATE UNIQUE INDEX ix_points_lots_ref ON points_lots (earner_id, programme, source, ref) WHERE ref <> '';
CREATE INDEX ix_points_lots_unwarned ON points_lots (programme, expires_at) WHERE points_left > 0 AND warned_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX ix_points_lots_usable_at ON points_lots (usable_at) WHERE points_left > 0;
CREATE TABLE referral_codes (
    code VARCHAR(32) NOT NULL,
    customer_id BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_referral_codes PRIMARY KEY (code),
    CONSTRAINT fk_referral_codes_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_referral_codes_customer_id ON referral_codes (customer_id);
CREATE TABLE tiers (
    customer_id BIGINT NOT NULL,
    programme VARCHAR(64) NOT NULL,
    tier VARCHAR(64) NOT NULL,
    since DATE NOT NULL,
    grace_until DATE,
    evidence TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_tiers PRIMARY KEY (customer_id, programme),
    CONSTRAINT fk_tiers_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_tiers_programme ON tiers (programme, tier);
CREATE TABLE points_due (
    customer_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_points_due PRIMARY KEY (customer_id),
    CONSTRAINT fk_points_due_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE TABLE points_entries (
    id BIGINT NOT NULL,
    lot_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    programme VARCHAR(64) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR(16) NOT NULL,
    points BIGINT NOT NULL,
    ref VARCHAR(160) DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    staff_id BIGINT,
    CONSTRAINT pk_points_entries PRIMARY KEY (id),
    CONSTRAINT fk_points_entries_lot_id FOREIGN KEY(lot_id) REFERENCES points_lots (id),
    CONSTRAINT fk_points_entries_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_points_entries_customer_id ON points_entries (customer_id, at);
CREATE INDEX ix_points_entries_lot_id ON points_entries (lot_id);
