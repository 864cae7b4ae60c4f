-- Meetings, and what is recorded of them beside the book. A draft is a meeting that is planned.
CREATE TABLE app.meetings (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    status text NOT NULL,
    kind text NOT NULL DEFAULT 'REGULAR',
    mode text NOT NULL DEFAULT 'PHYSICAL',
    held_on date NOT NULL,
    venue text,
    starts_at timestamptz,
    ends_at timestamptz,
    facilitator_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    opened_at timestamptz,
    opened_by uuid,
    -- The last entry before the meeting: what was there then is what is counted as it opens.
    opened_after bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    confirmed_by uuid,
    closed_at timestamptz,
    closed_by uuid,
    device_time timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT meetings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT meetings_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT meetings_facilitator_fkey FOREIGN KEY (tenant_id, facilitator_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT meetings_number_once UNIQUE (tenant_id, number),
    CONSTRAINT meetings_number_positive CHECK (number > 0),
    CONSTRAINT meetings_status_known CHECK (status IN ('DRAFT', 'CANCELLED', 'OPEN', 'CONFIRMED', 'CLOSED')),
    CONSTRAINT meetings_kind_known CHECK (kind IN ('REGULAR', 'SPECIAL', 'ANNUAL', 'EMERGENCY', 'COMMITTEE')),
    CONSTRAINT meetings_mode_known CHECK (mode IN ('PHYSICAL', 'VIRTUAL', 'HYBRID')),
    CONSTRAINT meetings_times_order CHECK (ends_at > starts_at),
    CONSTRAINT meetings_opened_whole CHECK ((status IN ('DRAFT', 'CANCELLED')) = (opened_at IS NULL)),
    CONSTRAINT meetings_confirmed_whole CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)),
    CONSTRAINT meetings_confirmed_status CHECK (
        CASE status WHEN 'CONFIRMED' THEN confirmed_at IS NOT NULL WHEN 'CLOSED' THEN true ELSE confirmed_at IS NULL END
    ),
    CONSTRAINT meetings_confirmed_by_another CHECK (confirmed_by <> opened_by),
    CONSTRAINT meetings_closed_whole CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)),
    CONSTRAINT meetings_venue_length CHECK (length(venue) BETWEEN 1 AND 160),
    CONSTRAINT meetings_version_positive CHECK (version > 0)
);

CREATE INDEX meetings_id_idx ON app.meetings (id);

CREATE INDEX meetings_date_idx ON app.meetings (tenant_id, held_on);

-- A meeting that is confirmed is not over yet: its cash is to be counted.
CREATE UNIQUE INDEX meetings_one_open ON app.meetings (tenant_id) WHERE status IN ('OPEN', 'CONFIRMED');

-- What people wrote of a meeting, in which others may be named, and how to join it: not for whoever is shown rows only.
CREATE TABLE app.meeting_texts (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    link text,
    agenda text,
    notes text,
    -- Why a planned meeting is not held.
    cancel_reason text,
    CONSTRAINT meeting_texts_pkey PRIMARY KEY (tenant_id, meeting_id),
    CONSTRAINT meeting_texts_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT meeting_texts_link_length CHECK (length(link) BETWEEN 1 AND 500),
    CONSTRAINT meeting_texts_agenda_length CHECK (length(agenda) BETWEEN 1 AND 4000),
    CONSTRAINT meeting_texts_notes_length CHECK (length(notes) BETWEEN 1 AND 20000),
    CONSTRAINT meeting_texts_cancel_reason_length CHECK (length(cancel_reason) BETWEEN 1 AND 500)
);

-- What was counted at the opening and the closing of a meeting, beside what the ledger expected at that moment.
CREATE TABLE app.cash_counts (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    moment text NOT NULL,
    account_id uuid NOT NULL,
    expected numeric(19, 4) NOT NULL,
    counted numeric(19, 4) NOT NULL,
    reason text,
    CONSTRAINT cash_counts_pkey PRIMARY KEY (tenant_id, meeting_id, moment, account_id),
    CONSTRAINT cash_counts_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT cash_counts_moment_known CHECK (moment IN ('OPENING', 'CLOSING')),
    CONSTRAINT cash_counts_counted_not_negative CHECK (counted >= 0),
    CONSTRAINT cash_counts_amounts_range CHECK (counted <= 100000000000000 AND abs(expected) <= 100000000000000),
    CONSTRAINT cash_counts_difference_explained CHECK (counted = expected OR reason IS NOT NULL)
);

-- The roll: one row for a member in a meeting.
CREATE TABLE app.attendances (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    member_id uuid NOT NULL,
    status text NOT NULL,
    arrived_at timestamptz,
    left_at timestamptz,
    representative_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    device_time timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT attendances_pkey PRIMARY KEY (tenant_id, meeting_id, member_id),
    CONSTRAINT attendances_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT attendances_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT attendances_representative_fkey FOREIGN KEY (tenant_id, representative_id)
        REFERENCES app.members (tenant_id, id),
    CONSTRAINT attendances_status_known CHECK (status IN ('PRESENT', 'LATE', 'ABSENT', 'EXCUSED', 'REPRESENTED')),
    CONSTRAINT attendances_times_order CHECK (left_at > arrived_at),
    CONSTRAINT attendances_times_of_present CHECK (
        status IN ('PRESENT', 'LATE', 'REPRESENTED') OR (arrived_at IS NULL AND left_at IS NULL)
    ),
    CONSTRAINT attendances_representative_status CHECK (representative_id IS NULL OR status = 'REPRESENTED'),
    CONSTRAINT attendances_representative_other CHECK (representative_id <> member_id),
    CONSTRAINT attendances_version_positive CHECK (version > 0)
);

CREATE INDEX attendances_member_idx ON app.attendances (tenant_id, member_id, meeting_id);

-- Why a member was not there, and who came in her place: words about people.
CREATE TABLE app.attendance_words (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    member_id uuid NOT NULL,
    excuse text,
    representative text,
    CONSTRAINT attendance_words_pkey PRIMARY KEY (tenant_id, meeting_id, member_id),
    CONSTRAINT attendance_words_attendance_fkey FOREIGN KEY (tenant_id, meeting_id, member_id)
        REFERENCES app.attendances (tenant_id, meeting_id, member_id),
    CONSTRAINT attendance_words_excuse_length CHECK (length(excuse) BETWEEN 1 AND 500),
    CONSTRAINT attendance_words_representative_length CHECK (length(representative) BETWEEN 1 AND 120)
);
