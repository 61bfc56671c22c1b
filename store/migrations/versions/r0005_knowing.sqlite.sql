CREATE TABLE imports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    digest VARCHAR(64) DEFAULT '' NOT NULL,
    state VARCHAR(16) NOT NULL,
    started_at DATETIME NOT NULL,
    ended_at DATETIME,
    staff_id BIGINT,
    read_rows BIGINT DEFAULT '0' NOT NULL,
    kept_rows BIGINT DEFAULT '0' NOT NULL,
    skipped_rows BIGINT DEFAULT '0' NOT NULL,
    bad_rows BIGINT DEFAULT '0' NOT NULL,
    detail TEXT
);
CREATE TABLE import_changes (
    import_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    field VARCHAR(80) NOT NULL,
    "before" TEXT,
    "after" TEXT,
    CONSTRAINT pk_import_changes PRIMARY KEY (import_id, customer_id, field),
    CONSTRAINT fk_import_changes_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_import_changes_customer_id ON import_changes (customer_id);
CREATE TABLE foreign_records (
    customer_id BIGINT NOT NULL,
    system VARCHAR(16) NOT NULL,
    record TEXT NOT NULL,
    import_id BIGINT,
    CONSTRAINT pk_foreign_records PRIMARY KEY (customer_id, system),
    CONSTRAINT fk_foreign_records_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE TABLE duplicates (
    first_id BIGINT NOT NULL,
    second_id BIGINT NOT NULL,
    found_at DATETIME NOT NULL,
    evidence TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    CONSTRAINT pk_duplicates PRIMARY KEY (first_id, second_id)
);
CREATE INDEX ix_duplicates_second_id ON duplicates (second_id);
CREATE INDEX ix_duplicates_state ON duplicates (state, found_at);
CREATE TABLE merges (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kept_id BIGINT NOT NULL,
    gone_id BIGINT NOT NULL,
    gone_number VARCHAR(64),
    at DATETIME NOT NULL,
    staff_id BIGINT,
    detail TEXT NOT NULL,
    undone_at DATETIME
);
CREATE INDEX ix_merges_gone_id ON merges (gone_id);
CREATE INDEX ix_merges_gone_number ON merges (gone_number);
CREATE INDEX ix_merges_kept_id ON merges (kept_id);
CREATE TABLE customer_words (
    word TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    CONSTRAINT pk_customer_words PRIMARY KEY (word, customer_id)
) WITHOUT ROWID;
CREATE TABLE people (
    company_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    roles TEXT NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    since DATETIME NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (company_id, person_id)
);
CREATE INDEX ix_people_person_id ON people (person_id);
CREATE TABLE pictures (
    customer_id BIGINT NOT NULL,
    day DATE NOT NULL,
    due_on DATE,
    first_on DATE,
    last_on DATE,
    purchase_days INTEGER DEFAULT '0' NOT NULL,
    visits INTEGER DEFAULT '0' NOT NULL,
    visits_year INTEGER DEFAULT '0' NOT NULL,
    spent BIGINT DEFAULT '0' NOT NULL,
    spent_year BIGINT DEFAULT '0' NOT NULL,
    margin BIGINT,
    margin_year BIGINT,
    usual_gap FLOAT,
    recency INTEGER,
    frequency INTEGER,
    monetary INTEGER,
    scheme VARCHAR(32) DEFAULT '' NOT NULL,
    value_class VARCHAR(8),
    alive INTEGER,
    expected FLOAT,
    clv BIGINT,
    share FLOAT,
    customer_class VARCHAR(16),
    class_since DATE,
    class_reason TEXT DEFAULT '' NOT NULL,
    stage VARCHAR(16),
    stage_since DATE,
    stage_reason TEXT DEFAULT '' NOT NULL,
    step VARCHAR(16),
    step_since DATE,
    step_reason TEXT DEFAULT '' NOT NULL,
    cluster INTEGER,
    CONSTRAINT pk_pictures PRIMARY KEY (customer_id),
    CONSTRAINT fk_pictures_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
)
 WITHOUT ROWID;
CREATE INDEX ix_pictures_customer_class ON pictures (customer_class);
CREATE INDEX ix_pictures_due_on ON pictures (due_on);
CREATE TABLE moves (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    day DATE NOT NULL,
    name VARCHAR(64) DEFAULT '' NOT NULL,
    "before" VARCHAR(64) NOT NULL,
    "after" VARCHAR(64) NOT NULL,
    evidence TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_moves PRIMARY KEY (id),
    CONSTRAINT fk_moves_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_moves_customer_id ON moves (customer_id, day);
CREATE INDEX ix_moves_kind ON moves (kind, day);
CREATE TABLE lifecycle_actions (
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    action VARCHAR(32) NOT NULL,
    at DATETIME NOT NULL,
    ref VARCHAR(64) DEFAULT '' NOT NULL,
    staff_id BIGINT,
    CONSTRAINT pk_lifecycle_actions PRIMARY KEY (id),
    CONSTRAINT uq_lifecycle_actions_customer_id_action_ref UNIQUE (customer_id, action, ref),
    CONSTRAINT fk_lifecycle_actions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_lifecycle_actions_at ON lifecycle_actions (at);
CREATE TABLE segment_members (
    segment VARCHAR(64) NOT NULL,
    customer_id BIGINT NOT NULL,
    since DATE NOT NULL,
    CONSTRAINT pk_segment_members PRIMARY KEY (segment, customer_id),
    CONSTRAINT fk_segment_members_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE INDEX ix_segment_members_customer_id ON segment_members (customer_id);
CREATE TABLE stale_customers (
    customer_id BIGINT NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_stale_customers PRIMARY KEY (customer_id),
    CONSTRAINT fk_stale_customers_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);
CREATE TABLE measure_slots (
    slot INTEGER NOT NULL,
    measure TEXT NOT NULL,
    asked_at DATETIME NOT NULL,
    kept_since DATE,
    CONSTRAINT pk_measure_slots PRIMARY KEY (slot),
    CONSTRAINT uq_measure_slots_measure UNIQUE (measure)
);
CREATE TABLE kept_measures (
    customer_id BIGINT NOT NULL,
    day DATE NOT NULL,
    due_on DATE NOT NULL,
    m01 FLOAT,
    m02 FLOAT,
    m03 FLOAT,
    m04 FLOAT,
    m05 FLOAT,
    m06 FLOAT,
    m07 FLOAT,
    m08 FLOAT,
    m09 FLOAT,
    m10 FLOAT,
    m11 FLOAT,
    m12 FLOAT,
    m13 FLOAT,
    m14 FLOAT,
    m15 FLOAT,
    m16 FLOAT,
    m17 FLOAT,
    m18 FLOAT,
    m19 FLOAT,
    m20 FLOAT,
    m21 FLOAT,
    m22 FLOAT,
    m23 FLOAT,
    m24 FLOAT,
    CONSTRAINT pk_kept_measures PRIMARY KEY (customer_id),
    CONSTRAINT fk_kept_measures_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
)
 WITHOUT ROWID;
CREATE INDEX ix_kept_measures_due_on ON kept_measures (due_on);
CREATE INDEX ix_facts_past ON facts (customer_id, name) WHERE current = 0;
