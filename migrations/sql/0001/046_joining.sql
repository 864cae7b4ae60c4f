-- How people come to a group by themselves: by its code, or because somebody invited them.

-- The code in force of each group, NULL where it is switched off. Global, since whoever reads it out knows no tenant.
CREATE TABLE app.join_codes (
    tenant_id uuid NOT NULL,
    code text,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by uuid NOT NULL,
    CONSTRAINT join_codes_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT join_codes_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT join_codes_code_once UNIQUE (code),
    CONSTRAINT join_codes_code_form CHECK (code ~ '^[A-HJKMNP-RT-Z]{3}-[A-HJKMNP-RT-Z2-46-9]{4}$')
);

CREATE TABLE app.join_requests (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    group_name text NOT NULL,
    name text NOT NULL,
    note text,
    status text NOT NULL DEFAULT 'PENDING',
    member_id uuid,
    asked_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT join_requests_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT join_requests_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT join_requests_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT join_requests_status_known CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED')),
    CONSTRAINT join_requests_decided_whole CHECK ((status = 'PENDING') = (decided_at IS NULL)),
    CONSTRAINT join_requests_approved_whole CHECK ((status = 'APPROVED') = (member_id IS NOT NULL)),
    CONSTRAINT join_requests_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT join_requests_note_length CHECK (length(note) BETWEEN 1 AND 500),
    CONSTRAINT join_requests_version_positive CHECK (version > 0)
);

CREATE INDEX join_requests_user_idx ON app.join_requests (user_id);

CREATE UNIQUE INDEX join_requests_one_pending ON app.join_requests (tenant_id, user_id) WHERE status = 'PENDING';

CREATE TABLE app.invitations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    member_id uuid,
    person_key bytea NOT NULL,
    phone_sealed bytea,
    email_sealed bytea,
    phone_index bytea,
    email_index bytea,
    status text NOT NULL DEFAULT 'OPEN',
    expires_at timestamptz NOT NULL,
    invited_at timestamptz NOT NULL DEFAULT now(),
    invited_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT invitations_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invitations_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT invitations_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT invitations_status_known CHECK (status IN ('OPEN', 'ACCEPTED', 'REVOKED')),
    CONSTRAINT invitations_one_contact CHECK (
        (phone_index IS NULL) = (phone_sealed IS NULL) AND (email_index IS NULL) = (email_sealed IS NULL)
        AND (phone_index IS NULL) <> (email_index IS NULL)
    ),
    CONSTRAINT invitations_accepted_has_member CHECK (status <> 'ACCEPTED' OR member_id IS NOT NULL),
    CONSTRAINT invitations_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT invitations_version_positive CHECK (version > 0)
);

CREATE INDEX invitations_phone_idx ON app.invitations (phone_index) WHERE status = 'OPEN';

CREATE INDEX invitations_email_idx ON app.invitations (email_index) WHERE status = 'OPEN';

-- Nobody is invited twice at once by the same contact; what is over is taken back before the next is made.
CREATE UNIQUE INDEX invitations_phone_open_once ON app.invitations (tenant_id, phone_index) WHERE status = 'OPEN';

CREATE UNIQUE INDEX invitations_email_open_once ON app.invitations (tenant_id, email_index) WHERE status = 'OPEN';
