-- Who may begin a group, what became of each, and its cycles.

-- One row: what whoever runs the platform decided for all of it.
CREATE TABLE app.platform (
    is_only_row boolean NOT NULL,
    group_founders text NOT NULL DEFAULT 'ANYONE',
    is_verification_required boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- NULL for what was set with the database, or from the command line.
    changed_by uuid,
    CONSTRAINT platform_pkey PRIMARY KEY (is_only_row),
    CONSTRAINT platform_one_row CHECK (is_only_row),
    CONSTRAINT platform_group_founders_known CHECK (group_founders IN ('ANYONE', 'PARTNERS', 'ADMINS')),
    CONSTRAINT platform_version_positive CHECK (version > 0)
);

INSERT INTO app.platform (is_only_row) VALUES (true);

CREATE TABLE app.group_statuses (
    tenant_id uuid NOT NULL,
    group_version integer NOT NULL,
    was text NOT NULL,
    became text NOT NULL,
    reason text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by uuid NOT NULL,
    CONSTRAINT group_statuses_pkey PRIMARY KEY (tenant_id, group_version),
    CONSTRAINT group_statuses_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT group_statuses_step_known CHECK ((was, became) IN (
        ('PENDING_VERIFICATION', 'ACTIVE'), ('PENDING_VERIFICATION', 'INACTIVE'), ('ACTIVE', 'SUSPENDED'),
        ('ACTIVE', 'INACTIVE'), ('SUSPENDED', 'ACTIVE'), ('SUSPENDED', 'INACTIVE'), ('INACTIVE', 'ACTIVE')
    )),
    CONSTRAINT group_statuses_reason_length CHECK (length(reason) BETWEEN 1 AND 500)
);

-- From one share-out to the next. A cycle that has not ended is the one that runs.
CREATE TABLE app.cycles (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    starts_on date NOT NULL,
    planned_end_on date,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT cycles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT cycles_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT cycles_number_once UNIQUE (tenant_id, number),
    CONSTRAINT cycles_number_positive CHECK (number > 0),
    CONSTRAINT cycles_dates_order CHECK (planned_end_on >= starts_on AND ended_on >= starts_on),
    CONSTRAINT cycles_version_positive CHECK (version > 0)
);

CREATE UNIQUE INDEX cycles_one_runs ON app.cycles (tenant_id) WHERE ended_on IS NULL;
