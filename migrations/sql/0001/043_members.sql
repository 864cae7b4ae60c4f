-- The register of members. What is personal lies apart, each part under a policy of its own.
CREATE TABLE app.members (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    sex text,
    joined_on date NOT NULL,
    -- The day on which she left or died; NULL for whoever is in the group.
    left_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT members_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT members_number_once UNIQUE (tenant_id, number),
    CONSTRAINT members_number_positive CHECK (number > 0),
    CONSTRAINT members_status_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'LEFT', 'DECEASED')),
    CONSTRAINT members_sex_known CHECK (sex IN ('FEMALE', 'MALE', 'OTHER')),
    CONSTRAINT members_left_whole CHECK ((status IN ('LEFT', 'DECEASED')) = (left_on IS NOT NULL)),
    CONSTRAINT members_dates_order CHECK (left_on IS NULL OR left_on >= joined_on),
    CONSTRAINT members_version_positive CHECK (version > 0)
);

CREATE INDEX members_id_idx ON app.members (id);

CREATE TABLE app.member_names (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    -- Where the picture of her face is kept, which is as personal as her name.
    photo text,
    shown_to uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT member_names_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT member_names_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT member_names_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT member_names_photo_length CHECK (length(photo) BETWEEN 1 AND 500)
);

-- Each value is sealed with the person's own key, and that key is wrapped by one outside the database.
CREATE TABLE app.member_private (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    person_key bytea,
    phone_sealed bytea,
    email_sealed bytea,
    national_id_sealed bytea,
    -- A date, or a year where no more is known.
    birth_sealed bytea,
    address_sealed bytea,
    next_of_kin_sealed bytea,
    phone_index bytea,
    email_index bytea,
    national_id_index bytea,
    shown_to uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT member_private_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT member_private_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT member_private_phone_once UNIQUE (tenant_id, phone_index),
    CONSTRAINT member_private_email_once UNIQUE (tenant_id, email_index),
    CONSTRAINT member_private_national_id_once UNIQUE (tenant_id, national_id_index)
);

-- Whoever signs in looks for the groups that know her number or address already.
CREATE INDEX member_private_phone_idx ON app.member_private (phone_index);

CREATE INDEX member_private_email_idx ON app.member_private (email_index);

-- What a member does for the group beside any role of a user's: who keeps the box, who holds a key, who counts.
CREATE TABLE app.positions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    position text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT positions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT positions_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT positions_position_known CHECK (position IN (
        'BOX_KEEPER', 'KEY_HOLDER_1', 'KEY_HOLDER_2', 'KEY_HOLDER_3', 'MONEY_COUNTER_1', 'MONEY_COUNTER_2'
    )),
    CONSTRAINT positions_dates_order CHECK (ends_on IS NULL OR ends_on >= starts_on),
    CONSTRAINT positions_version_positive CHECK (version > 0)
);

CREATE INDEX positions_member_idx ON app.positions (tenant_id, member_id);

CREATE UNIQUE INDEX positions_held_once ON app.positions (tenant_id, position) WHERE ends_on IS NULL;
